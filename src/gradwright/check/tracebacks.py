"""Whose line it was: what went wrong in a user's code, told with the line of theirs where it did."""

from __future__ import annotations

import inspect
import linecache
import os
import re
import sysconfig
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

CHECKER = Path(__file__).parent
NOT_THEIRS = (CHECKER.parent, Path(sysconfig.get_path("stdlib")))
INSTALLED = {"site-packages", "dist-packages"}
DUMPED = re.compile(r'^  File "(?P<path>.+)", line (?P<number>\d+) in (?P<function>.+)$', re.MULTILINE)


class Line(NamedTuple):
    """A line of a program, and the function that it is in."""

    path: str
    number: int
    function: str

    @property
    def is_theirs(self) -> bool:
        """Whether it is neither ours nor of an installed package nor of Python itself."""
        path = Path(self.path)
        made_up = self.path.startswith("<")  # <string>, <frozen importlib._bootstrap>
        installed = not INSTALLED.isdisjoint(path.parts)
        return not (made_up or installed or any(path.is_relative_to(folder) for folder in NOT_THEIRS))

    def __str__(self) -> str:
        return _shown(self.path, self.number, self.function, linecache.getline(self.path, self.number))


def told(error: BaseException) -> str:
    """An exception in a few words, with the user's own line below it if there is one.

    >>> print(told(ZeroDivisionError("division by zero")))
    ZeroDivisionError: division by zero
    """
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        text = f"{type(error).__name__}: {error.msg}"
        return f"{text}\n{_shown(error.filename, error.lineno, '', error.text or '')}"
    name = type.__dict__["__name__"].__get__(type(error))  # as its class may not tell it
    try:
        message = str(error)
    except Exception:  # an exception of the user's own may raise when it is printed
        message = ""
    text = f"{name}: {message}" if message else name
    line = line_of(error)
    return f"{text}\n{line}" if line else text


def line_of(error: BaseException) -> Line | None:
    """The user's own line that an exception came from, or through; None if it was none of theirs."""
    stack = traceback.extract_tb(error.__traceback__)
    return _last_of_theirs(Line(frame.filename, frame.lineno or 0, frame.name) for frame in stack)


def line_in_dump(dump: str) -> Line | None:
    """The user's own line that the main thread was in, by what ``faulthandler`` wrote of all threads."""
    stacks = re.split(r"^(?:Current thread|Thread) ", dump, flags=re.MULTILINE)
    for stack in reversed(stacks):  # the main thread comes last, and of each thread the last call first
        calls = [Line(c["path"], int(c["number"]), c["function"]) for c in DUMPED.finditer(stack)]
        line = _last_of_theirs(reversed(calls))
        if line:
            return line
    return None


def defined_at(function: Callable[..., Any]) -> str:
    """The line that a function or class of a user begins in, below the message; nothing if it has none."""
    made_by = function.__init__ if isinstance(function, type) else function  # type: ignore[misc]
    code = getattr(inspect.unwrap(made_by), "__code__", None)
    return f"\n{Line(code.co_filename, code.co_firstlineno, '')}" if code else ""


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of the checker."""
    if trace is None:
        return None
    rest = without_ours(trace.tb_next)
    if Path(trace.tb_frame.f_code.co_filename).is_relative_to(CHECKER):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _last_of_theirs(calls: Iterable[Line]) -> Line | None:
    theirs = [line for line in calls if line.is_theirs]
    return theirs[-1] if theirs else None


def _shown(path: str, number: int, function: str, text: str) -> str:
    """``  my_homework.py:12, in loss_and_grad`` and the line itself below it."""
    inside = Path(path).is_relative_to(Path.cwd())
    place = f"  {os.path.relpath(path) if inside else path}:{number}"
    if function and function != "<module>":
        place += f", in {function}"
    return f"{place}\n    {text.strip()}" if text.strip() else place
