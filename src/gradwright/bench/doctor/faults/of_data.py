"""Faults of what is learned from: scales, labels, columns, and how the rows were divided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradwright.bench.doctor.faults.fault import Fault, with_settings
from gradwright.bench.doctor.faults.fragile import fragile, relabelled
from gradwright.bench.doctor.networks import Shape
from gradwright.bench.doctor.trial import Training
from gradwright.data import Affine, Dataset, Split
from gradwright.data.divide import take
from gradwright.nn.layer import Array

BEYOND = 1e39  # finite in float64, where it is stored, and infinite in float32, where it is trained
HELD = ("validation", "test")


def as_inputs(data: Dataset) -> dict[str, Array]:
    """By split, the rows as the network gets them, in float64."""
    return {name: data.inputs(name, np.float64) for name in data.splits}


def stored(data: Dataset, x: dict[str, Array]) -> Dataset:
    """The data with these rows stored, which the network gets as they are."""
    splits = {name: replace(split, x=x[name]) for name, split in data.splits.items()}
    return replace(data, **splits, features=Affine(), feature_names=())  # type: ignore[arg-type]


def unscaled(sound: Training, how: str, rng: np.random.Generator) -> Training:
    """Features times a number, far from 0, in units of their own, or as they were before standardising."""
    data = sound.data
    what, _, number = how.partition(" ")
    if what == "raw":
        return Training(sound.config, replace(data, features=Affine()))
    size = float(number)
    powers = rng.uniform(-1, 1, data.in_features)
    change: dict[str, Callable[[Array], Array]] = {
        "times": lambda x: x * size,
        "plus": lambda x: x + size,
        "units": lambda x: x * size**powers,
    }
    x = {name: change[what](rows).astype(np.float32) for name, rows in as_inputs(data).items()}
    return Training(sound.config, stored(data, x))


def scaled_apart(sound: Training, factor: float, _: np.random.Generator) -> Training:
    """Rows for validation and test times a factor that training never saw."""
    x = {name: rows * (factor if name in HELD else 1.0) for name, rows in as_inputs(sound.data).items()}
    return Training(sound.config, stored(sound.data, x))


def shifted_apart(sound: Training, shift: float, _: np.random.Generator) -> Training:
    """Rows for validation and test plus a shift that training never saw."""
    x = {name: rows + (shift if name in HELD else 0.0) for name, rows in as_inputs(sound.data).items()}
    return Training(sound.config, stored(sound.data, x))


def large_target(sound: Training, factor: float, _: np.random.Generator) -> Training | None:
    """Float targets times a factor, around five times that factor."""
    return _targets(sound, lambda y: factor * (y + 5))


def small_target(sound: Training, factor: float, _: np.random.Generator) -> Training | None:
    """Float targets over a factor."""
    return _targets(sound, lambda y: y / factor)


def overflowing(sound: Training, share: float, rng: np.random.Generator) -> Training:
    """A share of the training entries is 1e39, as what a failed division or a missing value is written as."""
    x = as_inputs(sound.data)
    x["train"] = np.where(rng.random(x["train"].shape) < share, BEYOND, x["train"])
    return Training(sound.config, stored(sound.data, x))


def constant_columns(sound: Training, value: float, _: np.random.Generator) -> Training:
    """Three more columns, which are the same in every row."""
    return _wider(sound, {name: np.full((len(s), 3), value) for name, s in sound.data.splits.items()})


def wrong_labels(sound: Training, share: float, rng: np.random.Generator) -> Training:
    """A share of the targets for training and validation drawn at random."""
    data = sound.data
    splits = {
        name: replace(split, y=relabelled(split.y, share, data.num_classes, rng))
        for name, split in data.splits.items()
        if name != "test"
    }
    return Training(sound.config, replace(data, **splits))  # type: ignore[arg-type]


def noisy_features(sound: Training, deviation: float, rng: np.random.Generator) -> Training:
    """Noise of so many times the deviation of each feature, in all rows."""
    x = {
        name: rows + deviation * rng.standard_normal(rows.shape)
        for name, rows in as_inputs(sound.data).items()
    }
    return Training(sound.config, stored(sound.data, x))


def foreign_features(sound: Training, _: object, rng: np.random.Generator) -> Training:
    """Rows of features that belong to other rows."""
    splits = {name: replace(split, x=rng.permutation(split.x)) for name, split in sound.data.splits.items()}
    return Training(sound.config, replace(sound.data, **splits))  # type: ignore[arg-type]


def imbalanced(sound: Training, share: float, rng: np.random.Generator) -> Training | None:
    """All rows of one class for training and validation, and a small share of those of the others."""
    data = sound.data
    if not data.num_classes:
        return None

    def thinned(split: Split) -> Split:
        keep = (split.y == 0) | (rng.random(len(split)) < share)
        keep[[int(np.argmax(split.y == k)) for k in np.unique(split.y)]] = True
        return take(split, np.flatnonzero(keep))

    splits = {name: thinned(split) for name, split in data.splits.items() if name != "test"}
    return Training(sound.config, replace(data, **splits))  # type: ignore[arg-type]


def duplicated(sound: Training, _: float, rng: np.random.Generator) -> Training:
    """Validation rows drawn from those to train on: they tell nothing of when to stop."""
    held = take(sound.data.train, rng.integers(len(sound.data.train), size=len(_held(sound.data))))
    return Training(sound.config, replace(sound.data, validation=held))


def leaking(sound: Training, noise: float, rng: np.random.Generator) -> Training:
    """One more column that holds the target, for training and validation; not where it is to be predicted."""

    def column(name: str, split: Split) -> Array:
        y = split.y.astype(np.float64).reshape(len(split), -1)[:, 0]
        y = (y - y.mean()) / y.std() + noise * rng.standard_normal(len(y))
        return (rng.permutation(y) if name == "test" else y)[:, None]

    return _wider(sound, {name: column(name, split) for name, split in sound.data.splits.items()})


def sorted_rows(sound: Training, share: float, _: np.random.Generator) -> Training:
    """Rows sorted by their target, of which the last share became those for validation."""
    data = sound.data
    held = _held(data)
    x, y = np.concatenate([data.train.x, held.x]), np.concatenate([data.train.y, held.y])
    order = np.argsort(y, kind="stable")
    train, validation = np.split(order, [round((1 - share) * len(order))])
    splits = {"train": Split(x[train], y[train]), "validation": Split(x[validation], y[validation])}
    return Training(sound.config, replace(data, **splits))  # type: ignore[arg-type]


def without_validation(sound: Training, _: float, __: np.random.Generator) -> Training:
    """No rows to tell by when to stop, and so the last parameters."""
    return Training(with_settings(sound.config, keep="last"), replace(sound.data, validation=None))


def _held(data: Dataset) -> Split:
    assert data.validation is not None, f"{data.name} has no validation rows"
    return data.validation


def _targets(sound: Training, change: Callable[[Array], Array]) -> Training | None:
    if sound.data.num_classes:
        return None
    splits = {name: replace(split, y=change(split.y)) for name, split in sound.data.splits.items()}
    return Training(sound.config, replace(sound.data, **splits, targets=Affine()))  # type: ignore[arg-type]


def _wider(sound: Training, columns: dict[str, Array]) -> Training:
    """With more columns in each split, and a network that takes them."""
    x = {
        name: np.hstack([rows, columns[name]]).astype(np.float32)
        for name, rows in as_inputs(sound.data).items()
    }
    data = stored(sound.data, x)
    network = replace(Shape.of(sound.config.network), features=data.in_features).build()
    return Training(with_settings(sound.config, network=network), data)


OF_DATA = (
    Fault(
        "inputs not scaled",
        "features",
        unscaled,
        ("raw", "times 30", "times 1000", "plus 30", "units 1000"),
        ("times 200", "units 100"),
        where="data",
    ),
    Fault(
        *("splits scaled differently", "validation and test times", scaled_apart, (1 / 255, 0.1, 10), (30,)),
        curable=False,
        where="data",
    ),
    Fault(
        *("splits scaled differently", "validation and test plus", shifted_apart, (2, 10)),
        curable=False,
        where="data",
    ),
    Fault("target not scaled", "target times", large_target, (10, 1000), (100,), where="data"),
    Fault("target not scaled", "target over", small_target, (1000,), where="data"),
    Fault(
        *("input not finite", "1e39 in a share of", overflowing, (0.001, 0.02)),
        also=("inputs not scaled",),
        curable=False,
        where="data",
    ),
    Fault(
        *("constant feature", "three columns of", constant_columns, (30, 1000), (200,)),
        also=("inputs not scaled",),
        where="data",
    ),
    Fault(
        *("labels wrong", "targets at random, a share of", wrong_labels, (0.4, 0.6, 1), (0.8,)),
        also=("features say nothing",),
        curable=False,
        where="data",
    ),
    Fault(
        *("features say nothing", "noise of deviation", noisy_features, (2, 10), (5,)),
        also=("labels wrong",),
        curable=False,
        where="data",
    ),
    Fault(
        *("features say nothing", "features of", foreign_features, ("other rows",)),
        also=("labels wrong",),
        curable=False,
        where="data",
    ),
    Fault("imbalance", "all classes but one at", imbalanced, (0.02, 0.1), (0.05,), where="data"),
    Fault(
        *("duplicates across splits", "validation from training, rows:", duplicated, (100, 300), (200,)),
        also=("overfitting",),
        curable=False,
        where="data",
        twin=fragile,
    ),
    Fault(
        *("leaking feature", "a column of the target with noise of", leaking, (0, 0.1, 0.3), (0.2,)),
        curable=False,
        where="data",
    ),
    Fault(
        *("rows not shuffled", "sorted, the last share held back:", sorted_rows, (0.2, 0.3), (0.25,)),
        also=("imbalance", "splits scaled differently"),
        curable=False,
        where="data",
    ),
    Fault(
        *("no validation", "nothing held back, rows:", without_validation, (100, 300), (200,)),
        also=("overfitting",),
        where="data",
        twin=fragile,
    ),
)
