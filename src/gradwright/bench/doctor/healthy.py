"""Sound trainings that may look sick: hard, noisy, few, uneven, slow, or made in unusual ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.bench.doctor.faults.fault import Injection, Severity, rate_of, with_settings
from gradwright.bench.doctor.faults.fragile import relabelled
from gradwright.bench.doctor.faults.of_data import as_inputs, stored
from gradwright.bench.doctor.networks import Shape, edited, is_activation, linears
from gradwright.bench.doctor.trial import Training
from gradwright.data import Affine, Split, subset, weigh_classes
from gradwright.data.divide import take
from gradwright.nn import (
    ELU,
    GELU,
    L2,
    SELU,
    BatchNorm,
    Dropout,
    Focal,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MeanAbsoluteError,
    Mish,
    ReLU,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
)
from gradwright.nn.initializers import as_initializer
from gradwright.optim import EMA, LBFGS, SGD, Adam, AdamW, CosineDecay, LinearWarmup, OneCycle, RMSProp
from gradwright.training import EarlyStopping


@dataclass(frozen=True)
class Variant:
    """One way to make a sound training look unlike its base; severities as of a ``Fault``."""

    family: str
    name: str
    make: Injection
    severities: tuple[Severity, ...]
    apart: tuple[Severity, ...] = ()

    def titled(self, severity: Severity) -> str:
        """The name with a severity, such as "rows: 150"."""
        return f"{self.name} {severity if isinstance(severity, str) else format(severity, 'g')}"


def itself(base: Training, _: object, __: np.random.Generator) -> Training:
    """The base as it is."""
    return base


def noisy_targets(base: Training, share: float, rng: np.random.Generator) -> Training:
    """A share of the targets at random, in all rows: the ceiling is low, and everybody's."""

    def noisy(split: Split) -> Split:
        return replace(split, y=relabelled(split.y, share, base.data.num_classes, rng))

    return _rows(base, noisy)


def noisy_features(base: Training, deviation: float, rng: np.random.Generator) -> Training:
    """Noise beside each feature, in all rows."""
    x = {name: x + deviation * rng.standard_normal(x.shape) for name, x in as_inputs(base.data).items()}
    return Training(
        base.config, stored(base.data, {name: rows.astype(np.float32) for name, rows in x.items()})
    )


def idle_columns(base: Training, count: float, rng: np.random.Generator) -> Training:
    """More columns that say nothing."""
    x = {
        name: np.hstack([x, rng.standard_normal((len(x), int(count)))]).astype(np.float32)
        for name, x in as_inputs(base.data).items()
    }
    data = stored(base.data, x)
    network = replace(Shape.of(base.config.network), features=data.in_features).build()
    return Training(with_settings(base.config, network=network), data)


def few_rows(base: Training, rows: float, rng: np.random.Generator) -> Training | None:
    """Fewer rows to train on."""
    if rows >= len(base.data.train):
        return None
    return Training(base.config, subset(base.data, int(rows), rng))


def few_rows_longer(base: Training, rows: float, rng: np.random.Generator) -> Training | None:
    """Fewer rows to train on, and as many steps."""
    if rows >= len(base.data.train):
        return None
    epochs = round(base.config.epochs * len(base.data.train) / rows)
    return Training(with_settings(base.config, epochs=epochs), subset(base.data, int(rows), rng))


def uneven_classes(base: Training, share: float, rng: np.random.Generator) -> Training | None:
    """A share of the rows of all classes but one, for training and test alike."""
    if not base.data.num_classes:
        return None
    return _rows(base, lambda s: take(s, np.flatnonzero((s.y == 0) | (rng.random(len(s)) < share))))


def one_class_rare(base: Training, share: float, rng: np.random.Generator) -> Training | None:
    """A share of the rows of the last class, for training and test alike."""
    if not base.data.num_classes:
        return None
    last = base.data.num_classes - 1
    return _rows(base, lambda s: take(s, np.flatnonzero((s.y != last) | (rng.random(len(s)) < share))))


def slowly(base: Training, factor: float, _: np.random.Generator) -> Training:
    """A rate over a factor, and as many times the epochs."""
    epochs = round(factor * base.config.epochs)
    return _set(base, learning_rate=rate_of(base.config) / factor, epochs=epochs)


def rate_times(base: Training, factor: float, _: np.random.Generator) -> Training:
    """Another rate."""
    return _set(base, learning_rate=factor * rate_of(base.config))


def epochs_times(base: Training, factor: float, _: np.random.Generator) -> Training:
    """Another length."""
    return _set(base, epochs=max(1, round(factor * base.config.epochs)))


def rows_in_a_batch(base: Training, rows: float, _: np.random.Generator) -> Training:
    """Another batch size, with the rate that goes with it."""
    share = rows / (base.config.batch_size or 1)
    scale = share if isinstance(base.config.optimizer, SGD) else share**0.5
    return _set(base, batch_size=int(rows), learning_rate=scale * rate_of(base.config))


