"""All that data and settings say before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gradwright.data import Dataset
from gradwright.diagnosis.architecture import of_network
from gradwright.diagnosis.duplicates import of_duplicates
from gradwright.diagnosis.features import of_features
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.diagnosis.labels import of_labels
from gradwright.diagnosis.rates import RatesUsed
from gradwright.diagnosis.settings import of_settings
from gradwright.diagnosis.targets import of_target_size, of_targets
from gradwright.training import RunConfig


def of_data(data: Dataset) -> Iterator[Finding]:
    """Features, targets, their relation, and rows in two splits, with no word of a network."""
    yield from of_features(data)
    yield from of_targets(data)
    yield from of_duplicates(data)
    yield from of_labels(data)


def of_config(
    config: RunConfig, data: Dataset, arrays: Sequence[ArrayRow], rates: RatesUsed | None
) -> Iterator[Finding]:
    """The network and the settings, held against the data; ``arrays`` with the first step."""
    yield from of_target_size(data, config.network)
    yield from of_network(config, data)
    yield from of_settings(config, data, arrays, rates)
