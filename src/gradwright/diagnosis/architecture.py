"""The network as it is written down: maps in a row that are one, outputs that no loss wants, widths."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from gradwright.data import Dataset
from gradwright.diagnosis.finding import Finding, listed
from gradwright.nn import (
    BatchNorm,
    Dropout,
    Elementwise,
    Layer,
    LayerNorm,
    Linear,
    Loss,
    Poisson,
    ReLU,
    Sequential,
    Sigmoid,
    Softplus,
    Tanh,
)
from gradwright.nn.losses import OfClasses, Probabilistic
from gradwright.nn.walk import Place, child_name, parts
from gradwright.training import RunConfig

# What lies between two linear maps, and leaves them one: the identity where the network answers, or a scale
LINEAR = (Dropout, BatchNorm)
REACH: dict[type[Layer], tuple[float, float]] = {  # what an output can be
    ReLU: (0.0, math.inf),
    Softplus: (0.0, math.inf),
    Sigmoid: (0.0, 1.0),
    Tanh: (-1.0, 1.0),
}
STRONG = 0.5  # the share of entries that dropout leaves out, above which fewer stay than go
NARROW = 2  # units: as many half-planes enclose no region of the plane, which takes three
FEW = 4  # units: a layer of fewer than that, and than there are outputs, makes these of one another


def of_network(config: RunConfig, data: Dataset) -> Iterator[Finding]:
    """What the description of a network shows, whatever its parameters are.

    >>> import gradwright as gw
    >>> from gradwright.training import make_config
    >>> from gradwright.training.agreement import settle
    >>> data = gw.data.load("swiss-roll")
    >>> network = gw.Sequential(gw.Linear(2, 16), gw.Linear(16, 2))
    >>> [each.kind for each in of_network(settle(make_config(network=network), data), data)]
    ['activation missing']
    """
    network, loss = config.network, config.objective.loss
    places = list(parts(network, data.in_features))
    chain = list(chained(network))
    yield from _of_maps_in_a_row(chain)
    yield from _of_output(chain[-1], loss, data)
    yield from _of_widths(chain, data)
    yield from _of_biases(places)
    yield from _of_dropout(places)


def chained(network: Layer, name: str = "") -> Iterator[Place]:
    """The layers of a chain one after the other, those of chains in it among them; other containers whole.

    >>> from gradwright.nn import mlp
    >>> [place.name for place in chained(Sequential(mlp(2, 3), Tanh()))]
    ['0.0', '1']
    """
    if type(network) is not Sequential:
        yield Place(name, network, None)
        return
    for i, layer in enumerate(network.layers):
        yield from chained(layer, child_name(name, i))


def _of_maps_in_a_row(chain: Sequence[Place]) -> Iterator[Finding]:
    plain = [place for place in chain if not isinstance(place.layer, LINEAR)]
    for first, second in pairwise(plain):
        if not (isinstance(first.layer, Linear) and isinstance(second.layer, Linear)):
            continue
        i, width, o = first.layer.in_features, first.layer.out_features, second.layer.out_features
        message = (
            f"Layers {first.name} and {second.name} are linear with nothing that bends between them: "
            "together "
            f"they are one linear map from {i} to {o} numbers, through {width}."
        )
        numbers = {"in": float(i), "width": float(width), "out": float(o)}
        names = (first.name, second.name)
        yield Finding("activation missing", names, message, "Put an activation between them.", numbers)


def _of_output(last: Place, loss: Loss, data: Dataset) -> Iterator[Finding]:
    """A last layer that bends what the loss bends itself, or that cannot reach the targets."""
    kind, name = type(last.layer), type(loss).__name__
    bends = isinstance(last.layer, Elementwise | LayerNorm) and not isinstance(last.layer, Dropout)
    advice = f"End with the linear layer: {name} takes what it puts out."
    if isinstance(loss, OfClasses | Probabilistic | Poisson) and (
        bends or "softmax" in kind.__name__.lower()
    ):
        what = "scores" if not isinstance(loss, Probabilistic | Poisson) else "logits"
        what = "logarithms of rates" if isinstance(loss, Poisson) else what
        reach = f", which lie in {_interval(*REACH[kind])}" if kind in REACH else ""
        message = (
            f"{name} takes {what} of any size, and gets the outputs of layer {last.name} "
            f"({kind.__name__}){reach}."
        )
        yield Finding("wrong output activation", (last.name,), message, advice)
    elif kind in REACH and not data.train.has_labels:
        low, high = REACH[kind]
        outside = float(((data.train.y < low) | (data.train.y > high)).mean())
        if outside > 0:
            message = (
                f"{outside:.1%} of the targets, which go from {data.train.y.min():.4g} to "
                f"{data.train.y.max():.4g}, lie outside of {_interval(low, high)}, and nothing else can "
                "layer "
                f"{last.name} ({kind.__name__}) put out."
            )
            numbers = {"outside": outside}
            yield Finding("wrong output activation", (last.name,), message, advice, numbers)


def _interval(low: float, high: float) -> str:
    return f"{low:g} and above" if high == math.inf else f"{low:g}..{high:g}"


def _of_widths(chain: Sequence[Place], data: Dataset) -> Iterator[Finding]:
    """A hidden layer of so few units that little can pass it."""
    maps = [(place.name, place.layer.out_features) for place in chain if isinstance(place.layer, Linear)]
    if not maps:
        return
    outputs = maps[-1][1]
    least = min(FEW - 1, outputs - 1)  # more units than that are at least as many as there are outputs
    bound = max(least, NARROW if data.in_features > 1 else 1)
    narrow = [(name, width) for name, width in maps[:-1] if width <= bound]
    if narrow:
        names, widths = zip(*narrow, strict=True)
        message = (
            f"All that is known of a row passes through {listed([str(width) for width in widths])} "
            f"unit{'' if widths == (1,) else 's'} in layer{'s' if len(narrow) > 1 else ''} "
            f"{listed(names)}, from {data.in_features} features to "
            f"{outputs} outputs."
        )
        numbers = {"width": float(min(widths)), "outputs": float(outputs)}
        yield Finding("too narrow", names, message, "Widen it.", numbers)


def _of_biases(places: Sequence[Place]) -> Iterator[Finding]:
    maps = [(place.name or "0", place.layer.bias) for place in places if isinstance(place.layer, Linear)]
    shifted = any(isinstance(place.layer, BatchNorm | LayerNorm) for place in places)
    if maps and not shifted and not any(bias for _, bias in maps):
        message = "No layer has a bias: where all features are 0 the answer is fixed, whatever is learned."
        names = tuple(name for name, _ in maps)
        yield Finding("bias missing", names, message, "Give the layers biases (bias = true).")


def _of_dropout(places: Sequence[Place]) -> Iterator[Finding]:
    strong = [each for each in places if isinstance(each.layer, Dropout) and each.layer.rate > STRONG]
    if strong:
        rates = [each.layer.rate for each in strong if isinstance(each.layer, Dropout)]
        names = tuple(each.name for each in strong)
        message = (
            f"Dropout leaves out {listed([f'{rate:.0%}' for rate in rates])} of the entries of layer "
            f"{listed(names)}."
        )
        numbers = {"rate": max(rates)}
        yield Finding("dropout too strong", names, message, "Lower it to 0.5 or less.", numbers)
