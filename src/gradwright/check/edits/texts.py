"""The text of a function as a tree, and a tree that was written otherwise as a function's code."""

from __future__ import annotations

import ast
import copy
import linecache
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from types import CodeType
from typing import Any

from gradwright.check.tracebacks import Line

Node = ast.FunctionDef
WATCHER = "gradwright: what a value is given to"


def has_text(code: CodeType) -> bool:
    """Whether a function is the user's, and its lines are at hand."""
    path = code.co_filename
    theirs = Line(path, 0, "").is_theirs or (path.startswith("<") and not path.startswith("<frozen"))
    return theirs and bool(linecache.getlines(path))


def tree_of(code: CodeType) -> Node | None:
    """The tree of the function with this code, in its file."""
    text = "".join(linecache.getlines(code.co_filename))
    return _functions_in(text).get((code.co_name, code.co_firstlineno))


@lru_cache(maxsize=16)  # each check asks for the same files again
def _functions_in(text: str) -> dict[tuple[str, int], Node]:
    """The trees of all functions in a text, by their names and first lines."""
    found: dict[tuple[str, int], Node] = {}
    with suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                found.setdefault((node.name, first), node)
    return found


def compiled(tree: Node, like: CodeType, path: str) -> CodeType:
    """The code of a function; raises ``SyntaxError`` where its free names are not those that it had."""
    node = copy.copy(tree)
    node.decorator_list = []
    module = ast.Module([node], [])
    if like.co_freevars:
        module = ast.parse(f"def around():\n    {' = '.join(like.co_freevars)} = None")
        around = module.body[0]
        assert isinstance(around, Node)
        around.body.append(node)
    code = next(_codes(compile(module, path, "exec"), tree.name))
    if code.co_freevars != like.co_freevars:
        raise SyntaxError("other free names")
    return code


def _codes(code: CodeType, name: str) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            if each.co_name == name:
                yield each
            yield from _codes(each, name)


def with_watcher(code: CodeType, watcher: Callable[..., Any] | None) -> CodeType:
    """A code with a function in the place of the constant that stands for it."""
    if watcher is None:
        return code
    inside = (with_watcher(each, watcher) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_consts=tuple(watcher if each == WATCHER else each for each in inside))


def given_a_line(new: ast.AST, line: int) -> None:
    """Give a line to the parts of a new node that have none."""
    for node in ast.walk(new):
        if "lineno" in node._attributes and not hasattr(node, "lineno"):
            ast.copy_location(node, ast.Pass(lineno=line, col_offset=0, end_lineno=line, end_col_offset=0))
