"""One item at one drawn point: the teacher's function on this side, the student's answers from the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gradwright.check.conventions.spellings import spellings
from gradwright.check.covectors import covector
from gradwright.check.tracebacks import told
from gradwright.errors import CheckError, ConfigError
from gradwright.grading.draw import Draw
from gradwright.grading.rubric import Item
from gradwright.grading.submission import Answer, Submission
from gradwright.grading.wire import Arrays, nest

Point = Mapping[str, Any]


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
        if shape and not self.item.layer:
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

    def number(self, answer: Answer) -> float:
        """The value of an answer as one number; raises ``CheckError`` where it has not the right shape."""
        if self.dy is None:
            if answer.value.size != 1:
                raise CheckError(f"the loss: expected one number, found shape {answer.value.shape}")
            return float(answer.value.reshape(()))
        if answer.value.shape != self.dy.shape:
            raise CheckError(f"the value: expected shape {self.dy.shape}, found {answer.value.shape}")
        return float((answer.value * self.dy).sum())

    def gradient(self, answer: Answer) -> Arrays:
        """The gradient of an answer by the names of ``point``, in whichever form it was returned.

        One array for one argument; several in their order, or in a table under their names, W or dW.

        Raises ``CheckError`` that names what is missing.
        """
        found = {}
        for name in self.item.moved:
            keys = [key for key in self._spelled(name) if key in answer.gradient]
            if not keys:
                known = ", ".join(map(str, filter(None, answer.gradient))) or "one array"
                raise CheckError(f"the gradient: expected one of {name}, found {known}")
            found[name] = answer.gradient[keys[0]].astype(np.float64)
        return found

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
