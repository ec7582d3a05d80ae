"""The simple changes that everybody tries first: none helps a sound training, and some cure a sick one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gradwright.bench.doctor.faults.fault import rate_of, with_settings
from gradwright.bench.doctor.networks import activations, edited, usual_init
from gradwright.bench.doctor.trial import Training
from gradwright.data import Affine, standardize
from gradwright.diagnosis.kinds import Kind
from gradwright.nn import L2, Layer, Linear, Tanh
from gradwright.nn.initializers import Zeros, as_initializer
from gradwright.optim import SGD, Adam, Constant, WholeData


@dataclass(frozen=True)
class Simple:
    """A change, and what was wrong where it helps."""

    name: str
    make: Callable[[Training], Training | None]
    kinds: tuple[Kind, ...] = ()


def rate(factor: float) -> Callable[[Training], Training | None]:
    """A constant rate times a factor."""

    def make(training: Training) -> Training | None:
        whole = isinstance(training.config.optimizer, WholeData)
        if whole or not isinstance(training.config.learning_rate, Constant):
            return None
        return _set(training, learning_rate=factor * rate_of(training.config))

    return make


def constant_rate(training: Training) -> Training | None:
    """The rate of the first step throughout."""
    if isinstance(training.config.learning_rate, Constant):
        return None
    return _set(training, learning_rate=rate_of(training.config))


def epochs(factor: float) -> Callable[[Training], Training | None]:
    """More epochs, or fewer."""
    return lambda training: _set(training, epochs=max(1, round(factor * training.config.epochs)))


def adam(training: Training) -> Training | None:
    """Adam at three times its usual rate."""
    if training.config.optimizer == Adam():
        return None
    whole = isinstance(training.config.optimizer, WholeData)
    rows = 32 if whole else training.config.batch_size
    return _set(training, optimizer=Adam(), learning_rate=3e-3, batch_size=rows)


def momentum(training: Training) -> Training | None:
    """SGD with momentum 0.9 in the place of another momentum."""
    if not isinstance(training.config.optimizer, SGD) or training.config.optimizer.momentum == 0.9:
        return None
    return _set(training, optimizer=SGD(momentum=0.9))


def standardised(training: Training) -> Training | None:
    """Features with mean 0 and deviation 1 over the training rows."""
    if not training.data.features.is_identity:
        return None
    return Training(training.config, standardize(replace(training.data, features=Affine())))


def usual_start(training: Training) -> Training | None:
    """Weights by the rule that suits the activations, biases at 0."""
    bent = activations(training.config.network)
    init = as_initializer(usual_init(bent[0] if bent else Tanh()), "weight_init")

    def edit(layer: Layer) -> Layer:
        return replace(layer, weight_init=init, bias_init=Zeros()) if isinstance(layer, Linear) else layer

    network = edited(training.config.network, edit)
    return None if network == training.config.network else _set(training, network=network)


def batch_of_32(training: Training) -> Training | None:
    """The usual batch size."""
    same = training.config.batch_size == 32 or isinstance(training.config.optimizer, WholeData)
    return None if same else _set(training, batch_size=32)


def best_epoch(training: Training) -> Training | None:
    """The parameters of the best epoch on validation rows."""
    if training.data.validation is None or training.config.keep == "best":
        return None
    return _set(training, keep="best", early_stopping=None)


def no_stopping(training: Training) -> Training | None:
    """No early stopping."""
    return None if training.config.early_stopping is None else _set(training, early_stopping=None)


def penalty(training: Training) -> Training | None:
    """A weak penalty where there is none, or none where there is one."""
    return _set(training, penalty=L2(1e-3) if training.config.penalty is None else None)


def _set(training: Training, **settings: Any) -> Training:
    return Training(with_settings(training.config, **settings), training.data)


STARTS: tuple[Kind, ...] = (
    *("vanishing gradient", "exploding gradient", "dead units", "equal units", "saturated units"),
)
SIMPLE: tuple[Simple, ...] = (
    Simple("rate x 10", rate(10), ("rate too low",)),
    Simple("rate x 3", rate(3), ("rate too low",)),
    Simple("rate / 3", rate(1 / 3), ("rate too high",)),
    Simple("rate / 10", rate(1 / 10), ("rate too high",)),
    Simple("constant rate", constant_rate, ("schedule frozen",)),
    Simple("Adam", adam, ("optimizer settings",)),
    Simple("momentum 0.9", momentum, ("momentum too high", "optimizer settings")),
    Simple("standardised", standardised, ("inputs not scaled",)),
    Simple("4 x epochs", epochs(4), ("too few epochs",)),
    Simple("usual start", usual_start, STARTS),
    Simple("batches of 32", batch_of_32, ("batch too small", "batch too large")),
    Simple("best epoch", best_epoch, ("overfitting",)),
    Simple("no early stopping", no_stopping, ("patience too short",)),
    Simple("penalty", penalty, ("overfitting", "penalty too strong")),
)
