"""A data set as the rest of the package sees it: rows are samples, labels are whole numbers.

Whatever the file looked like (samples as columns, one-hot labels, images in planes) was turned into this
form by its reader, and was checked here. Nothing in here can be written to: the arrays are read-only views.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from gradwright.data.affine import Affine
from gradwright.data.arrays import Rows, pair, read_arrays
from gradwright.data.files import naming
from gradwright.data.labels import Labels, numbered
from gradwright.data.rows import Array, Split
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.kinds import Kind
from gradwright.data.table.read import TableLike, read_frame
from gradwright.data.table.target import Task
from gradwright.errors import ConfigError, DataError
from gradwright.notebook import card, paragraph
from gradwright.tables import Table


@dataclass(frozen=True, eq=False)
class Dataset:
    """Named splits of one data set, and how its stored features become a network's inputs.

    Args:
        name: of the set, in tables and records.
        source: where the numbers came from, such as "PeaksData.mat" or "generated (seed 0)".
        train: the rows to train on.
        validation: rows that are measured and never trained on.
        test: rows that stay sealed until they are asked for.
        classes: the names of the classes; where labels come without names they are called "0", "1", ... up
            to the largest one, and for regression there are none.
        features: the map from stored features to inputs, applied per batch.
        bayes_accuracy: the share of validation labels that the best possible classifier gets right, where
            that is known: no honest accuracy lies far above.
        labels: what ``Run.predict`` answers with, by default the classes 0, 1, ... themselves.
        feature_names: the columns of the frame that the rows came from.
        targets: the map that made float targets of those that were given.
        encoding: how the columns of a table became features; None where the rows were numbers already.
        notes: what was decided and noticed when the rows were read.

    Raises ``DataError`` if the splits differ in kind or in number of columns, or hold a label without a
    class.

    >>> rows = Split(x=np.eye(3), y=np.array([0, 1, 1]))
    >>> data = Dataset("tiny", "typed in", train=rows)
    >>> data.in_features, data.num_classes, data.classes
    (3, 2, ('0', '1'))
    """

    name: str
    source: str
    train: Split
    validation: Split | None = None
    test: Split | None = None
    classes: tuple[str, ...] = ()
    features: Affine = Affine()
    bayes_accuracy: float | None = None
    labels: Labels | None = None
    feature_names: tuple[str, ...] = ()
    targets: Affine = Affine()
    encoding: TableEncoding | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.train.has_labels and not self.classes:
            with naming(self.source):
                names = numbered(*(split for split in self.splits.values() if split.has_labels))
            object.__setattr__(self, "classes", names)
        if self.classes and self.labels is None:
            object.__setattr__(self, "labels", Labels(tuple(range(len(self.classes)))))
        for name, split in self.splits.items():
            self._check_split(name, split)
        for value in (self.features.shift, self.features.scale):
            if np.shape(value) not in ((), (self.in_features,)):
                raise DataError(
                    f"{self.source}: features: expected shift and scale to be numbers or of shape "
                    f"({self.in_features},), found shape {np.shape(value)}"
                )

    def _check_split(self, name: str, split: Split) -> None:
        where = f"{self.source}: {name}"
        if split.x.shape[1] != self.in_features:
            raise DataError(
                f"{where}: expected {self.in_features} features as in train, found {split.x.shape[1]}"
            )
        if split.has_labels != self.train.has_labels or split.y.shape[1:] != self.train.y.shape[1:]:
            raise DataError(
                f"{where}: expected targets like train's ({self.train.y.dtype}, rows of shape "
                f"{self.train.y.shape[1:]}), found {split.y.dtype}, rows of shape {split.y.shape[1:]}"
            )
        if split.has_labels and split.y.max() >= self.num_classes:
            row = int(np.argmax(split.y >= self.num_classes))
            raise DataError(
                f"{where}: expected labels 0 .. {self.num_classes - 1}, found {split.y[row]} in row {row}"
            )

    @classmethod
    def from_arrays(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        weights: ArrayLike | str | None = None,
        validation: Rows | float | int | None = None,
        test: Rows | None = None,
        classes: Sequence[int] | Sequence[str] | None = None,
        standardize: bool = False,
        standardize_targets: bool = False,
        seed: int = 0,
        name: str = "arrays",
    ) -> Dataset:
        """A data set of one's own arrays, lists, or frames and series of pandas or Polars.

        ``x`` is (N, d): numbers, booleans as 0 and 1; the column names of a frame are kept. ``y`` is what is
        to be learned: integers, strings or booleans (N,) are labels, which become classes 0 .. k - 1 in
        ascending order; floats (N,) or (N, k) are numbers. Arrays are viewed, not copied, where they can be.

        ``weights`` (N,) >= 0 say how much each row counts, by default all the same: a weight is a number of
        copies, in what is learned and in what is measured. A text names the column of the frame ``x`` that
        holds them, which is then no feature.

        ``validation`` is a pair (x, y) of further rows, or (x, y, weights), or how many of these rows to set
        aside: a count (int) or a share (float between 0 and 1). They are drawn at random by ``seed``, which
        is not that of a run: runs of different seeds are measured on the same rows. Of labelled rows each
        class gives its share, and keeps at least one row for training. ``test`` are rows that are kept for
        the end, given alike.

        ``classes`` gives the labels in the order of the classes, and with them such as training never shows;
        for integer labels 0 .. k - 1 it may give their names instead. ``standardize`` brings every feature to
        mean 0 and standard deviation 1 over the training rows, ``standardize_targets`` does so with float
        targets: losses are then in units of the target's variance, and ``Run.predict`` goes back.

        Raises ``DataError`` for what is not made of numbers or has another shape, for labels of several
        types, of one class alone, or unknown to training, for weights that are negative, not finite, of
        another length, or all 0; ``ConfigError`` for settings that cannot be.

        >>> import gradwright as gw
        >>> x, y = [[1.0], [2.0], [3.0], [4.0]], ["no", "no", "yes", "yes"]
        >>> data = gw.Dataset.from_arrays(x, y, validation=0.5)
        >>> data.classes, len(data.train), len(data.validation)
        (('no', 'yes'), 2, 2)
        """
        fields = read_arrays(
            x,
            y,
            weights=weights,
            validation=validation,
            test=test,
            classes=classes,
            standardize=standardize,
            standardize_targets=standardize_targets,
            seed=seed,
            name=name,
        )
        return cls(**fields)

    @classmethod
    def from_table(
        cls,
        table: TableLike,
        target: str,
        *,
        task: Task | None = None,
        validation: TableLike | float | int | None = 0.2,
        test: TableLike | None = None,
        group: str | None = None,
        time: str | None = None,
        weights: str | None = None,
        rows: int | None = None,
        header: bool | None = None,
        kinds: Mapping[str, Kind] | None = None,
        leave_out: Sequence[str] = (),
        dates: Literal["refuse", "split"] = "refuse",
        decimal: Literal[",", "."] | None = None,
        one_hot_up_to: int | None = None,
        bins: int | None = None,
        standardize_targets: bool = False,
        folder: str | os.PathLike[str] | None = None,
        seed: int = 0,
        name: str | None = None,
    ) -> Dataset:
        """A data set of any table: its columns become features by a ``TableEncoding``, fitted on training
        rows.

        ``table`` is a frame of pandas or Polars, a table of PyArrow, a mapping from names to columns, or the
        path of a CSV, Parquet or Arrow file; the last two are read by PyArrow or Polars, whichever is
        installed. ``header`` says whether the first line of a CSV file holds names, by default it is told
        from the line; columns without names are called "column 1", "column 2", ... and separators are found.

        ``target`` is the column to be learned. Texts, booleans and whole numbers of few values are labels,
        other numbers are numbers; ``task``, "classification" or "regression", decides. Rows without a target
        are left out. ``standardize_targets`` brings numbers to mean 0 and standard deviation 1;
        ``Run.predict`` goes back.

        ``validation`` is a count or a share of the rows that are set aside, by default a fifth, or a table of
        further rows. They are drawn at random by ``seed``, of each class its share; whole groups where
        ``group`` names the column of rows that belong together, such as those of one patient; the last ones
        where ``time`` names a column by which rows are in order, and what is predicted lies in the future.
        Neither column is a feature then. ``test`` is a table of rows that are kept for the end, ``weights``
        the column that says how much each row counts, ``rows`` how many rows to train on, drawn by ``seed``.
        See ``TableEncoding.fit`` for ``kinds``, ``leave_out``, ``dates``, ``decimal``, ``one_hot_up_to`` and
        ``bins``. ``name`` is by default that of the file.

        With a ``folder`` the table need not fit into memory: it is a Parquet or Arrow file, whose columns are
        read one at a time, and the encoded rows lie in a file in that folder, mapped, which goes with the
        data set.

        What was decided and noticed is in ``notes``; what was hardly meant is a ``DataWarning`` as well.

        Raises ``DataError`` for a table that is empty or damaged, a column that is missing or cannot be read,
        and a target that is infinite or the same in every row; ``ConfigError`` for settings that cannot be.

        >>> import gradwright as gw
        >>> table = {"size": [52, None, None, 110], "town": ["Ulm", "Bonn"] * 2, "rent": [1.5, 2.5, 1.1, 3]}
        >>> data = gw.Dataset.from_table(table, "rent", task="regression", validation=1)
        >>> data.encoding.names, data.notes
        (('size', 'size is missing', 'town: Ulm'), ("target 'rent': numbers",))
        """
        fields = read_frame(
            table,
            target,
            task=task,
            validation=validation,
            test=test,
            group=group,
            time=time,
            weights=weights,
            rows=rows,
            header=header,
            kinds=kinds,
            leave_out=leave_out,
            dates=dates,
            decimal=decimal,
            one_hot_up_to=one_hot_up_to,
            bins=bins,
            standardize_targets=standardize_targets,
            folder=folder,
            seed=seed,
            name=name,
        )
        return cls(**fields)

    @property
    def splits(self) -> dict[str, Split]:
        """The splits there are, by name, in the order train, validation, test."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in parts.items() if split is not None}

    @property
    def in_features(self) -> int:
        """The number of columns of ``x``."""
        return int(self.train.x.shape[1])

    @property
    def num_classes(self) -> int:
        """The number of classes; 0 for regression."""
        return len(self.classes)

    def inputs(self, split: str, dtype: DTypeLike) -> Array:
        """All rows of one split as a network's inputs: a new ``(N, d)`` array of ``dtype``.

        Raises ``ConfigError`` if there is no such split.
        """
        if split not in self.splits:
            raise ConfigError(
                f"{self.name}: there is no split {split!r}; choose from {', '.join(self.splits)}"
            )
        return self.features(self.splits[split].x, dtype)

    def checksum(self) -> str:
        """The SHA-256, in hexadecimal, of every array's name, dtype, shape and bytes."""
        digest = hashlib.sha256()
        for name, split in self.splits.items():
            for part, array in (("x", split.x), ("y", split.y), ("weights", split.weights)):
                if array is None:
                    continue
                little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                digest.update(f"{name}.{part} {little.dtype.str} {little.shape}\n".encode())
                digest.update(little.data)
        return digest.hexdigest()

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        rows = Table(("split", "rows"), "lr", tuple((n, f"{len(each):,}") for n, each in self.splits.items()))
        answers = f"{self.num_classes} classes" if self.classes else "answers are numbers"
        said = f"{self.source}: {self.in_features} features, {answers}"
        return card(f"Dataset {self.name!r}", paragraph(said), rows.to_html())

    def summary(self) -> dict[str, Any]:
        """What is in here, as plain data for JSON: shapes, types, ranges, class counts, checksum."""
        shift, scale = self.targets.shift, self.targets.scale
        return {
            "name": self.name,
            "source": self.source,
            "in_features": self.in_features,
            "classes": list(self.classes),
            "standardized": np.ndim(self.features.shift) > 0,
            "labels": None if self.labels is None else list(self.labels.values),
            "feature_names": list(self.feature_names),
            "targets": {"shift": np.asarray(shift).tolist(), "scale": np.asarray(scale).tolist()},
            "encoding": None if self.encoding is None else self.encoding.to_dict(),
            "notes": list(self.notes),
            "bayes_accuracy": self.bayes_accuracy,
            "checksum": self.checksum(),
            "bytes": sum(split.x.nbytes + split.y.nbytes for split in self.splits.values()),
            "splits": {name: self._summary_of(split) for name, split in self.splits.items()},
        }

    def _summary_of(self, split: Split) -> dict[str, Any]:
        summary: dict[str, Any] = {"rows": len(split), "x": _describe(split.x), "y": _describe(split.y)}
        if split.has_labels:
            counts = np.bincount(split.y, minlength=self.num_classes).tolist()
            summary["counts"] = dict(zip(self.classes, counts, strict=True))
        if split.weights is not None:
            summary["weights"] = _describe(split.weights)
        return summary


def as_dataset(
    data: Dataset | Rows,
    validation: Rows | float | int | None = None,
    weights: ArrayLike | str | None = None,
) -> Dataset:
    """``data`` itself where it is a ``Dataset``, else that of the arrays (x, y); see ``Dataset.from_arrays``.

    Raises ``ConfigError`` for data of another form, and for ``validation`` or ``weights`` beside a
    ``Dataset``, which holds its own.

    >>> as_dataset(([[0.0], [1.0], [2.0], [3.0]], ["no", "no", "yes", "yes"]), validation=2).classes
    ('no', 'yes')
    """
    if not isinstance(data, Dataset):
        return Dataset.from_arrays(*pair("data", data), validation=validation, weights=weights)
    if validation is not None:
        raise ConfigError(
            f"validation: the data set {data.name!r} brings its own rows or none; "
            "set them aside with gradwright.data.split_off, or give validation to Dataset.from_arrays"
        )
    if weights is not None:
        raise ConfigError(
            f"weights: the data set {data.name!r} brings its own or none; give them to Dataset.from_arrays"
        )
    return data


def _describe(array: Array) -> dict[str, Any]:
    return {
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "min": array.min().item(),
        "max": array.max().item(),
    }
