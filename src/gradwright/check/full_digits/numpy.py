"""NumPy without casts to fewer digits: arrays that stay in float64 whatever they are asked to become.

Such an array passes itself on through arithmetic and through NumPy's functions. ``np.asarray`` and
``np.float32(x)`` make a plain array of it, which casts as ever: then f still moves in steps, and is seen to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.full_digits.casts import CannotWidenError, Casts
from gradwright.check.full_digits.constants import Widened
from gradwright.check.points import Tree, walk

Function: TypeAlias = Callable[[Any], Any]


class Wide(np.ndarray[Any, np.dtype[Any]]):
    """An array of float64 that becomes none of fewer digits, and notes in ``casts`` where it was to.

    >>> third = wide(np.array([1 / 3]), Casts())
    >>> bool(third.astype(np.float32) == third), third.casts.coarsest
    (True, 'float32')
    """

    casts: Casts

    def __array_finalize__(self, source: Any) -> None:
        if isinstance(source, Wide):
            self.casts = source.casts

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        if is_float(self.dtype) and self._is_narrow(dtype):
            return self.copy()
        return super().astype(dtype, *args, **kwargs)

    def view(self, *args: Any, **kwargs: Any) -> Any:
        is_plain = kwargs.get("dtype") is None and all(map(_is_array_type, args))
        if self.casts.in_force and not is_plain:
            raise CannotWidenError("the bits of a number are read")
        return super().view(*args, **kwargs)

    def __getitem__(self, places: Any) -> Any:
        return self._passed_on(super().__getitem__(places))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        for each in inputs:
            if isinstance(each, np.ndarray) and is_narrow(each.dtype):
                self.casts.leave_in(each.dtype.name, unit_of(each.dtype))
        kwargs = self._without_narrow(kwargs)
        out = kwargs.pop("out", ())
        if out:
            kwargs["out"] = tuple(_plain(each) for each in out)
        answer = getattr(ufunc, method)(*map(_plain, inputs), **kwargs)
        return out[0] if len(out) == 1 else self._passed_on(answer)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        kwargs = self._without_narrow(kwargs)
        return self._passed_on(super().__array_function__(function, types, args, kwargs))

    def _is_narrow(self, dtype: Any) -> bool:
        """Whether these are numbers with fewer digits, which are noted then."""
        kind = np.dtype(dtype)
        if not self.casts.in_force or not is_narrow(kind):
            return False
        self.casts.leave_out(kind.name, unit_of(kind))
        return True

    def _without_narrow(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        dtype = kwargs.get("dtype")
        is_narrow = dtype is not None and self._is_narrow(dtype)
        return {name: value for name, value in kwargs.items() if name != "dtype" or not is_narrow}

    def _passed_on(self, answer: Any) -> Any:
        if type(answer) in (tuple, list):
            return type(answer)(self._passed_on(each) for each in answer)
        is_number = isinstance(answer, np.ndarray | np.generic) and is_float(answer.dtype)
        return wide(answer, self.casts) if is_number and not isinstance(answer, Wide) else answer


def wide(array: Any, casts: Casts) -> Wide:
    """These numbers in float64, where they stay."""
    found = np.asarray(array, np.float64).view(Wide)
    found.casts = casts
    return found


def both_without_casts(f: Function, grad: Function, casts: Casts) -> tuple[Function, Function]:
    """f and grad of a point with every cast of arrays to fewer digits left out, noted in ``casts``.

    What they hold is widened once for both: one may read what the other has written.
    """
    constants = Widened(lambda array: wide(array, casts) if array.dtype == np.float64 else array)

    def left_out(function: Function) -> Function:
        def answer(point: Any) -> Any:
            arrays = [wide(array, casts) for _, array in walk(point)]
            found = constants.of(function)(Tree.of(point).filled(arrays))
            if not constants.reached_all and casts.units:
                casts.leave_in(casts.coarsest, casts.unit)
            return found

        return answer

    return left_out(f), left_out(grad)


def is_float(dtype: np.dtype[Any]) -> bool:
    """Whether these are real numbers, those of ``ml_dtypes`` such as bfloat16 among them."""
    return dtype.kind == "f" or (dtype.kind == "V" and "float" in dtype.name)


def is_narrow(dtype: np.dtype[Any]) -> bool:
    """Whether these are real numbers with fewer digits than float64 has."""
    return is_float(dtype) and dtype.itemsize < 8


def unit_of(dtype: np.dtype[Any]) -> float:
    """The distance from 1 to the next number."""
    return float(np.nextafter(dtype.type(1), dtype.type(2))) - 1


def _plain(array: Any) -> Any:
    return np.asarray(array) if isinstance(array, Wide) else array


def _is_array_type(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, np.ndarray)