def activation(base: Training, name: str, _: np.random.Generator) -> Training | None:
    """Other activations, with the initialiser that suits them."""
    shape = Shape.of(base.config.network)
    kinds = (ELU, GELU, SELU, LeakyReLU, Mish, ReLU, Sigmoid, SiLU, Softplus, Tanh)
    bent = next(kind for kind in kinds if kind.__name__ == name)()
    if not shape.hidden or (shape.activation == bent and not shape.is_residual):
        return None
    return _network(base, shape.build(activation=bent))


def optimizer(base: Training, name: str, _: np.random.Generator) -> Training | None:
    """Another optimizer, at a rate that suits it."""
    rate = rate_of(base.config)
    momentum = isinstance(base.config.optimizer, SGD)
    by_adam = rate / 3 if momentum else rate
    by_momentum = rate if momentum else 3 * rate
    found: dict[str, dict[str, Any]] = {
        "plain descent": {"optimizer": SGD(), "learning_rate": 10 * by_momentum},
        "momentum": {"optimizer": SGD(momentum=0.9), "learning_rate": by_momentum},
        "Nesterov": {"optimizer": SGD(momentum=0.9, nesterov=True), "learning_rate": by_momentum},
        "Adam": {"optimizer": Adam(), "learning_rate": by_adam},
        "AdamW": {"optimizer": AdamW(), "learning_rate": by_adam},
        "RMSProp": {"optimizer": RMSProp(), "learning_rate": by_adam},
        "L-BFGS": {"optimizer": LBFGS(), "learning_rate": 1.0, "batch_size": None},
    }
    settings = found[name]
    return None if settings["optimizer"] == base.config.optimizer else _set(base, **settings)


