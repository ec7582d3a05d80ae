"""The process of one submission: it shuts itself in, loads the file, and answers points with numbers.

It holds no reference and gives no verdict. Whatever the submission does to it (and it may change all of it),
the grader on the other end sees nothing but numbers, and judges those.
"""

from __future__ import annotations

import inspect
import linecache
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.conventions.parameters import places_of_gradient, stored_at
from gradwright.check.tracebacks import told
from gradwright.grading.confine import confine, end_with_parent, python_places
from gradwright.grading.wire import Message, flatten, most_bytes, nest, pack, receive

LONGEST = 600  # characters of a message

# The arguments by name; for a layer dy, and what it is made with -> the value, and the gradient in any form.
Subject: TypeAlias = Callable[[dict[str, Any], Any, list[int]], tuple[Any, Any]]


def subject(module: ModuleType, asked: Mapping[str, Any]) -> Subject:
    """What an item asks for, as one function; raises ``LookupError`` where the file has not got it."""
    if asked["layer"]:
        cls = _member(module, asked["layer"])
        return lambda arguments, dy, made_with: _layer(cls(*made_with), arguments, dy)
    if asked["function"]:
        both = _member(module, asked["function"])
        return lambda arguments, *_: _pair(asked["function"], both(*arguments.values()))
    loss, gradient = _member(module, asked["loss"]), _member(module, asked["gradient"])
    return lambda arguments, *_: (loss(*arguments.values()), gradient(*arguments.values()))


def answer(function: Subject, question: Message) -> bytes:
    """The frame that answers a question: numbers, or what the submission raised."""
    try:
        given = nest({name: array if array.ndim else array[()] for name, array in question.arrays.items()})
        arguments = given["arguments"]
        with np.errstate(all="ignore"):  # the grader also asks far out
            value, gradient = function(arguments, given.get("dy"), question.plain["made_with"])
        parts = {"value": value, "gradient": gradient}
        if question.plain["echo"]:
            parts["after"] = arguments
        numbers = {name: _numbers(leaf, name) for name, leaf in flatten(parts).items()}
        if sum(array.nbytes for array in numbers.values()) > most_bytes(question.arrays):
            raise ValueError("expected about as many numbers as the arguments have, found many more")
        return pack({"kind": "answer"}, numbers)
    except BaseException as error:  # a submission may raise anything, SystemExit and its like included
        return failure(error)


def failure(error: BaseException) -> bytes:
    """The frame that says what was raised, and in which line."""
    try:
        text = told(error)
    except BaseException as another:  # what it raises when it is printed
        text = type.__dict__["__name__"].__get__(type(another))
    return pack({"kind": "failure", "text": text[:LONGEST]}, {})


def load(name: str, text: str) -> ModuleType:
    """The submission as a module; its lines are known to messages, its folder is not."""
    module = ModuleType(Path(name).stem)
    module.__file__ = name
    sys.modules[module.__name__] = module
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    exec(compile(text, name, "exec"), module.__dict__)
    return module


def main() -> None:
    """Answer the questions on stdin until there are no more; what is printed goes to stderr."""
    parent = int(sys.argv[1])
    end_with_parent(parent)
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)

    def say(frame: bytes) -> None:
        answers.write(frame)
        answers.flush()

    asked = receive(questions.read).plain
    os.environ["HOME"] = os.environ["TMPDIR"] = str(Path.cwd())
    readable = sorted({*python_places(), *asked["folders"]})
    missing = confine(**asked["limits"], readable=readable, parent=parent)
    say(pack({"kind": "confined", "missing": missing, "readable": readable}, {}))
    sys.path.extend(asked["folders"])
    try:
        function = subject(load(asked["name"], asked["text"]), asked["item"])
    except BaseException as error:
        say(failure(error))
        os._exit(0)
    say(pack({"kind": "loaded"}, {}))
    while True:
        say(answer(function, receive(questions.read)))


def _layer(layer: Any, arguments: dict[str, Any], dy: Any) -> tuple[Any, dict[str, Any]]:
    """One pass forward and back: the first argument goes in, the others are set as attributes.

    ``backward`` gets no dy where the value is a loss.
    """
    (first, x), *parameters = arguments.items()
    for name, value in parameters:
        setattr(layer, name, value)
    y = np.array(layer.forward(x))
    dx = layer.backward() if dy is None else layer.backward(dy)
    kept = {name: stored_at(layer, places_of_gradient(name)) for name, _ in parameters}
    return y, {name: g for name, g in {first: dx, **kept}.items() if g is not None}


def _pair(name: str, returned: Any) -> tuple[Any, Any]:
    if not (isinstance(returned, tuple | list) and len(returned) == 2):
        raise TypeError(f"expected {name} to return (loss, gradient), found {type(returned).__name__}")
    return returned[0], returned[1]


def _member(module: ModuleType, name: str) -> Any:
    value = getattr(module, name, None)
    if not callable(value):
        kind = "nothing of that name" if value is None else type(value).__name__
        known = [n for n, v in vars(module).items() if inspect.isroutine(v) or inspect.isclass(v)]
        told_known = f"it has {', '.join(known) or 'nothing'}"
        raise LookupError(f"expected {name} in the file, found {kind}; {told_known}")
    return value


def _numbers(value: Any, name: str) -> Any:
    """``value`` as an array that can be sent."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        what = "nothing (None)" if value is None else f"{type(value).__name__} of {array.dtype}"
        raise TypeError(f"expected numbers as the {name}, found {what}")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


if __name__ == "__main__":
    main()
