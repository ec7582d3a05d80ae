"""Faults of how the parameters move: rates, schedules, lengths, batches, optimizers."""

from __future__ import annotations

import dataclasses

import numpy as np

from gradwright.bench.doctor.faults.fault import Fault, rate_of, with_settings
from gradwright.bench.doctor.own import Ascent, LeastLikely
from gradwright.bench.doctor.trial import Training
from gradwright.nn import MeanSquaredError, SoftmaxCrossEntropy
from gradwright.optim import SGD, Adam, ExponentialDecay, StepDecay
from gradwright.training import EarlyStopping


def rate_times(sound: Training, factor: float, _: np.random.Generator) -> Training:
    """The learning rate multiplied."""
    return _set(sound, learning_rate=factor * rate_of(sound.config))


def decayed_early(sound: Training, factor: float, _: np.random.Generator) -> Training:
    """A rate that is multiplied by a small factor in each epoch."""
    return _set(sound, learning_rate=ExponentialDecay(rate_of(sound.config), factor))


def stepped_early(sound: Training, share: float, _: np.random.Generator) -> Training:
    """A rate divided by 100 each time that a small share of the epochs is over."""
    every = max(1, round(share * sound.config.epochs))
    return _set(sound, learning_rate=StepDecay(rate_of(sound.config), 0.01, every=every))


def epochs_over(sound: Training, divisor: float, _: np.random.Generator) -> Training:
    """A fraction of the epochs."""
    return _set(sound, epochs=max(1, round(sound.config.epochs / divisor)))


def impatient(sound: Training, gain: float, _: np.random.Generator) -> Training:
    """Ended at the first epoch that does not gain so much in validation loss."""
    return _set(sound, early_stopping=EarlyStopping(patience=1, min_delta=gain))


def rows_in_a_batch(sound: Training, rows: float, _: np.random.Generator) -> Training:
    """Another batch size at the same rate, at most all rows."""
    return _set(sound, batch_size=min(int(rows), len(sound.data.train)))


def heavy_momentum(sound: Training, momentum: float, _: np.random.Generator) -> Training | None:
    """SGD that forgets its direction far too late."""
    optimizer = sound.config.optimizer
    return (
        _set(sound, optimizer=dataclasses.replace(optimizer, momentum=momentum))
        if isinstance(optimizer, SGD)
        else None
    )


def slow_adam(sound: Training, beta1: float, _: np.random.Generator) -> Training | None:
    """Adam that forgets its direction far too late."""
    adam = isinstance(sound.config.optimizer, Adam)
    return _set(sound, optimizer=Adam(beta1=beta1)) if adam else None


def epsilon(sound: Training, value: float, _: np.random.Generator) -> Training | None:
    """Adam with an epsilon that outweighs the gradient."""
    return _set(sound, optimizer=Adam(epsilon=value)) if isinstance(sound.config.optimizer, Adam) else None


def plain_descent(sound: Training, rate: float, _: np.random.Generator) -> Training:
    """Plain descent at a rate that is usual for Adam."""
    return _set(sound, optimizer=SGD(), learning_rate=rate)


def uphill(sound: Training, how: str, _: np.random.Generator) -> Training | None:
    """A loss of the user's own with the wrong sign: of its gradient, or of what it measures."""
    regression = not sound.data.num_classes
    if how == "likelihood":
        return None if regression else _set(sound, loss=LeastLikely())
    return _set(sound, loss=Ascent(MeanSquaredError() if regression else SoftmaxCrossEntropy()))


def _set(sound: Training, **settings: object) -> Training:
    return Training(with_settings(sound.config, **settings), sound.data)


OF_DESCENT = (
    Fault("rate too high", "rate times", rate_times, (10, 30, 300), (100,)),
    Fault(
        "rate too low", "rate times", rate_times, (1e-2, 1e-3, 1e-5), (3e-3, 1e-4), also=("too few epochs",)
    ),
    Fault(
        *("schedule frozen", "rate in each epoch times", decayed_early, (0.5, 0.1), (0.3,)),
        also=("rate too low",),
    ),
    Fault(
        *("schedule frozen", "rate over 100 at each share of the epochs:", stepped_early, (0.02, 0.05)),
        also=("rate too low",),
    ),
    Fault("too few epochs", "epochs over", epochs_over, (10, 60), (30,), also=("rate too low",)),
    Fault(
        "patience too short",
        "ends below a gain of",
        impatient,
        (0.02, 0.2),
        (0.08,),
        also=("too few epochs",),
    ),
    Fault("batch too small", "rows in a batch:", rows_in_a_batch, (1, 2), also=("rate too high",)),
    Fault(
        *("batch too large", "rows in a batch:", rows_in_a_batch, (400, 1e6), (700,)),
        also=("too few epochs", "rate too low"),
    ),
    Fault(
        *("momentum too high", "momentum", heavy_momentum, (0.99, 0.999), (0.995,)),
        also=("rate too high", "optimizer settings"),
    ),
    Fault("optimizer settings", "Adam's epsilon", epsilon, (1, 100), (10,), also=("rate too low",)),
    Fault("optimizer settings", "Adam's beta1", slow_adam, (0.99, 0.999), also=("momentum too high",)),
    Fault(
        *("optimizer settings", "plain descent at", plain_descent, (1e-3, 1e-4), (3e-4,)),
        also=("rate too low", "too few epochs"),
    ),
    Fault("wrong sign", "uphill by", uphill, ("gradient", "likelihood")),
)
