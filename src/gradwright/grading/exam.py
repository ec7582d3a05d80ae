"""One item at one drawn point: the teacher's function on this side, the student's answers from the other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradwright.check.conventions.spellings import plain, spellings
from gradwright.check.covectors import covector
from gradwright.check.tracebacks import told
from gradwright.errors import CheckError, ConfigError
from gradwright.grading.draw import Draw
from gradwright.grading.item import Item, Leniency
from gradwright.grading.submission import Answer, Submission
from gradwright.grading.wire import Arrays, nest

Point = Mapping[str, Any]
IN_A_LIST = re.compile(r"\d+(\.\d+)*")  # the place of a number in lists of lists


class TeacherError(ConfigError):
    """A fault of the rubric or its reference, which no submission is to pay for."""


@dataclass(frozen=True, eq=False)
class Exam:
    """What an item asks at one draw. A ``point`` replaces some of the arguments."""

    item: Item
    reference: Callable[..., Any]
    student: Submission
    draw: Draw

    @property
    def point(self) -> dict[str, Any]:
        """What the derivatives are with respect to, as it was drawn."""
        return {name: self.draw.arguments[name] for name in self.item.moved}

    def expected(self, point: Point) -> Any:
        """The teacher's value.

        Raises ``TeacherError`` where the teacher's function raises: that is no fault of a student's.
        """
        arguments = {name: np.array(value) for name, value in (self.draw.arguments | dict(point)).items()}
        given = nest({name: value if value.ndim else value[()] for name, value in arguments.items()})
        try:
            return self.reference(*given.values())
        except (ArithmeticError, ValueError, np.linalg.LinAlgError):  # a point outside of its domain
            raise
        except Exception as error:
            raise TeacherError(f"{self.item.name}: the reference raised {told(error)}") from None

    @cached_property
    def dy(self) -> np.ndarray[Any, Any] | None:
        """A random covector like a layer's output; None for a loss."""
        try:
            value = np.asarray(self.expected({}))
        except (ArithmeticError, ValueError) as error:
            raise TeacherError(f"{self.item.name}: the reference raised {told(error)}") from None
        if value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            raise TeacherError(f"{self.item.name}: expected finite numbers of the reference, found {value}")
        shape = value.shape
        if shape and not self.item.may_give_arrays:
            raise TeacherError(f"{self.item.name}: expected a number of the reference, found shape {shape}")
        return covector(value, self.draw.seed) if shape else None

    def scalar(self, value: Any) -> Any:
        """A value as the number whose gradient is asked for: <value, dy> for a layer."""
        return value if self.dy is None else (value * self.dy).sum()

    def ask(self, point: Point, *, echo: bool = False, rows: Any = None) -> Answer:
        """The student's answer; with ``rows``, on these samples alone."""
        arguments = self.draw.arguments | dict(point)
        if rows is not None:
            arguments = {n: a[rows] if n in self.item.rows else a for n, a in arguments.items()}
        return self.student.call(arguments, self.dy, self.draw.made_with(self.item), echo=echo)

    @property
    def what(self) -> str:
        """What a value is called."""
        return "loss" if self.dy is None else "output"

    def value(self, answer: Answer) -> np.ndarray[Any, Any]:
        """The value of an answer; raises ``CheckError`` where it has not the right shape."""
        shape = () if self.dy is None else self.dy.shape
        if answer.value.size == 1 and not shape:
            return answer.value.reshape(())
        if not fits(answer.value.shape, shape, self.item.lenient):
            expected = f"the shape {shape}" if shape else "one number"
            raise CheckError(f"your {self.what}: expected {expected}, found shape {answer.value.shape}")
        return answer.value.reshape(shape)

    def number(self, answer: Answer) -> float:
        """The value of an answer as one number; raises ``CheckError`` where it has not the right shape."""
        return float(self.scalar(self.value(answer)))

    def gradient(self, answer: Answer, names: Iterable[str] | None = None) -> Arrays:
        """The gradient of an answer by ``names``, or all of ``point``, in whichever form it was returned.

        One array for one argument; several in their order, or in a table under their names, W or dW. A shape
        with which the rubric is lenient is made the right one; any other is left, and the verdict tells it.

        Raises ``CheckError`` that names what is missing.
        """
        found = {}
        for name in self.point if names is None else names:
            shape = self.point[name].shape
            array = answer.gradient[self._key(name, answer.gradient)].astype(np.float64)
            is_let_pass = array.shape != shape and fits(array.shape, shape, self.item.lenient)
            found[name] = array.reshape(shape) if is_let_pass else array
        return found

    def let_pass(self, answer: Answer, names: Iterable[str]) -> list[str]:
        """What is not as it was asked for in a gradient, and costs nothing by this rubric."""
        told = []
        for name in names:
            shape = self.point[name].shape
            key = self._key(name, answer.gradient)
            array = answer.gradient[key]
            if array.shape != shape and fits(array.shape, shape, self.item.lenient):
                told.append(f"your gradient of {name} has the shape {array.shape}, expected {shape}")
            if key not in self._spelled(name):
                told.append(f"your gradient of {name} is called {key}")
        return told

    def _key(self, name: str, gradient: Arrays) -> str:
        """Under which name the gradient of ``name`` was returned."""
        spelled = self._spelled(name)
        keys = [key for key in spelled if key in gradient]
        if not keys and "names" in self.item.lenient:
            near = [key for key in gradient if plain(key) in map(plain, spelled)]
            keys = near if len(near) == 1 else []
        if keys:
            return keys[0]
        if any(IN_A_LIST.fullmatch(key.removeprefix(f"{each}.")) for each in spelled for key in gradient):
            raise CheckError(
                f"your gradient of {name} is a list of numbers, expected an array: np.array(...) makes it one"
            )
        known = ", ".join(map(str, filter(None, gradient))) or "one array"
        raise CheckError(f"your gradient: expected one of {name}, found {known}")

    def _spelled(self, name: str) -> list[str]:
        """The keys that the gradient of ``name`` may be under."""
        argument, _, inner = name.partition(".")
        last = inner or argument
        spelled = [last, *spellings(last)]
        if inner:
            spelled = [f"{a}.{s}" for s in spelled for a in (argument, f"d{argument}")] + spelled
        order = self.item.with_respect_to.index(argument)
        if len(self.item.with_respect_to) == 1:
            return [*spelled, inner]
        return [*spelled, f"{order}.{inner}" if inner else str(order)]


def fits(found: tuple[int, ...], expected: tuple[int, ...], lenient: Sequence[Leniency]) -> bool:
    """Whether an array of one shape may stand for one of another.

    >>> fits((1, 3), (3,), ["keepdims"]), fits((12,), (3, 4), ["keepdims"]), fits((12,), (3, 4), ["shape"])
    (True, False, True)
    """
    if found == expected:
        return True
    same = [tuple(n for n in shape if n != 1) for shape in (found, expected)]
    keepdims = "keepdims" in lenient and same[0] == same[1]
    return keepdims or ("shape" in lenient and math.prod(found) == math.prod(expected))
