"""A sound training that would overfit: few rows, some of them labelled wrong, and the best epoch kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradwright.bench.doctor.faults.fault import with_settings
from gradwright.bench.doctor.networks import Shape
from gradwright.bench.doctor.trial import Training
from gradwright.data import subset
from gradwright.nn.layer import Array

NOISE = (
    0.4  # the share of the training labels that are drawn at random; of numbers, deviations that are added
)
LONGER, WIDER = 6, 4


def fragile(sound: Training, rows: float, rng: np.random.Generator) -> Training | None:
    """Few rows, noise in their targets, four times the width, six times the epochs, the best parameters."""
    shape = Shape.of(sound.config.network)
    if not shape.hidden:
        return None
    data = subset(sound.data, int(rows), rng)
    noisy = relabelled(data.train.y, NOISE, data.num_classes, rng)
    config = with_settings(
        sound.config,
        network=shape.build(tuple(WIDER * width for width in shape.hidden)),
        epochs=LONGER * sound.config.epochs,
        keep="best",
        monitor="validation.accuracy" if data.num_classes else "validation.loss",
    )
    return Training(config, replace(data, train=replace(data.train, y=noisy)))


def relabelled(y: Array, share: float, classes: int, rng: np.random.Generator) -> Array:
    """Targets of which a share is drawn at random: labels uniformly, numbers from the others."""
    chosen = rng.random(len(y)) < share
    drawn = rng.integers(classes, size=len(y)) if classes else rng.permutation(y)
    return np.where(chosen if y.ndim == 1 else chosen[:, None], drawn, y)
