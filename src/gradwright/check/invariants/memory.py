"""What a function does to the memory around it: its arguments, what it returned before, and what it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradwright.check.findings import Finding, UnmetError, finding
from gradwright.check.invariants.trial import Trial
from gradwright.check.points import walk


def leaves_alone(call: Callable[[], Any], watched: Callable[[], Any], name: str = "left alone") -> Finding:
    """``call()`` changes no byte of what ``watched()`` returns: arrays or numbers, nested at will.

    For an evaluation that must not train: ``leaves_alone(lambda: net.accuracy(x, y), lambda: net.params)``.

    >>> params = {"w": np.ones(2)}
    >>> print(leaves_alone(lambda: params["w"].sum(), lambda: params).passed)
    True
    >>> print(leaves_alone(lambda: np.negative(params["w"], out=params["w"]), lambda: params).evidence)
    expected w to stay as it was, found 2 of 2 numbers changed, w[0] from 1.0 to -1.0
    """
    return finding(name)(_left_alone)(call, watched)


def arguments_untouched(trial: Trial) -> Finding:
    """A call changes no byte of params, x and y."""
    arguments = trial.arguments
    named = dict(zip(("params", "x", "y"), arguments, strict=True))
    return leaves_alone(lambda: trial.give(*arguments), lambda: named, "arguments untouched")


@finding("called twice")
def called_twice(trial: Trial) -> str:
    """A second call with the very same objects gives the same loss and gradient: nothing accumulates."""
    arguments = trial.arguments
    first, second = trial.call(*arguments), trial.call(*arguments)
    trial.expect_same(second, first, "a second call with the same arguments", {2.0: "it accumulates"})
    return "a second call with the same arguments gives the same"


@finding("after another batch")
def after_another_batch(trial: Trial) -> str:
    """A call on some of the rows in between changes nothing: no cache or buffer outlives its batch."""
    half = np.arange(len(trial.x) // 2)
    first = trial.on(slice(None))
    trial.on(half)
    trial.expect_same(trial.on(slice(None)), first, f"after a call on {len(half)} of the rows")
    return f"a call on {len(half)} of the rows in between changes nothing"


@finding("fresh memory")
def fresh_memory(trial: Trial) -> str:
    """The gradient lies in memory of its own: neither params nor a later call is under it."""
    arguments = trial.arguments
    given = trial.give(*arguments)
    before = trial.read(given)
    for name, array in _arrays(given[1]):
        for theirs, argument in _arrays(dict(zip(("params", "x", "y"), arguments, strict=True))):
            if np.shares_memory(array, argument):
                raise UnmetError(
                    f"expected memory of its own for the gradient {name or 'array'}, found {theirs}'s"
                )
    trial.on(slice(0, 1))
    if not np.array_equal(trial.read(given).gradient, before.gradient):
        raise UnmetError("expected the gradient to stay as it was returned, found it changed by a later call")
    return "the gradient shares no memory, and a later call leaves it as it is"


def _left_alone(call: Callable[[], Any], watched: Callable[[], Any]) -> str:
    before = {name: array.copy() for name, array in _arrays(watched())}
    with np.errstate(all="ignore"):
        call()
    after = dict(_arrays(watched()))
    if before.keys() != after.keys():
        changed = ", ".join(sorted(before.keys() ^ after.keys()))
        raise UnmetError(f"expected the same arrays as before, found a change in which there are: {changed}")
    for name, array in before.items():
        _expect_same_bytes(name, array, after[name])
    return f"{sum(array.size for array in before.values()):,} numbers are the same to the last bit"


def _expect_same_bytes(name: str, before: Any, after: Any) -> None:
    if (before.shape, before.dtype) != (after.shape, after.dtype):
        raise UnmetError(
            f"expected {name} to stay {before.dtype} of shape {before.shape}, "
            f"found {after.dtype} of shape {after.shape}"
        )
    if before.tobytes() == after.tobytes():
        return
    places = np.argwhere(np.array(before != after))
    if not len(places):  # a sign of zero, or the bits of a NaN
        raise UnmetError(f"expected {name} to stay as it was, found other bits in it")
    first = tuple(places[0])
    place = f"{name}[{', '.join(map(str, first))}]" if first else name
    raise UnmetError(
        f"expected {name} to stay as it was, found {len(places)} of {before.size} numbers changed, "
        f"{place} from {before[first]} to {after[first]}"
    )


def _arrays(node: Any) -> Iterator[tuple[str, Any]]:
    """The arrays, and the numbers as arrays, in nested mappings, lists and tuples, by name."""
    for name, leaf in walk(node):
        if isinstance(leaf, np.ndarray | np.generic | int | float):
            yield name, np.asarray(leaf)
