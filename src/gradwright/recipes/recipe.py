"""What a table gets: network, optimizer, rates and schedule as one config that can be read and changed.

It is the simple form of RealMLP, TD-S: a scale for each input, three hidden layers of 256, and a last layer
that starts at zero. Holzmueller, Grinsztajn and Steinwart, Better by Default, NeurIPS 2024, appendix A.

That network is in "neural tangent" form, y = x w / sqrt(d) + b with w ~ N(0, 1), d being the inputs of a
layer. No layer is needed for it: with W = w / sqrt(d) it is y = x W + b, where W begins with the standard
deviation 1 / sqrt(d). A step of Adam knows no unit of the gradient: what moves w by lr moves W by
lr / sqrt(d), which is a ``ParameterGroup`` with the rate 1 / sqrt(d).
"""

from __future__ import annotations

import math

from gradwright.data import Dataset
from gradwright.engine import steps_per_epoch
from gradwright.fields import Whole, require
from gradwright.nn import SELU, Layer, Linear, MeanSquaredError, Mish, Scale, Sequential, SoftmaxCrossEntropy
from gradwright.nn.initializers import Normal, Zeros
from gradwright.optim import Adam, CosLog, ParameterGroup
from gradwright.training import RunConfig, make_config

EPOCHS = 192
HIDDEN = (256, 256, 256)
ROWS = 256  # of a batch, at least; see ``even_batches``
SMOOTHING = 0.1  # of labels
RATE_OF_LABELS, RATE_OF_NUMBERS = 0.04, 0.03  # at the top of a wave
FACTORS = {"*.scale": 6.0, "*.bias": 0.1}  # of the rate


def recipe(data: Dataset, *, epochs: int = EPOCHS, seed: int = 0, name: str = "tabular") -> RunConfig:
    """The config of a run on the encoded rows of ``data``, its targets labels or standardised numbers.

    Args:
        data: whose training rows say how many inputs, outputs and steps there are.
        epochs: passes over them; the schedule comes to its end with the last one.
        seed: of the run.
        name: of the run.

    >>> import gradwright as gw
    >>> config = recipe(gw.data.load("swiss-roll"))
    >>> config.learning_rate, config.batch_size, config.monitor, config.keep
    (CosLog(peak=0.04, duration=7488, waves=4, per='step'), 257, 'validation.accuracy', 'best')
    """
    epochs = require("epochs", epochs, Whole)
    labels = data.train.has_labels
    outputs = data.num_classes if labels else data.train.y.reshape(len(data.train), -1).shape[1]
    network = _network(data.in_features, outputs, SELU() if labels else Mish())
    batch_size = even_batches(len(data.train), ROWS)
    steps = max(1, epochs * steps_per_epoch(data.train, batch_size))
    return make_config(
        name=name,
        seed=seed,
        epochs=epochs,
        network=network,
        loss=SoftmaxCrossEntropy(smoothing=SMOOTHING) if labels else MeanSquaredError(),
        optimizer=Adam(beta2=0.95),
        learning_rate=CosLog(RATE_OF_LABELS if labels else RATE_OF_NUMBERS, duration=steps),
        batch_size=batch_size,
        groups=_groups(network),
        monitor="validation.accuracy" if labels else "validation.loss",
        keep="last" if data.validation is None else "best",
        measure_train="running",
        precision="auto",
    )


def even_batches(rows: int, least: int) -> int:
    """The size of batches of at least so many rows, as even as they can be; all rows where there are fewer.

    A last batch of a few rows would make a step as long as the others, at Adam's rate, from next to nothing.

    >>> even_batches(520, 256), even_batches(511, 256), even_batches(100, 256)
    (260, 511, 100)
    """
    return math.ceil(rows / max(1, rows // least))


def _network(inputs: int, outputs: int, activation: Layer) -> Sequential:
    layers: list[Layer] = [Scale(inputs)]
    for i, o in zip((inputs, *HIDDEN), HIDDEN, strict=False):
        layers += [Linear(i, o, weight_init=Normal(1 / math.sqrt(i)), bias_init=Normal()), activation]
    return Sequential(*layers, Linear(HIDDEN[-1], outputs, weight_init=Zeros()))


def _groups(network: Sequential) -> list[ParameterGroup]:
    """The factors of the rate: 1 / sqrt(d) for the weights of a linear layer of d inputs."""
    of_weights = [
        ParameterGroup(f"{k}.weight", rate=1 / math.sqrt(layer.in_features))
        for k, layer in enumerate(network.layers)
        if isinstance(layer, Linear)
    ]
    return [*(ParameterGroup(pattern, rate=factor) for pattern, factor in FACTORS.items()), *of_weights]
