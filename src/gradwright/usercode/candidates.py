"""What there is to check in a user's file, by how courses write it, at inputs that are found or made."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from gradwright.check.conventions.arguments import Arguments
from gradwright.check.conventions.calls import described
from gradwright.check.conventions.networks import is_network, loss_of
from gradwright.check.conventions.parameters import parameters_of
from gradwright.check.conventions.spellings import key_of
from gradwright.check.conventions.stateful import stateful_layer
from gradwright.check.layers import check_stateful, network_gradient
from gradwright.check.pairs import check_pair
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.tracebacks import told
from gradwright.check.verdict.gradient import check_gradient
from gradwright.errors import CheckError, ConfigError
from gradwright.usercode.layouts import Assumed, made_arguments, made_with
from gradwright.usercode.names import Name

PAIRS = (
    ("{}_forward", "{}_backward"),
    ("{}_forward_naive", "{}_backward_naive"),
    ("forward_{}", "backward_{}"),
    ("{}", "{}_backward"),
)


def candidates(module: ModuleType) -> list[str]:
    """The names of layers, pairs, losses and networks with a loss that a file defines, in its order."""
    own = {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", module.__name__) == module.__name__
    }
    functions = [name for name, value in own.items() if inspect.isfunction(value)]
    stems = {name: stem for name in functions for stem in _stems(name) if pair_of(module, stem)}
    layers = [
        name
        for name, value in own.items()
        if all(callable(getattr(value, method, None)) for method in ("forward", "backward"))
        or is_network(value)
    ]
    instances = {type(own[name]) for name in layers if not inspect.isclass(own[name])}
    found = [
        stems.get(name, name)
        for name, value in own.items()
        if (name in layers and value not in instances)  # a class is seen in its instance
        or name in stems
        or (name in functions and "loss" in name.lower())
    ]
    return list(dict.fromkeys(found))


def pair_of(module: ModuleType, stem: str) -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    """The forward and the backward that are called after ``stem``."""
    for names in PAIRS:
        forward, backward = (getattr(module, name.format(stem), None) for name in names)
        if inspect.isfunction(forward) and inspect.isfunction(backward):
            return forward, backward
    return None


def check_candidate(target: Name, seed: int, max_evaluations: int) -> GradientReport:
    """The verdict on one of them; what was assumed is in its first notes.

    Raises ``ConfigError`` for what has arguments that are neither in the file nor known by their names, and
    ``CheckError`` where it raises at every input that was made for it.
    """
    module = target.module()
    found = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    options: dict[str, Any] = {"seed": seed, "max_evaluations": max_evaluations}
    pair = pair_of(module, target.name)
    if pair is not None:
        forward, backward = pair
        return _at_the_first_that_works(
            target,
            made_arguments(forward, found, seed),
            lambda x: check_pair(forward, backward, **options, **x),
        )
    value = target.load()
    if inspect.isfunction(value):
        return _at_the_first_that_works(
            target, made_arguments(value, found, seed), lambda x: _of_loss(target, value, x, options)
        )
    return _of_layer(target, value, found, options)


def _of_layer(target: Name, given: Any, found: Mapping[str, Any], options: dict[str, Any]) -> GradientReport:
    """A layer; of a class one is made, in which zeros become random numbers: they would hide faults."""
    made = made_with(given, found) if inspect.isclass(given) else Assumed({}, "")
    layer: Any = given(**made.values) if inspect.isclass(given) else given
    if is_network(layer):
        report = _at_the_first_that_works(
            target,
            made_arguments(loss_of(layer), found, options["seed"]),
            lambda x: network_gradient(target, copy.deepcopy(layer), tuple(x.values()), **options),
        )
        return replace(report, notes=tuple(filter(None, (made.told, *report.notes))))
    filled: list[str] = []

    def ask(x: Mapping[str, Any]) -> GradientReport:
        asked = copy.deepcopy(layer)
        if inspect.isclass(given):
            filled[:] = _fill(target, asked, tuple(x.values()), options["seed"])
        return check_stateful(target, asked, tuple(x.values()), **options)

    report = _at_the_first_that_works(target, made_arguments(layer.forward, found, options["seed"]), ask)
    was = f"{', '.join(filled)}: zero when made, filled with random numbers" if filled else ""
    return replace(report, notes=tuple(each for each in (made.told, was, *report.notes) if each))


def _fill(target: Name, layer: Any, inputs: tuple[Any, ...], seed: int) -> list[str]:
    """Put random numbers into the parameters that are zero, and name them."""
    asked, _ = stateful_layer(target, copy.deepcopy(layer), inputs, seed=seed)
    rng = own_generator(seed, Stream.POINT)
    zeros = {
        name: each
        for name, each in parameters_of(layer).items()
        if name in asked.parameters and isinstance(each.value, np.ndarray) and not each.value.any()
    }
    for each in zeros.values():
        each.put(rng.standard_normal(each.value.shape))
    return list(zeros)


def _stems(name: str) -> list[str]:
    """What a pair may be called after that a function of this name belongs to."""
    ends = [end for pair in PAIRS for end in pair]
    parts = [end.partition("{}") for end in ends]
    return [
        name[len(before) : len(name) - len(after)]
        for before, _, after in parts
        if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
    ]


def _at_the_first_that_works(
    target: Name, attempts: Iterable[Assumed], ask: Callable[[Mapping[str, Any]], GradientReport]
) -> GradientReport:
    first: Exception | None = None
    for assumed in attempts:
        try:
            with np.errstate(all="ignore"):
                report = ask(assumed.values)
        except Exception as error:  # a shape that it was not written for, most likely
            first = first or error
        else:
            return replace(report, notes=tuple(filter(None, (assumed.told, *report.notes))))
    assert first is not None
    if isinstance(first, ConfigError):  # of another form than expected, such as a loss without a gradient
        raise first
    raise CheckError(
        f"{target}: no input that was made for it works; give one, --at {target.path}:NAME. The first raised "
        f"{told(first)}"
    )


def _of_loss(
    target: Name, function: Callable[..., Any], values: Mapping[str, Any], options: Mapping[str, Any]
) -> GradientReport:
    """A function that returns (loss, gradient), by the arguments that it returns gradients for."""
    arguments = Arguments.of(values)
    returned = arguments.call(function, {}, function)
    if not (isinstance(returned, tuple | list) and len(returned) > 1 and np.size(returned[0]) == 1):
        raise ConfigError(f"{target}: expected it to return (loss, gradient), found {described(returned)}")
    gradient = returned[1] if len(returned) == 2 else tuple(returned[1:])
    if len(arguments.varied) == len(arguments.values) == 1:  # a point, in whatever form
        (point,) = arguments.point.values()
        return check_gradient(value_and_grad=function, x=point, **options)
    if isinstance(gradient, Mapping):
        wrt = [name for name in arguments.varied if key_of(gradient, name) is not None]
    else:
        wrt = list(arguments.varied)[: len(gradient) if isinstance(gradient, tuple | list) else 1]
    return check_gradient(value_and_grad=function, x=dict(values), wrt=wrt, **options)
