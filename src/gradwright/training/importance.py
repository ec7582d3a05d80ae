"""Which columns of a table a run relies on: what its error gains when one of them is shuffled.

The rows of a column are permuted among each other, which keeps its values and breaks what they say of the
target; all inputs that a column became are permuted together. What the error of each row gains, on average
over some permutations, has a mean over rows and, by its standard error, an interval. The rows are validation
rows, or training rows where there are no others; the test set is never looked at. It was put forward by
Breiman, "Random Forests", Machine Learning 45 (2001), and for any model by Fisher, Rudin and Dominici, "All
Models are Wrong, but Many are Useful", JMLR 20 (2019).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gradwright.data import Dataset, Split, TableEncoding
from gradwright.errors import RecordError
from gradwright.nn import Loss, OfClasses, Probabilistic
from gradwright.nn.layer import Array
from gradwright.strict import made_of
from gradwright.training.files import read_table
from gradwright.training.target import Target, class_probabilities
from gradwright.writing import write_atomically

IMPORTANCE = "importance.json"
MOST_ROWS, FEWEST_ROWS = 2000, 100
MOST_PERMUTATIONS = 5
WORK = 4e10  # multiplications and additions: about a second of a core
NORMAL = 1.96  # standard errors, on either side, that hold the mean 95 times in a hundred
TINY = 1e-12  # the least probability

Outputs: TypeAlias = Callable[[Array], Array]  # of features (N, d), as the data set stores them


@dataclass(frozen=True)
class Importance:
    """What the error gains by shuffling each column, with a 95 % interval over rows.

    ``measure`` says of which error: "log loss", "errors" (a share of the rows), or "squared error" (in units
    of the target's variance). ``columns`` are those of the table, the most important first.
    """

    split: str
    rows: int
    measure: str
    columns: tuple[str, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def importance_of(
    outputs: Outputs, parameters: int, loss: Loss, target: Target, data: Dataset
) -> Importance | None:
    """What the columns of a table are worth to a network; None where the rows came from no table, or are one.

    ``outputs`` maps features as the data set stores them to the network's outputs, ``target`` these to
    answers; the number of ``parameters`` bounds the work.
    """
    if data.encoding is None:
        return None
    name, split = ("validation", data.validation) if data.validation else ("train", data.train)
    return importance_on([(split, outputs)], parameters, loss, target, data.encoding, name)


def importance_on(
    parts: Sequence[tuple[Split, Outputs]],
    parameters: int,
    loss: Loss,
    target: Target,
    encoding: TableEncoding,
    name: str,
) -> Importance | None:
    """The same of rows that are called ``name``, in parts that are each answered by outputs of its own."""
    total, labels = sum(len(split) for split, _ in parts), parts[0][0].has_labels
    measure = _measure(loss, labels)
    if measure is None or min(len(split) for split, _ in parts) < 2:
        return None
    affordable = int(WORK / (2 * parameters * len(encoding.columns)))  # rows, each permuted once
    permutations = int(np.clip(affordable // min(MOST_ROWS, total), 1, MOST_PERMUTATIONS))
    count = min(total, max(FEWEST_ROWS, min(MOST_ROWS, affordable // permutations)))

    def gains_in(split: Split, outputs: Outputs) -> Array:
        rows = np.linspace(0, len(split) - 1, max(2, count * len(split) // total)).astype(np.int64)

        def errors(x: Array) -> Array:
            return _errors(outputs(x), split.y[rows], loss, target, measure)

        return _gains(errors, split.x[rows], encoding, permutations)

    gains = np.concatenate([gains_in(*part) for part in parts], axis=1)
    unit = 1.0
    if measure == "squared error":
        unit = float(np.concatenate([target.decode(split.y) for split, _ in parts]).var()) or 1.0
    means = gains.mean(axis=1) / unit
    margins = NORMAL * gains.std(axis=1, ddof=1) / gains.shape[1] ** 0.5 / unit
    order = np.argsort(-means, kind="stable")
    return Importance(
        split=name,
        rows=gains.shape[1],
        measure=measure,
        columns=tuple(encoding.columns[k].name for k in order),
        mean=tuple(means[order].tolist()),
        low=tuple((means - margins)[order].tolist()),
        high=tuple((means + margins)[order].tolist()),
    )


def _gains(errors: Outputs, x: Array, encoding: TableEncoding, permutations: int) -> Array:
    """What the error of each row gains when a column is shuffled, (columns, N), a mean over permutations.

    ``errors`` maps rows of features (N, d) to the error of each (N,).
    """
    before = errors(x)
    gains, at = [], 0
    for k, column in enumerate(encoding.columns):
        inputs = slice(at, at := at + len(column.names))
        rng = np.random.default_rng(k)
        gained = np.zeros(len(x))
        for _ in range(permutations):
            shuffled = x.copy()
            shuffled[:, inputs] = x[rng.permutation(len(x)), inputs]
            gained += (errors(shuffled) - before) / permutations
        gains.append(gained)
    return np.array(gains)


def write_importance(found: Importance, folder: Path) -> None:
    """Write ``importance.json``."""
    write_atomically(folder / IMPORTANCE, json.dumps(asdict(found), indent=2) + "\n")


def read_importance(folder: Path) -> Importance | None:
    """The importances in the folder of a run; None where there are none.

    Raises ``RecordError`` that names the file where it is damaged.
    """
    path = folder / IMPORTANCE
    if not path.exists():
        return None
    what = "what the columns of a table are worth"
    found = made_of(Importance, read_table(path, what), str(path), what)
    if len({len(found.columns), len(found.mean), len(found.low), len(found.high)}) > 1:
        raise RecordError(f"{path}: expected a mean and an interval for each column, found others")
    return found


def _measure(loss: Loss, labels: bool) -> str | None:
    """What error says how well rows are answered; None where labels are answered by a loss of one's own."""
    if not labels:
        return "squared error"
    if not isinstance(loss, OfClasses):
        return None
    return "log loss" if isinstance(loss, Probabilistic) else "errors"


def _errors(outputs: Array, y: Array, loss: Loss, target: Target, measure: str) -> Array:
    """The error of each row, (N,)."""
    match measure:
        case "log loss":
            own = class_probabilities(loss, outputs)[np.arange(len(y)), y]
            return np.asarray(-np.log(np.maximum(own, TINY)))
        case "errors":
            return np.asarray(outputs.argmax(axis=1) != y, np.float64)
    residuals = np.asarray(target.answer(loss, outputs), np.float64) - target.decode(y)
    return np.asarray((residuals.reshape(len(y), -1) ** 2).mean(axis=1))
