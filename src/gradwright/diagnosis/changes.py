"""Changes: single edits of a config or of its data, each a value that is applied, and told in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.data import Dataset, Split, split_off, standardize, standardize_targets, weigh_classes
from gradwright.diagnosis import edits
from gradwright.nn import Layer
from gradwright.nn.initializers import Constant as ConstantStart
from gradwright.optim import Constant, ExponentialDecay, Schedule
from gradwright.training import RunConfig

ASIDE = 0.2  # of the training rows, where there are none for validation
RATES = ("value", "start", "end", "low", "high", "peak")  # the fields of schedules that are rates
LENGTHS = ("duration", "every", "step_size")  # and those that are times


@dataclass(frozen=True)
class Change:
    """One edit: the setting by its dotted name as a config has it, what it was, and what it becomes.

    What begins with ``network.`` or ``data.`` is an edit of the network or of the data (``NETWORK``,
    ``DATA``), all else a field of ``RunConfig``.

    >>> print(Change("learning_rate", Constant(5.0), Constant(0.1)))
    learning_rate 5 -> 0.1
    """

    setting: str
    before: Any
    after: Any

    def __str__(self) -> str:
        before, after = told(self.before, self.after)
        return f"{self.setting} {before} -> {after}"

    def apply(self, config: RunConfig, data: Dataset) -> tuple[RunConfig, Dataset]:
        """The config and the data with this edit made."""
        if self.setting in NETWORK:
            network = NETWORK[self.setting](config.network, self.after)
            return config.model_copy(update={"network": network}), data
        if self.setting in DATA:
            return _with_data_setting(config, self), DATA[self.setting](data)
        return config.model_copy(update={self.setting: self.after}), data

    def to_dict(self) -> dict[str, str]:
        """Plain data for JSON: both values in words."""
        before, after = told(self.before, self.after)
        return {"setting": self.setting, "before": before, "after": after}


def applied(changes: Iterable[Change], config: RunConfig, data: Dataset) -> tuple[RunConfig, Dataset]:
    """The config and the data with all of ``changes`` made, in their order."""
    for change in changes:
        config, data = change.apply(config, data)
    return config, data


def listed(changes: Iterable[Change]) -> str:
    """Changes in one line.

    >>> listed([Change("epochs", 2, 8), Change("penalty", None, None)])
    'epochs 2 -> 8 and penalty none -> none'
    """
    return " and ".join(map(str, changes))


# Edits of the network, by the setting that they change

NETWORK: dict[str, Callable[[Layer, Any], Layer]] = {
    "network.weight_init": lambda network, _: edits.usual_start(network),
    "network.activation": edits.with_activation,
    "network.last_activation": lambda network, _: edits.without_last_activation(network),
    "network.missing_activations": edits.with_missing_activations,
    "network.widths": lambda network, _: edits.widened(network),
    "network.hidden_layers": edits.shortened,
    "network.skips": lambda network, _: edits.with_skips(network),
    "network.norm": lambda network, _: edits.with_norms(network),
    "network.bias": lambda network, _: edits.with_biases(network),
    "network.dropout": lambda network, _: edits.without_dropout(network),
}


# Edits of the data


def with_labels(data: Dataset) -> Dataset:
    """Float targets that stand for classes as labels: rows with a single 1, or 0 and 1.

    >>> rows = Split(np.eye(2), np.eye(2))
    >>> with_labels(Dataset("two", "", rows)).train.y
    array([0, 1])
    """

    def labelled(split: Split | None) -> Split | None:
        if split is None:
            return None
        y = data.targets.undo(split.y)
        labels = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel().round()
        return replace(split, y=labels.astype(np.int64))

    parts = {name: labelled(split) for name, split in data.splits.items()}
    return Dataset(
        data.name,
        data.source,
        features=data.features,
        feature_names=data.feature_names,
        notes=data.notes,
        **parts,  # type: ignore[arg-type]
    )


def with_one_scale(data: Dataset) -> Dataset:
    """The validation rows with the mean and the deviation of each feature that the training rows have."""
    assert data.validation is not None
    x, other = (split.x.astype(np.float64) for split in (data.train, data.validation))
    spread = other.std(axis=0)
    scaled = (other - other.mean(axis=0)) / np.where(spread > 0, spread, 1) * x.std(axis=0) + x.mean(axis=0)
    kind = data.train.x.dtype if data.train.x.dtype.kind == "f" else np.dtype(np.float64)
    return replace(data, validation=replace(data.validation, x=scaled.astype(kind)))


def with_rows_aside(data: Dataset) -> Dataset:
    """A fifth of the training rows, drawn at random, as validation rows, where there are none."""
    return data if data.validation is not None else split_off(data, ASIDE, np.random.default_rng(0))


DATA: dict[str, Callable[[Dataset], Dataset]] = {
    "data.standardize": standardize,
    "data.standardize_targets": standardize_targets,
    "data.class_weights": lambda data: weigh_classes(data, "balanced"),
    "data.target": with_labels,
    "data.validation": with_one_scale,
    "data.validation_rows": with_rows_aside,
}


def _with_data_setting(config: RunConfig, change: Change) -> RunConfig:
    """The config whose ``[data]`` says the same, where there is such a setting."""
    name = change.setting.partition(".")[2]
    name = "validation" if name == "validation_rows" else name
    if config.data is None or change.setting in ("data.target", "data.validation"):
        return config
    return config.model_copy(update={"data": config.data.model_copy(update={name: change.after})})


# Rates


def scaled_rates(schedule: Schedule, factor: float) -> Schedule:
    """A schedule with all its rates times ``factor``.

    >>> from gradwright.optim import ExponentialDecay
    >>> scaled_rates(ExponentialDecay(0.5, 0.9), 0.1)
    ExponentialDecay(start=0.05, factor=0.9, per='epoch')
    """
    if not dataclasses.is_dataclass(schedule):
        return schedule
    names = {field.name for field in dataclasses.fields(schedule)}
    rates = {name: _rounded(getattr(schedule, name) * factor) for name in RATES if name in names}
    inner = {"then": scaled_rates(schedule.then, factor)} if hasattr(schedule, "then") else {}
    return replace(schedule, **rates, **inner)


def stretched(schedule: Schedule, factor: int) -> Schedule:
    """A schedule that goes the same way in ``factor`` times as long.

    >>> from gradwright.optim import CosineDecay, ExponentialDecay
    >>> stretched(CosineDecay(0.5, end=0.0, duration=10), 4).duration
    40
    >>> stretched(ExponentialDecay(0.5, 0.81), 2).factor
    0.9
    """
    if not dataclasses.is_dataclass(schedule):
        return schedule
    names = {field.name for field in dataclasses.fields(schedule)}
    longer = {name: getattr(schedule, name) * factor for name in LENGTHS if name in names}
    if isinstance(schedule, ExponentialDecay):
        longer["factor"] = float(f"{schedule.factor ** (1 / factor):.6g}")
    inner = {"then": stretched(schedule.then, factor)} if hasattr(schedule, "then") else {}
    return replace(schedule, **longer, **inner)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


# Words


def told(before: Any, after: Any) -> tuple[str, str]:
    """Two values of one setting in words; of two alike only what tells them apart.

    >>> from gradwright.optim import SGD
    >>> told(SGD(momentum=0.99), SGD(momentum=0.9))
    ('SGD(momentum=0.99)', 'SGD(momentum=0.9)')
    """
    return in_words(before), in_words(after)


def in_words(value: Any) -> str:
    """A value as a config's reader would write it.

    >>> in_words(Constant(0.1)), in_words(None), in_words(True)
    ('0.1', 'none', 'true')
    """
    match value:
        case None | ():
            return "none"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.6g}"
        case Constant():
            return f"{value.value:.6g}"
        case ConstantStart():
            return f"Constant({value.value:g})"
        case tuple() | list():
            return ", ".join(map(in_words, value))
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return _brief(value)
    return str(value)


def _brief(value: Any) -> str:
    """A frozen description by its kind and what is not left to a default."""
    fields = [f for f in dataclasses.fields(value) if getattr(value, f.name) != f.default]
    inner = ", ".join(f"{f.name}={in_words(getattr(value, f.name))}" for f in fields)
    return f"{type(value).__name__}({inner})" if inner else type(value).__name__
