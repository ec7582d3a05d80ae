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
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from gradwright.data import Dataset
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
    columns = data.encoding.columns
    measure = _measure(loss, split.has_labels)
    if measure is None or len(split) < 2:
        return None
    affordable = int(WORK / (2 * parameters * len(columns)))  # rows, each permuted once
    permutations = int(np.clip(affordable // min(MOST_ROWS, len(split)), 1, MOST_PERMUTATIONS))
    count = min(len(split), max(FEWEST_ROWS, min(MOST_ROWS, affordable // permutations)))
    rows = np.linspace(0, len(split) - 1, count).astype(np.int64)
    x, y = split.x[rows], split.y[rows]

    def errors(features: Array) -> Array:
        return _errors(outputs(features), y, loss, target, measure)

    before = errors(x)
    gains, at = [], 0
    for k, column in enumerate(columns):
        inputs = slice(at, at := at + len(column.names))
        rng = np.random.default_rng(k)
        gained = np.zeros(count)
        for _ in range(permutations):
            shuffled = x.copy()
            shuffled[:, inputs] = x[rng.permutation(count), inputs]
            gained += (errors(shuffled) - before) / permutations
        gains.append(gained)
    unit = float(target.decode(split.y).var()) if measure == "squared error" else 1.0
    means = np.array([gained.mean() for gained in gains]) / (unit or 1.0)
    margins = np.array([NORMAL * gained.std(ddof=1) / count**0.5 for gained in gains]) / (unit or 1.0)
    order = np.argsort(-means, kind="stable")
    return Importance(
        split=name,
        rows=count,
        measure=measure,
        columns=tuple(columns[k].name for k in order),
        mean=tuple(means[order].tolist()),
        low=tuple((means - margins)[order].tolist()),
        high=tuple((means + margins)[order].tolist()),
    )


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
