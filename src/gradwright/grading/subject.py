"""What an item asks for, found in a submission's module and made one function of the arguments.

This runs in the submission's own process, which sends back numbers; they are judged elsewhere.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.conventions.parameters import PARAMETER_TABLES, places_of_gradient, stored_at
from gradwright.check.conventions.spellings import in_any_case

# The arguments by name, dy where the value is an array, and what a class is called with -> the value, and the
# gradient in any form.
Subject: TypeAlias = Callable[[dict[str, Any], Any, list[int]], tuple[Any, Any]]


def subject(module: ModuleType, asked: Mapping[str, Any]) -> Subject:
    """What an item asks for, as one function; raises ``LookupError`` where the file has not got it."""

    def member(name: str) -> Any:
        return _member(module, name, any_case=asked["any_case"])

    kept: Sequence[str] = asked["kept"]
    if asked["layer"]:
        cls = member(asked["layer"])
        return lambda arguments, dy, made_with: _layer(cls(*made_with), arguments, dy, kept)
    if asked["forward"]:
        forward, backward = member(asked["forward"]), member(asked["backward"])
        return lambda arguments, dy, _: _through_cache(forward, backward, arguments, dy)
    if asked["function"]:
        name, dot, method = asked["function"].rpartition(".")
        if dot:
            cls = member(name)
            return lambda arguments, _, made_with: _method(cls(*made_with), method, arguments, kept)
        both = member(method)
        return lambda arguments, *_: _pair(method, both(*arguments.values()))
    loss, gradient = member(asked["loss"]), member(asked["gradient"])
    return lambda arguments, *_: (loss(*arguments.values()), gradient(*arguments.values()))


def _layer(
    layer: Any, arguments: Mapping[str, Any], dy: Any, kept: Sequence[str]
) -> tuple[Any, dict[str, Any]]:
    """One pass forward and back; the gradients are what ``backward`` returns, and what the layer keeps.

    ``backward`` gets no dy where the value is a loss.
    """
    inputs = _set(layer, arguments, kept)
    y = np.array(layer.forward(*inputs.values()))
    returned = layer.backward() if dy is None else layer.backward(dy)
    several = isinstance(returned, tuple) and len(returned) > 1
    found = dict(zip(inputs, returned if several else (returned,), strict=False))
    return y, {name: g for name, g in {**found, **_stored(layer, kept)}.items() if g is not None}


def _method(owner: Any, method: str, arguments: Mapping[str, Any], kept: Sequence[str]) -> tuple[Any, Any]:
    """A method that returns (loss, gradients), or the loss alone while its object keeps the gradients."""
    inputs = _set(owner, arguments, kept)
    returned = getattr(owner, method)(*inputs.values())
    stored = {} if isinstance(returned, tuple) else _stored(owner, kept)
    return (returned, stored) if stored else _pair(method, returned)


def _through_cache(
    forward: Callable[..., Any], backward: Callable[..., Any], arguments: Mapping[str, Any], dy: Any
) -> tuple[Any, Any]:
    """A forward that returns (out, cache), and a backward of dout and the cache; 1 is dout of a loss."""
    out, cache = _pair("forward", forward(*arguments.values()), "(out, cache)")
    return np.array(out), backward(1.0 if dy is None else dy, cache)


def _set(owner: Any, arguments: Mapping[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    """Have an object keep its parameters, each where it has one of that name; returns the other arguments."""
    for name in kept:
        tables = [getattr(owner, table, None) for table in PARAMETER_TABLES]
        shelves = [shelf for shelf in tables if isinstance(shelf, dict)]
        holding = [shelf for shelf in shelves if name in shelf]
        if holding or (shelves and not hasattr(owner, name)):
            (holding or shelves)[0][name] = arguments[name]
        else:
            setattr(owner, name, arguments[name])
    return {name: value for name, value in arguments.items() if name not in kept}


def _stored(owner: Any, names: Sequence[str]) -> dict[str, Any]:
    found = {name: stored_at(owner, places_of_gradient(name)) for name in names}
    return {name: gradient for name, gradient in found.items() if gradient is not None}


def _pair(name: str, returned: Any, form: str = "(loss, gradient)") -> tuple[Any, Any]:
    if not (isinstance(returned, tuple | list) and len(returned) == 2):
        raise TypeError(f"expected {name} to return {form}, found {type(returned).__name__}")
    return returned[0], returned[1]


def _member(module: ModuleType, name: str, *, any_case: bool) -> Any:
    value = getattr(module, name, None)
    known = [n for n, v in vars(module).items() if inspect.isroutine(v) or inspect.isclass(v)]
    if value is None and any_case and (near := in_any_case(name, known)):
        value = getattr(module, near)
    if not callable(value):
        kind = "nothing of that name" if value is None else type(value).__name__
        told_known = f"it has {', '.join(known) or 'nothing'}"
        raise LookupError(f"expected {name} in the file, found {kind}; {told_known}")
    return value