def schedule(base: Training, name: str, _: np.random.Generator) -> Training:
    """A rate that moves."""
    rate, epochs = rate_of(base.config), base.config.epochs
    found = {
        "cosine": CosineDecay(rate, end=0.0, duration=epochs),
        "warm-up": LinearWarmup(max(1, epochs // 5), base.config.learning_rate, per="epoch"),
        "one cycle": OneCycle(2 * rate, duration=epochs, per="epoch"),
    }
    return _set(base, learning_rate=found[name])


def initializer(base: Training, name: str, _: np.random.Generator) -> Training:
    """Weights drawn by another rule that works."""
    init = as_initializer(name, "weight_init")

    def edit(layer: Layer) -> Layer:
        return replace(layer, weight_init=init) if isinstance(layer, Linear) else layer

    return _network(base, edited(base.config.network, edit))


def width_times(base: Training, factor: float, _: np.random.Generator) -> Training | None:
    """Narrower or wider hidden layers."""
    shape = Shape.of(base.config.network)
    if not shape.hidden:
        return None
    return _network(base, shape.build(tuple(max(2, round(factor * width)) for width in shape.hidden)))


def more_layers(base: Training, count: float, _: np.random.Generator) -> Training | None:
    """More hidden layers like the last one."""
    shape = Shape.of(base.config.network)
    if not shape.hidden:
        return None
    return _network(base, shape.build((*shape.hidden, *([shape.hidden[-1]] * int(count)))))


def followed_by(base: Training, name: str, _: np.random.Generator) -> Training | None:
    """A normalisation in front of each activation, or a little dropout after it."""
    shape = Shape.of(base.config.network)
    if shape.is_residual or not shape.hidden:
        return None
    made: dict[str, Callable[[int], Layer]] = {
        "layer norm": LayerNorm,
        "batch norm": BatchNorm,
        "dropout 0.1": lambda _: Dropout(0.1),
        "dropout 0.3": lambda _: Dropout(0.3),
    }
    widths = iter([layer.out_features for layer in linears(base.config.network)])

    def edit(layer: Layer) -> Layer:
        if not is_activation(layer):
            return layer
        extra = made[name](next(widths))
        return Sequential(layer, extra) if name.startswith("dropout") else Sequential(extra, layer)

    return _network(base, edited(base.config.network, edit))


def penalised(base: Training, factor: float, _: np.random.Generator) -> Training:
    """A weak penalty."""
    return _set(base, penalty=L2(factor))


def other_loss(base: Training, name: str, _: np.random.Generator) -> Training | None:
    """Another loss that fits the targets."""
    for_classes = {"focal": Focal(), "hinge": Hinge(), "smoothed": SoftmaxCrossEntropy(smoothing=0.1)}
    for_numbers = {"Huber": Huber(), "absolute error": MeanAbsoluteError()}
    losses: dict[str, Any] = for_classes if base.data.num_classes else for_numbers
    return _set(base, loss=losses[name]) if name in losses else None


def scaled(base: Training, how: str, _: np.random.Generator) -> Training:
    """Features that are not standardised and need not be."""
    if how == "raw":
        return Training(base.config, replace(base.data, features=Affine()))
    if how == "0 to 1":
        inputs = as_inputs(base.data)
        low, high = inputs["train"].min(axis=0), inputs["train"].max(axis=0)
        span = np.where(high > low, high - low, 1.0)
        x = {name: ((rows - low) / span).astype(np.float32) for name, rows in inputs.items()}
        return Training(base.config, stored(base.data, x))
    factor = float(how.removeprefix("times "))
    x = {name: (factor * rows).astype(np.float32) for name, rows in as_inputs(base.data).items()}
    return Training(base.config, stored(base.data, x))


def setting(base: Training, name: str, _: np.random.Generator) -> Training | None:
    """A setting that is seldom touched."""
    found: dict[str, dict[str, Any]] = {
        "float64": {"dtype": "float64"},
        "clipped gradients": {"clip_norm": 1.0},
        "averaged parameters": {"average": EMA(0.98)},
        "drawn with replacement": {"sampling": "replacement"},
        "the best epoch": {"keep": "best"},
        "patience of 15": {"early_stopping": EarlyStopping(patience=15), "keep": "best"},
    }
    return _set(base, **found[name])


def balanced(base: Training, _: object, __: np.random.Generator) -> Training | None:
    """Rows that count by their class."""
    return Training(base.config, weigh_classes(base.data, "balanced")) if base.data.num_classes else None


def unwatched(base: Training, _: object, __: np.random.Generator) -> Training:
    """No rows for validation, and no need of them."""
    return Training(base.config, replace(base.data, validation=None))


def _set(base: Training, **settings: Any) -> Training:
    return Training(with_settings(base.config, **settings), base.data)


def _network(base: Training, network: Layer) -> Training:
    return _set(base, network=network)


def _rows(base: Training, change: Callable[[Split], Split]) -> Training:
    splits = {name: change(split) for name, split in base.data.splits.items()}
    return Training(base.config, replace(base.data, **splits))  # type: ignore[arg-type]


VARIANTS: tuple[Variant, ...] = (
    Variant("twin", "as it is", itself, ("",)),
    Variant("limited by its ceiling", "targets at random, a share of", noisy_targets, (0.05, 0.2), (0.1,)),
    Variant("noisy", "noise of deviation", noisy_features, (0.2, 0.8), (0.4,)),
    Variant("hard", "idle columns:", idle_columns, (3, 20), (10,)),
    Variant("small", "rows:", few_rows, (400, 200), (300,)),
    Variant("small", "rows, as many steps:", few_rows_longer, (400, 200)),
    Variant("imbalanced", "all classes but one at", uneven_classes, (0.6, 0.3), (0.45,)),
    Variant("imbalanced", "the last class at", one_class_rare, (0.5, 0.2), (0.1,)),
    Variant("slow but sound", "rate over", slowly, (2, 4), (3,)),
    Variant("unusual but working", "rate times", rate_times, (0.5, 1.5), (2,)),
    Variant("unusual but working", "epochs times", epochs_times, (1.5, 2), (0.7,)),
    Variant("unusual but working", "rows in a batch:", rows_in_a_batch, (4, 16, 64), (8, 100)),
    Variant(
        "unusual but working",
        "activation:",
        activation,
        ("ELU", "GELU", "SELU", "LeakyReLU", "ReLU", "Softplus", "Tanh"),
        ("Mish", "SiLU", "Sigmoid"),
    ),
    Variant(
        "unusual but working",
        "optimizer:",
        optimizer,
        ("plain descent", "momentum", "Nesterov", "Adam", "AdamW", "L-BFGS"),
        ("RMSProp",),
    ),
    Variant("unusual but working", "schedule:", schedule, ("cosine", "warm-up"), ("one cycle",)),
    Variant(
        "unusual but working",
        "weights by",
        initializer,
        ("Orthogonal", "HeUniform", "LeCunNormal"),
        ("GlorotNormal",),
    ),
    Variant("unusual but working", "width times", width_times, (0.6, 2), (1.5,)),
    Variant("unusual but working", "more layers:", more_layers, (1,), (2,)),
    Variant(
        "unusual but working",
        "with",
        followed_by,
        ("layer norm", "batch norm", "dropout 0.1"),
        ("dropout 0.3",),
    ),
    Variant("unusual but working", "L2 of", penalised, (1e-5, 1e-4), (3e-5,)),
    Variant(
        "unusual but working",
        "loss:",
        other_loss,
        ("focal", "smoothed", "Huber"),
        ("hinge", "absolute error"),
    ),
    Variant("unusual but working", "features", scaled, ("raw", "0 to 1", "times 2"), ("times 0.5",)),
    Variant(
        "unusual but working",
        "set:",
        setting,
        ("float64", "clipped gradients", "drawn with replacement", "the best epoch", "patience of 15"),
        ("averaged parameters",),
    ),
    Variant("unusual but working", "class weights", balanced, ("balanced",)),
    Variant("unusual but working", "validation rows:", unwatched, ("none",)),
)
