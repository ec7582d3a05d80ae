"""Which of the user's functions a backward runs, with their text as a tree, and what their names held."""

from __future__ import annotations

import ast
import gc
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType, FrameType, FunctionType
from typing import Any

import numpy as np

from gradwright.check.edits.texts import (
    WATCHER,
    Node,
    compiled,
    given_a_line,
    has_text,
    tree_of,
    with_watcher,
)
from gradwright.check.verdict.oracle import NoAnswerError

PURE = (
    "sum",
    "mean",
    "max",
    "min",
    "argmax",
    "argmin",
    "exp",
    "log",
    "sqrt",
    "tanh",
    "abs",
    "where",
    "maximum",
)


@dataclass
class Run:
    """What ran during a call: each function's code, the names and values it ended with, and the calls."""

    frames: dict[CodeType, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    calls: int = 0

    def note(self, frame: FrameType, event: str, _: object) -> None:
        """A profiler's call: remember a function as it returns."""
        self.calls += 1
        if event == "return" and has_text(frame.f_code):
            self.frames[frame.f_code] = frame.f_globals, dict(frame.f_locals)


@dataclass(frozen=True, eq=False)
class Ran:
    """One function of the user's that ran: its code, its tree, and what the expressions in it were worth."""

    code: CodeType
    tree: Node
    path: str
    names: dict[str, Any]
    values: dict[str, Any]

    @cached_property
    def may_be_edited(self) -> bool:
        """Whether it is one function alone, and sure to end: a ``while`` might wait for ever."""
        return len(self.functions) == 1 and not any(
            isinstance(each, ast.While) for each in ast.walk(self.tree)
        )

    @cached_property
    def functions(self) -> list[FunctionType]:
        """Those that have this code: one, unless a function inside another was made several times."""
        if (known := _by_name(self.code, self.names)) is not None:
            return [known]
        owners = gc.get_referrers(self.code)  # looks through all that lives
        return [each for each in owners if isinstance(each, FunctionType) and each.__code__ is self.code]

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """The numbers and arrays at hand, by how they are read; of equal ones the first."""
        found: dict[str, Any] = {}
        seen: set[Any] = set()
        for text, value in self._readable():
            key = (np.shape(value), np.asarray(value).tobytes()) if is_number(value) else None
            if key is not None and key not in seen:
                seen.add(key)
                found[text] = value
        return found

    def _readable(self) -> Iterator[tuple[str, Any]]:
        """What the function reads, then its other names, and what lies in its tables and its object."""
        for text in dict.fromkeys(ast.unparse(node) for node in ast.walk(self.tree) if is_atom(node)):
            yield text, self.worth(text)
        for name, value in self.values.items():
            yield name, value
            if isinstance(value, dict):
                yield from ((f"{name}[{key!r}]", each) for key, each in value.items() if isinstance(key, str))
            elif name == "self":
                yield from ((f"self.{key}", each) for key, each in vars(value).items())

    def _is_pure(self, node: ast.AST) -> bool:
        """Whether a part of an expression gives a value and does nothing else."""
        if not isinstance(node, ast.Call):
            return not isinstance(node, ast.Await | ast.Yield | ast.NamedExpr)
        match node.func:
            case ast.Attribute(ast.Name(module), attr) if self.names.get(module) is np:
                return attr in PURE
            case ast.Attribute(attr=attr):
                return attr in PURE
        return False

    def worth(self, text: str) -> Any:
        """What an expression was worth as the function returned; None if that is not known without a call."""
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError:  # a part of an expression, such as *rest
            return None
        if not all(self._is_pure(node) for node in ast.walk(tree)):
            return None
        try:
            with np.errstate(all="ignore"):
                return eval(compile(tree, "<expression>", "eval"), self.names, self.values)
        except Exception:  # it is bound elsewhere, or no longer there
            return None

    @contextmanager
    def watched(
        self, parent: Any, place: str, index: int | None, by: Callable[..., Any], argument: int | None
    ) -> Iterator[None]:
        """Within the block the value at one place of ``parent`` is what ``by`` makes of it.

        It is given the ``argument`` of that number too, if the value is a call's.
        """
        old = getattr(parent, place)
        node = old if index is None else old[index]
        given = [node] if argument is None else [node, node.args[argument]]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # no text is called, but what stands in its place
            with self.edited(parent, place, index, ast.Call(ast.Constant(WATCHER), given, []), by):
                yield

    @contextmanager
    def edited(
        self,
        parent: Any,
        place: str,
        index: int | None,
        new: Any,
        watcher: Callable[..., Any] | None = None,
    ) -> Iterator[None]:
        """Within the block the function does what its tree says with ``new`` at one place of ``parent``.

        A constant ``WATCHER`` in it is ``watcher``. Raises ``ValueError`` for several functions.
        """
        [function] = self.functions
        old = getattr(parent, place)
        if index is None:
            setattr(parent, place, new)
        else:
            setattr(parent, place, [*old[:index], new, *old[index + 1 :]])
        given_a_line(new, self.tree.lineno)
        try:
            code = with_watcher(compiled(self.tree, function.__code__, self.path), watcher)
        finally:
            setattr(parent, place, old)
        kept = function.__code__
        function.__code__ = code
        try:
            yield
        finally:
            function.__code__ = kept


def run_of(call: Callable[[], Any]) -> Run:
    """What runs during a call, as the interpreter's profiler sees it."""
    run = Run()
    with _profiled(run.note):
        call()
    return run


@contextmanager
def bounded(calls: int) -> Iterator[None]:
    """Within the block no more than so many calls are made: what is written otherwise might never end."""
    left = calls

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise NoAnswerError("it does not end")

    with _profiled(count):
        yield


@contextmanager
def _profiled(by: Callable[[FrameType, str, object], None]) -> Iterator[None]:
    """Within the block the interpreter tells of each call."""
    before: Any = sys.getprofile()
    sys.setprofile(by)
    try:
        yield
    finally:
        if hasattr(before, "enable"):  # cProfile's, which only it can put back
            before.enable()
        else:
            sys.setprofile(before)


def way_back(forward: Callable[[], Any], backward: Callable[[], Any]) -> tuple[list[Ran], int]:
    """The functions that run in the way back alone, if there are such, else all of it; and its calls."""
    ahead, back = run_of(forward), run_of(backward)
    return functions_of(back, ahead) or functions_of(back, Run()), back.calls


def functions_of(back: Run, forward: Run) -> list[Ran]:
    """The functions that run in the way back alone, the last to return first."""
    found = []
    for code, (names, values) in reversed(back.frames.items()):
        if code not in forward.frames and (tree := tree_of(code)) is not None:
            found.append(Ran(code, tree, code.co_filename, names, values))
    return found


def _by_name(code: CodeType, names: Mapping[str, Any]) -> FunctionType | None:
    """The function that a module or a class of it has under its own name, if its code is this one."""
    owner: Any = None
    for name in code.co_qualname.split("."):
        owner = names.get(name)
        names = vars(owner) if isinstance(owner, type) else {}
    return owner if isinstance(owner, FunctionType) and owner.__code__ is code else None


def is_number(value: Any) -> bool:
    """Whether a value is an array or a number."""
    return isinstance(value, np.ndarray | int | float) and not isinstance(value, bool)


def is_atom(node: ast.AST) -> bool:
    """A name, or attributes and entries by constants of one."""
    if isinstance(node, ast.Name):
        return True
    if isinstance(node, ast.Attribute):
        return node.attr not in ("T", "shape") and is_atom(node.value)
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and is_atom(node.value)
