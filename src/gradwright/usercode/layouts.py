"""Arguments for a user's function where none are given: from the file by their names, or made to a layout.

What an argument is for is read from its name, as courses call them; the first one is the input. A layout says
how these are laid out: rows or columns are samples, images, labels as classes or one-hot. They are tried in
turn, and what was assumed is told.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from gradwright.check.conventions.calls import POSITIONAL, takes
from gradwright.check.streams import Stream, own_generator
from gradwright.errors import ConfigError

SAMPLES, FEATURES, HIDDEN, CLASSES, CHANNELS, SIDE, KERNEL = 4, 5, 6, 3, 3, 6, 3

LABELS = {"y", "labels", "label", "target", "targets", "t", "y_true", "y_batch", "ys"}
WEIGHTS = {"w", "weight", "weights", "kernel", "filters", "theta", "w1"}
BIASES = {"b", "bias", "biases", "b1"}
SCALES = {"gamma", "beta", "scale", "shift"}
INPUTS = ("point", "example", "x", "X", "inputs")  # names of a file whose value is the first argument
SETTINGS: dict[str, Any] = {
    "conv_param": {"stride": 1, "pad": 1},
    "pool_param": {"pool_height": 2, "pool_width": 2, "stride": 2},
    "bn_param": {"mode": "train"},
    "ln_param": {},
    "dropout_param": {"mode": "train", "p": 0.5, "seed": 0},
    "reg": 0.1,
    "lam": 0.1,
    "lambda_": 0.1,
    "l2": 0.1,
    "eps": 1e-5,
    "stride": 1,
    "pad": 0,
    "padding": 0,
    "p": 0.5,
    "keep_prob": 0.5,
    "rate": 0.5,
    "alpha": 0.1,
    "train": True,
    "training": True,
    "is_training": True,
}
INS = "in_features fan_in n_in in_dim in_size input_dim input_size inputs n_inputs num_features dim"
OUTS = "out_features fan_out n_out out_dim out_size output_dim output_size outputs n_outputs n_neurons"
SIZES = {  # arguments of a class
    **dict.fromkeys(INS.split(), FEATURES),
    **dict.fromkeys(OUTS.split(), CLASSES),
    **dict.fromkeys(["hidden_size", "hidden_dim", "n_hidden", "hidden_units"], HIDDEN),
    "num_classes": CLASSES,
    "in_channels": CHANNELS,
    "out_channels": 2,
    "kernel_size": KERNEL,
}


@dataclass(frozen=True)
class Layout:
    """How arrays are laid out that are made."""

    kind: Literal["rows", "columns", "images"] = "rows"
    transposed: bool = False  # weights (out, in)
    labels: Literal["classes", "one-hot", "numbers"] = "classes"
    probabilities: bool = False  # inputs in 0.2 .. 0.8, as a loss may want them


LAYOUTS = (
    Layout(),
    Layout(transposed=True),
    Layout(labels="one-hot"),
    Layout(labels="numbers"),
    Layout("images"),
    Layout("columns", transposed=True),
    Layout(labels="numbers", probabilities=True),
)


@dataclass(frozen=True)
class Assumed:
    """Arguments by name, and what was assumed to have them, in words."""

    values: Mapping[str, Any]
    told: str


def made_arguments(function: Callable[..., Any], found: Mapping[str, Any], seed: int) -> Iterator[Assumed]:
    """Arguments of ``function`` in one layout after another; ``found`` is what the file has by name.

    Raises ``ConfigError`` for one that is neither in the file nor known by its name.
    """
    names = _required(function)
    for layout in LAYOUTS:
        rng = own_generator(seed, Stream.POINT)
        yield _assumed(names, found, partial(_made, layout=layout, rng=rng, count=len(names)))


def made_with(cls: type, found: Mapping[str, Any]) -> Assumed:
    """What a class is made with; raises ``ConfigError`` for an argument whose meaning is not known."""
    return _assumed(_required(cls), found, lambda name, _: SIZES.get(name, SETTINGS.get(name)), first=())


def _assumed(
    names: list[str],
    found: Mapping[str, Any],
    make: Callable[[str, int], Any],
    first: tuple[str, ...] = INPUTS,
) -> Assumed:
    """Values for ``names``; the first may also be in the file under one of the names in ``first``."""
    values: dict[str, Any] = {}
    told = []
    for place, name in enumerate(names):
        known = [each for each in (name, *(first if place == 0 else ())) if _is_value(found.get(each))]
        if known:
            value = found[known[0]]
            values[name] = value() if inspect.isfunction(value) else value
            told.append(f"{name} is the file's {known[0]}")
            continue
        values[name] = make(name, place)
        if values[name] is None:
            raise ConfigError(
                f"no value is known for {name}: write {name} = ... into the file, or make the object there"
            )
        is_array = isinstance(values[name], np.ndarray)
        told.append(f"{name} {_size(values[name])}" if is_array else f"{name} = {values[name]!r}")
    return Assumed(values, f"assumed: {', '.join(told)}" if told else "")


def _is_value(value: Any) -> bool:
    """Whether it may stand for an argument: numbers, or a function without arguments that makes them."""
    if inspect.isfunction(value):
        return takes(value, 0)
    return isinstance(value, np.ndarray | dict | list | tuple | float | int)


def _size(array: Any) -> str:
    return f"{array.shape} {'random' if array.dtype.kind == 'f' else 'labels'}"


def _required(function: Callable[..., Any]) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ["x"]
    return [
        each.name
        for each in parameters
        if each.kind in POSITIONAL and (each.default is each.empty or _are_left_out(each))
    ]


def _are_left_out(parameter: inspect.Parameter) -> bool:
    """Whether these are labels without which a loss returns its scores."""
    return parameter.default is None and parameter.name.lower() in LABELS


def _made(name: str, place: int, *, layout: Layout, rng: np.random.Generator, count: int) -> Any:
    """The value of the argument at this ``place``; None where its name says nothing."""
    lower = name.lower()
    images, columns = layout.kind == "images", layout.kind == "columns"
    if name in SETTINGS:
        return SETTINGS[name]
    if place == 0 and lower not in WEIGHTS:
        return _input(layout, rng)
    if lower in LABELS or (place == 1 and count == 2 and lower not in WEIGHTS | BIASES | SCALES):
        return _labels(layout, rng)
    if lower in WEIGHTS:
        shape = (2, CHANNELS, KERNEL, KERNEL) if images else (FEATURES, CLASSES)
        return rng.standard_normal(shape[::-1] if layout.transposed else shape)
    if lower in BIASES:
        return rng.standard_normal(2 if images else (CLASSES, 1) if columns else CLASSES)
    if lower in SCALES:
        return rng.standard_normal(CHANNELS if images else FEATURES)
    return _input(layout, rng) if lower in ("x", "inputs", "a", "data") else None


def _input(layout: Layout, rng: np.random.Generator) -> Any:
    shape = (2, CHANNELS, SIDE, SIDE) if layout.kind == "images" else (SAMPLES, FEATURES)
    shape = shape[::-1] if layout.kind == "columns" else shape
    return rng.uniform(0.2, 0.8, shape) if layout.probabilities else rng.standard_normal(shape)


def _labels(layout: Layout, rng: np.random.Generator) -> Any:
    classes = rng.integers(CLASSES, size=2 if layout.kind == "images" else SAMPLES)
    match layout.labels:
        case "one-hot":
            return np.eye(FEATURES, dtype=int)[classes]
        case "numbers":
            return rng.integers(2, size=(SAMPLES, FEATURES)) * 1.0
    return classes
