"""The process of one submission: it shuts itself in, loads the file, and answers points with numbers.

It holds no reference and gives no verdict. Whatever the submission does to it (and it may change all of it),
the grader on the other end sees nothing but numbers, and judges those.
"""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gradwright.check.tracebacks import told
from gradwright.grading.confine import confine, end_with_parent, python_places
from gradwright.grading.subject import Subject, subject
from gradwright.grading.wire import Message, flatten, most_bytes, nest, pack, receive

LONGEST = 600  # characters of a message


def answer(function: Subject, question: Message) -> bytes:
    """The frame that answers a question: numbers, or what the submission raised."""
    asked = question.plain
    texts = asked["texts"]
    try:
        found = {name: array if array.ndim else array[()] for name, array in question.arrays.items()}
        arguments = nest({name: (found | texts)[name] for name in asked["names"]})["arguments"]
        with np.errstate(all="ignore"):  # the grader also asks far out
            value, gradient = function(arguments, found.get("dy"), asked["made_with"])
        parts = {"value": value, "gradient": gradient}
        if asked["echo"]:
            parts["after"] = {n: a for n, a in flatten(arguments).items() if f"arguments.{n}" in found}
        numbers = {name: _numbers(leaf, name) for name, leaf in flatten(parts).items()}
        if sum(array.nbytes for array in numbers.values()) > most_bytes(question.arrays):
            raise ValueError("expected about as many numbers as the arguments have, found many more")
        return pack({"kind": "answer"}, numbers)
    except BaseException as error:  # a submission may raise anything, SystemExit and its like included
        return failure(error)


def failure(error: BaseException, more: str = "") -> bytes:
    """The frame that says what was raised, and in which line; ``more`` comes below it."""
    return pack({"kind": "failure", "text": (_told(error) + more)[:LONGEST]}, {})


def load(name: str, parts: Sequence[Sequence[str]]) -> tuple[ModuleType, str]:
    """The submission as a module, and what could not be run of a notebook: it goes on after such a cell.

    ``parts`` are names and texts that are run one after the other: one of a file, the cells of a notebook.
    Their lines are known to messages, its folder is not.
    """
    module = ModuleType(Path(name).stem)
    module.__file__ = name
    sys.modules[module.__name__] = module
    failed = ""
    for where, text in parts:
        linecache.cache[where] = (len(text), None, text.splitlines(keepends=True), where)
        try:
            exec(compile(text, where, "exec"), module.__dict__)
        except Exception as error:
            if len(parts) == 1:
                raise
            failed += f"\n{where} could not be run: {_told(error)}"
    return module, failed


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
    failed = ""
    try:
        module, failed = load(asked["name"], asked["parts"])
        if failed:
            print(failed.strip(), file=sys.stderr, flush=True)
        function = subject(module, asked["item"])
    except BaseException as error:
        say(failure(error, failed))
        os._exit(0)
    say(pack({"kind": "loaded"}, {}))
    while True:
        say(answer(function, receive(questions.read)))


def _numbers(value: Any, name: str) -> Any:
    """``value`` as an array that can be sent."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        what = "nothing (None)" if value is None else f"{type(value).__name__} of {array.dtype}"
        raise TypeError(f"expected numbers as the {name}, found {what}")
    return array.astype(np.float64 if array.dtype.kind == "f" else np.int64)


def _told(error: BaseException) -> str:
    try:
        return told(error)
    except BaseException as another:  # what it raises when it is printed
        return str(type.__dict__["__name__"].__get__(type(another)))


if __name__ == "__main__":
    main()
