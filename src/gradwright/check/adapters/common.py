"""What every adapter needs: the package, names for inputs, one number of any output, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Literal, TypeAlias

from gradwright.check.covectors import check_through
from gradwright.check.full_digits.casts import FullDigits
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport
from gradwright.check.tracebacks import line_of, told, without_ours
from gradwright.errors import CheckError, ConfigError, GradwrightError

Precision: TypeAlias = Literal["float64", "float32"]
Point: TypeAlias = Mapping[str, Array]  # arrays by the names that the user knows them by

OLDEST = {"torch": "2.2", "jax": "0.8"}
PRECISIONS = ("float64", "float32")
EVALUATIONS, FOR_EACH = 4000, 200  # of the whole check, and for each array where there are many


def package(name: str) -> Any:
    """The package that is called so; raises ``ConfigError`` where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        needed = f"{name}>={OLDEST[name]}"
        raise ConfigError(f'gradwright.check.{name} needs {name}: pip install "{needed}"') from None


def require_precision(name: str, dtype: object) -> None:
    """Raise ``ConfigError`` unless a dtype, of whichever library, is float64 or float32."""
    found = str(dtype).removeprefix("torch.")
    if found not in PRECISIONS:
        raise ConfigError(
            f"{name}: expected float64 or float32, found {found}; with fewer digits a right derivative "
            "cannot be told from a wrong one"
        )


def name_of_input(path: Sequence[Any]) -> str:
    """What to call an input that lies at ``path`` in the tuple of them all: ``input 0.layers[1].W``."""
    name = f"input {path[0].idx}"
    for key in path[1:]:
        if hasattr(key, "idx"):
            name += f"[{key.idx}]"
        else:
            name += f".{key.key if hasattr(key, 'key') else key.name}"
    return name


def name_of_function(fn: Callable[..., Any]) -> str:
    """What to call a function in a message; a method such as ``apply`` with its class.

    >>> name_of_function(dict.fromkeys)
    'dict.fromkeys'
    """
    name = getattr(fn, "__name__", type(fn).__name__)
    owner = getattr(fn, "__self__", None)
    return f"{owner.__name__}.{name}" if isinstance(owner, type) else name


def require_outputs(outputs: Sequence[Any], given: Sequence[Any]) -> None:
    """Raise ``ConfigError`` unless something ``given`` by the function is an output of floats."""
    if not outputs:
        found = ", ".join(str(getattr(each, "dtype", type(each).__name__)) for each in given) or "none"
        raise ConfigError(f"expected floating-point numbers as the output, found {found}")


def check_by_name(
    f: Callable[[Point], Any],
    gradient: Callable[[Point, float], Point],
    point: Point,
    notes: Sequence[str],
    *,
    outputs: Callable[[Point], Sequence[Array]],
    pullback: Callable[[Point, Sequence[Array]], Point],
    full: FullDigits,
    seed: int,
    max_evaluations: int | None,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
) -> GradientReport:
    """The verdict on a gradient at named arrays, its report with ``notes`` before its own.

    ``gradient(x, times)`` is that of ``times`` f = <y, u>; ``outputs(x)`` are y, and ``pullback(x, us)`` is
    the gradient for other u. ``full`` are f and its gradient without casts.
    The complex step is not taken: what a library does with complex numbers says little of the real ones.
    Raises ``ConfigError`` for a point without arrays.
    """
    if not point:
        raise ConfigError("expected a floating-point array to differentiate with respect to, found none")
    allowed = max(EVALUATIONS, FOR_EACH * len(point)) if max_evaluations is None else max_evaluations
    return check_through(
        f,
        gradient,
        point,
        notes,
        outputs=outputs,
        pullback=pullback,
        full=full,
        seed=seed,
        max_evaluations=allowed,
        tolerance=tolerance,
        max_seconds=max_seconds,
        complex_step=False,
    )


def held_constant(leaves: Mapping[str, Any]) -> list[str]:
    """The note on arrays among inputs that are not moved; nothing where there are none."""
    arrays = [f"{name} ({leaf.dtype})" for name, leaf in leaves.items() if hasattr(leaf, "dtype")]
    return [f"held constant: {', '.join(arrays)}"] if arrays else []


@contextmanager
def told_by_line(name: str, dtype: Precision) -> Iterator[None]:
    """Within the block an exception of the user's code becomes a ``CheckError`` with the line of theirs."""
    try:
        yield
    except Exception as error:
        if isinstance(error, GradwrightError) and line_of(error) is None:
            raise
        message = f"{name} raised {told(error)}"
        if "dtype" in str(error) and dtype == "float64":
            message += '\nIt was evaluated in float64; where that cannot be, check it with dtype="float32".'
        raise CheckError(message) from error.with_traceback(without_ours(error.__traceback__))
