"""What is measured: the networks of the reports as training tasks, each a handful of plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from gradwright.errors import ConfigError
from gradwright.nn import (
    ELU,
    SELU,
    BatchNorm,
    Dropout,
    Hinge,
    Layer,
    LayerNorm,
    Linear,
    Loss,
    MeanSquaredError,
    Mish,
    Mixed,
    ReLU,
    Scale,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Tanh,
    mlp,
    residual_mlp,
)
from gradwright.optim import SGD, Adam, Optimizer

DROPPED = 0.2  # the share of each hidden layer that dropout leaves out
DECAY = 0.99  # of the average of the parameters
ACTIVATIONS: dict[str, Layer] = {
    "tanh": Tanh(), "sigmoid": Sigmoid(), "relu": ReLU(),
    "ELU": ELU(), "SELU": SELU(), "SiLU": SiLU(), "Mish": Mish(),
}  # fmt: skip
LOSSES: dict[str, Loss] = {
    "cross-entropy": SoftmaxCrossEntropy(), "hinge loss": Hinge(), "squared error": MeanSquaredError(),
}  # fmt: skip
ADAM = Adam()
BETA1, BETA2, EPSILON = ADAM.beta1, ADAM.beta2, ADAM.epsilon  # as the peers are to have them
OPTIMIZERS: dict[str, Optimizer] = {"SGD": SGD(), "Adam": ADAM}
COMMON = ("tanh", "sigmoid", "relu", "cross-entropy", "SGD")  # what every peer is written with
LAYERS = ("dropout", "layer norm", "batch norm", "factors")
EXTRAS = frozenset({*ACTIVATIONS, *LOSSES, *OPTIMIZERS, *LAYERS, "average"}.difference(COMMON))


@dataclass(frozen=True)
class Workload:
    """A network trained by ``optimizer`` on ``loss``, and how many of them.

    ``widths`` go from the inputs to the classes. With ``residual`` the hidden layers are the blocks
    relu(W2 x + b2 + tanh(W1 x + b1)); else they are linear layers with ``activation``, which a norm comes
    before, or dropout behind, where ``regularizer`` says so; with "factors" the input is scaled, each
    activation mixed with what goes into it, and dropout behind it. ``l2``
    adds l2 * sum(w^2) over the weights to the loss. With ``average`` the mean of the parameters over the
    steps is kept beside them. ``models`` > 1 is a sweep: each of its models has a
    seed and a learning rate of its own. ``mapped`` keeps the rows in a file rather than in memory.

    >>> WORKLOADS["W2"].steps_per_epoch
    1562
    """

    name: str
    title: str
    data: Literal["peaks", "gmm", "pixels", "noise", "matrices"]
    rows: int
    widths: tuple[int, ...]
    batch_size: int
    learning_rate: float
    activation: Literal["tanh", "sigmoid", "relu", "ELU", "SELU", "SiLU", "Mish"] = "tanh"
    residual: bool = False
    regularizer: Literal["dropout", "layer norm", "batch norm", "factors"] | None = None
    l2: float = 0.0
    loss: Literal["cross-entropy", "hinge loss", "squared error"] = "cross-entropy"
    optimizer: Literal["SGD", "Adam"] = "SGD"
    average: bool = False
    models: int = 1
    mapped: bool = False

    @property
    def steps_per_epoch(self) -> int:
        """Whole batches only, so that every step of a workload costs the same."""
        return self.rows // self.batch_size

    @property
    def layers(self) -> list[tuple[int, int]]:
        """The sizes (in, out) of each layer."""
        return list(pairwise(self.widths))

    @property
    def extras(self) -> frozenset[str]:
        """What a peer has to be written with to train it, beside what all are.

        >>> WORKLOADS["W2"].extras, WORKLOADS["W8a"].extras
        (frozenset(), frozenset({'dropout'}))
        """
        average = "average" if self.average else None
        return EXTRAS & {self.activation, self.loss, self.optimizer, self.regularizer, average}

    def network(self) -> Sequential:
        """The network as the package describes it."""
        if self.residual:
            return residual_mlp(*self.widths)
        if self.regularizer is not None:
            hidden = (layer for i, o in self.layers[:-1] for layer in self._hidden(i, o))
            scale = [Scale(self.widths[0])] if self.regularizer == "factors" else []
            return Sequential(*scale, *hidden, Linear(*self.layers[-1]))
        return mlp(*self.widths, activation=ACTIVATIONS[self.activation])

    def _hidden(self, inputs: int, outputs: int) -> list[Layer]:
        """A hidden layer with its regularizer."""
        linear, activation = Linear(inputs, outputs), ACTIVATIONS[self.activation]
        match self.regularizer:
            case "dropout":
                return [linear, activation, Dropout(DROPPED)]
            case "layer norm":
                return [linear, LayerNorm(outputs), activation]
            case "factors":
                return [linear, Mixed(activation, outputs), Dropout(DROPPED)]
        return [linear, BatchNorm(outputs), activation]


PEAKS_MLP = Workload(
    "W2", "Peaks MLP 2-50-50-50-5 tanh, batch 16", "peaks", 1562 * 16, (2, 50, 50, 50, 5), 16, 0.1
)

PIXELS_MLP = Workload(
    "W5", "MNIST 784-512-512-10 ReLU, batch 100", "pixels", 60_000, (784, 512, 512, 10), 100, 0.01, "relu"
)

TABLE_MLP = Workload(
    "W12a",
    "table 20-256-256-256-2 SELU, batch 256",
    "noise",
    50 * 256,
    (20, 256, 256, 256, 2),
    256,
    0.01,
    "SELU",
)  # fmt: skip

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("W1", "Peaks softmax regression 2-5, batch 32", "peaks", 781 * 32, (2, 5), 32, 0.1),
        PEAKS_MLP,
        Workload(
            "W3", "GMM residual 5-20-20-5, batch 32", "gmm", 781 * 32, (5, 20, 20, 5), 32, 0.01, residual=True
        ),
        Workload(
            "W4", "MNIST 784-300-10 sigmoid, batch 1", "pixels", 60_000, (784, 300, 10), 1, 0.01, "sigmoid"
        ),
        PIXELS_MLP,
        Workload(
            "W6", "CIFAR 3072-50-10 ReLU, L2, batch 100", "noise", 50_000, (3072, 50, 10), 100, 0.01, "relu",
            l2=0.004,
        ),
        Workload(
            "W7a", "sweep of 64 like W2", "peaks", 1562 * 16, (2, 50, 50, 50, 5), 16, 0.1, models=64
        ),
        Workload(
            "W7b", "sweep of 16 like W5", "pixels", 60_000, (784, 512, 512, 10), 100, 0.01, "relu", models=16
        ),
        replace(PEAKS_MLP, name="W8a", title="like W2 with dropout", regularizer="dropout"),
        replace(PEAKS_MLP, name="W8b", title="like W2 with layer norm", regularizer="layer norm"),
        replace(PEAKS_MLP, name="W8c", title="like W2 with batch norm", regularizer="batch norm"),
        replace(PIXELS_MLP, name="W9a", title="like W5 with dropout", regularizer="dropout"),
        replace(PIXELS_MLP, name="W9b", title="like W5 with layer norm", regularizer="layer norm"),
        replace(PIXELS_MLP, name="W9c", title="like W5 with batch norm", regularizer="batch norm"),
        Workload(
            "W10", "matrix exponentials 4-32-16-4 tanh, Adam, one batch of 10,000", "matrices", 10_000,
            (4, 32, 16, 4), 10_000, 0.001, loss="squared error", optimizer="Adam",
        ),
        replace(PEAKS_MLP, name="W11a", title="like W2 with ELU", activation="ELU"),
        replace(PEAKS_MLP, name="W11b", title="like W2 with SELU", activation="SELU"),
        replace(PEAKS_MLP, name="W11c", title="like W2 with SiLU", activation="SiLU"),
        replace(PEAKS_MLP, name="W11d", title="like W2 with Mish", activation="Mish"),
        replace(PEAKS_MLP, name="W11e", title="like W2 with the hinge loss", loss="hinge loss"),
        replace(PEAKS_MLP, name="W11f", title="like W2 with an average of the parameters", average=True),
        TABLE_MLP,
        replace(TABLE_MLP, name="W12b", title="W12a with scale, mixed SELU, dropout", regularizer="factors"),
    )
}  # fmt: skip


def select(names: list[str], known: list[str], what: str) -> list[str]:
    """The ``known`` names that begin with one of ``names``, in their own order; all of them for no names.

    Raises ``ConfigError`` for a name that fits none.

    >>> select(["W1", "w7"], list(WORKLOADS), "--only")
    ['W1', 'W7a', 'W7b']
    """
    for name in names:
        if not any(fits(name, one) for one in known):
            raise ConfigError(f"{what}: expected some of {', '.join(known)}, found {name!r}")
    return [one for one in known if not names or any(fits(name, one) for name in names)]


def fits(name: str, known: str) -> bool:
    """Whether ``name`` means ``known``: the same letters, or ``W7`` for all of its parts."""
    return name.lower() in (known.lower(), known[:-1].lower() if known[-1] in "abcdef" else None)
