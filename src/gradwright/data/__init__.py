"""Data sets: read from a file, generated from a recipe, or found by name; split, scaled and cut into batches.

>>> import gradwright as gw
>>> data = gw.data.load("line", seed=0)
>>> data.in_features, len(data.train)
(1, 49)
"""

from __future__ import annotations

from gradwright.data.affine import Affine
from gradwright.data.arrays import Rows
from gradwright.data.batches import epoch_order, iterate
from gradwright.data.catalog import Entry, entries, load
from gradwright.data.class_weights import ClassWeights, weigh_classes
from gradwright.data.dataset import Dataset, as_dataset
from gradwright.data.features import standardize, standardize_targets, unit_scale
from gradwright.data.generators import gmm, line, peaks, quadratic, swiss_roll
from gradwright.data.labels import Labels
from gradwright.data.rows import Split
from gradwright.data.scales import scale_notes
from gradwright.data.splits import split_off, subset
from gradwright.data.table import TableEncoding

__all__ = [
    "Affine",
    "ClassWeights",
    "Dataset",
    "Entry",
    "Labels",
    "Rows",
    "Split",
    "TableEncoding",
    "as_dataset",
    "entries",
    "epoch_order",
    "gmm",
    "iterate",
    "line",
    "load",
    "peaks",
    "quadratic",
    "scale_notes",
    "split_off",
    "standardize",
    "standardize_targets",
    "subset",
    "swiss_roll",
    "unit_scale",
    "weigh_classes",
]
