"""What a run answered on rows that it did not train on, kept when it ends so that a page can show it.

A classifier leaves its confusion matrix and the rows on which it was most wrong, anything else some pairs of
target and prediction. The rows are the validation rows, or the training rows where there are no others; the
test set is never looked at. In the run's folder it is ``outcome.safetensors``, with "split" as its metadata:

==================  ===========  =====================================================================
of a classifier     shape        what
==================  ===========  =====================================================================
``counts``          (k, k)       how many rows of each true class (down) were answered as each (across)
``rows``            (m,)         numbers of the wrongly answered rows whose class seemed least likely
``x``               (m, d)       those rows, as the data set stores them
``labels``          (m,)         their true classes
``answers``         (m,)         the answers
``likely``          (m, 2)       the probabilities of label and answer; of ``Hinge`` their scores
``calibration``     (3, b)       of bins of rows alike in the probability of the answer: its mean, the
                                 share of right answers, the rows; where there are probabilities
==================  ===========  =====================================================================

==================  ===========  =====================================================================
of a regression     shape        what
==================  ===========  =====================================================================
``targets``         (m, o)       the targets of at most 2,000 rows at even distances, in their own units
``predictions``     (m, o)       what was answered there
==================  ===========  =====================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from safetensors.numpy import save

from gradwright.data import Dataset, Split
from gradwright.errors import RecordError
from gradwright.nn import BinaryCrossEntropy, Focal, Hinge, Loss, Probabilistic, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.training.checkpoint import read_tensors
from gradwright.training.target import Target, class_probabilities
from gradwright.writing import write_atomically

OUTCOME = "outcome.safetensors"
# the dimensions of each array
OPTIONAL = {"calibration": 2}
CLASSIFIED = {"counts": 2, "rows": 1, "x": 2, "labels": 1, "answers": 1, "likely": 2}
FITTED = {"targets": 2, "predictions": 2}
MOST_WRONG = 24  # rows
MOST_PAIRS = 2000  # rows
MOST_BINS, ROWS_IN_BIN = 10, 20  # of the calibration, and at least in each
ROWS_AT_ONCE = 1024  # whose hidden layers are in memory together


@dataclass(frozen=True, eq=False)
class Classified:
    """What a classifier answered; the arrays are those of the module's table."""

    split: str
    counts: Array
    rows: Array
    x: Array
    labels: Array
    answers: Array
    likely: Array
    calibration: Array | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """Targets and predictions of a regression; the arrays are those of the module's table."""

    split: str
    targets: Array
    predictions: Array


Outcome: TypeAlias = Classified | Fitted
Outputs: TypeAlias = Callable[[Array], Array]  # of features (N, d), as the data set stores them
OutputsOf: TypeAlias = Callable[[slice | Array], Array]  # of rows of a split


def outcome_of(outputs: Outputs, loss: Loss, target: Target, data: Dataset) -> Outcome | None:
    """What a network answers on validation rows; None where a row has no single class and no number.

    ``outputs`` maps features as the data set stores them to the network's outputs, and ``target`` these to
    answers.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 8, 2), data, epochs=1, learning_rate=0.1, progress=False)
    >>> found = outcome_of(run.outputs, run.objective.loss, run.target, data)
    >>> int(found.counts.sum()) == len(data.validation), found.split
    (True, 'validation')
    """
    name, split = ("validation", data.validation) if data.validation else ("train", data.train)
    return outcome_on(split, lambda rows: outputs(split.x[rows]), loss, target, name, data.num_classes)


def outcome_on(
    split: Split, outputs: OutputsOf, loss: Loss, target: Target, name: str, classes: int
) -> Outcome | None:
    """The same of the rows of a ``split`` that is called ``name``, whoever answers each of them."""
    match loss:
        case SoftmaxCrossEntropy() | Focal() | Hinge() | BinaryCrossEntropy() if split.has_labels:
            return _classified(outputs, loss, name, split, classes)
        case SoftmaxCrossEntropy() | Focal() | Hinge() | BinaryCrossEntropy():
            return None
    return None if split.has_labels else _fitted(outputs, loss, target, name, split)


def write_outcome(outcome: Outcome, folder: Path) -> None:
    """Write ``outcome.safetensors``."""
    given = {name: array for name, array in vars(outcome).items() if name != "split" and array is not None}
    arrays = {name: np.ascontiguousarray(array) for name, array in given.items()}
    write_atomically(folder / OUTCOME, save(arrays, {"split": outcome.split}))


def read_outcome(folder: Path) -> Outcome | None:
    """The outcome in the folder of a run; None where there is none.

    Raises ``RecordError`` that names the file where it is damaged.
    """
    path = folder / OUTCOME
    if not path.exists():
        return None
    arrays, metadata = read_tensors(path)
    kind, dimensions = (Classified, CLASSIFIED) if "counts" in arrays else (Fitted, FITTED)
    found = {name: array.ndim for name, array in arrays.items()}
    required = {name: count for name, count in found.items() if OPTIONAL.get(name) != count}
    if required != dimensions or "split" not in metadata:
        raise RecordError(f"{path}: expected what a run answered, found other arrays ({', '.join(found)})")
    return kind(split=metadata["split"], **arrays)


def _classified(outputs: OutputsOf, loss: Loss, name: str, split: Split, classes: int) -> Classified:
    answers, likely = [], []
    probable = isinstance(loss, Probabilistic)
    for rows in _blocks(len(split)):
        found = outputs(rows)
        shares = class_probabilities(loss, found) if probable else found
        answers.append(shares.argmax(axis=1))
        pairs = np.stack([split.y[rows], answers[-1]], axis=1)
        likely.append(np.take_along_axis(shares, pairs, axis=1))
    answered, chances = np.concatenate(answers), np.concatenate(likely)
    k = max(classes, int(answered.max()) + 1)
    counts = np.bincount(split.y * k + answered, minlength=k * k).reshape(k, k)
    wrong = np.flatnonzero(answered != split.y)
    own, said = chances[wrong].T  # scores mean something beside one another alone
    badness = own if probable else own - said
    worst = wrong[np.argsort(badness, kind="stable")[:MOST_WRONG]]
    return Classified(
        split=name,
        counts=counts,
        rows=worst,
        x=split.x[worst],
        labels=split.y[worst],
        answers=answered[worst],
        likely=chances[worst].astype(np.float32),
        calibration=_calibration(chances[:, 1], answered == split.y) if probable else None,
    )


def _calibration(said: Array, right: Array) -> Array:
    """Bins of as many rows each, in the order of the probability of their answer."""
    bins = max(1, min(MOST_BINS, len(said) // ROWS_IN_BIN))
    parts = np.array_split(np.argsort(said, kind="stable"), bins)
    return np.array([[said[part].mean(), right[part].mean(), len(part)] for part in parts]).T


def _fitted(outputs: OutputsOf, loss: Loss, target: Target, name: str, split: Split) -> Fitted:
    rows = np.linspace(0, len(split) - 1, min(MOST_PAIRS, len(split))).astype(np.int64)
    answers = [target.answer(loss, outputs(rows[block])) for block in _blocks(len(rows))]
    shape = len(rows), -1
    targets = target.decode(split.y[rows])
    return Fitted(name, targets.reshape(shape), np.concatenate(answers).reshape(shape))


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + ROWS_AT_ONCE) for start in range(0, count, ROWS_AT_ONCE))
