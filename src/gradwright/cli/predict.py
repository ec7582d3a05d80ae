"""``gradwright predict``: what a run answers to rows in a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, Overwrite
from gradwright.data.files import naming
from gradwright.data.row_files import read_rows
from gradwright.data.table.files import table_blocks
from gradwright.data.table.unlike import Unlike, together
from gradwright.errors import DataError
from gradwright.nn import Classifying, Probabilistic
from gradwright.nn.layer import Array
from gradwright.outputs import require_place, write_long_output
from gradwright.printable import in_csv
from gradwright.show.wording import count_text
from gradwright.training import Run, load_run


def predict(
    run: Annotated[Path, Parameter(help="the folder of a run")],
    rows: Annotated[
        Path,
        Parameter(
            help="features alone: a .csv file, with names or without, or a .npy file; "
            "of a run on a table any table with its columns"
        ),
    ],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="a CSV file for the answers, in place of stdout")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the answer of a run to each row: the label and the probability (of ``Hinge``
    the score) of each class, or numbers.

    Rows are given as they were stored for training; the run scales and encodes them itself. A table is
    read, and answered, in parts, so that it need not fit into memory.
    """
    if out is not None:
        require_place(out, overwrite=overwrite)
    answers = Answers(load_run(run), rows)
    parts = [*answers] if as_json else answers  # JSON is one value
    if isinstance(parts, list):
        say_json({name: [entry for part in parts for entry in part[name].tolist()] for name in parts[0]})
    if out is not None:
        write_long_output(out, _csv(parts), overwrite=overwrite)
        note(f"{count_text(answers.rows, 'answer')} written to {out}")
    elif not as_json:
        for text in _csv(parts):
            say(text.rstrip("\n"))
    for each in together(answers.unlike):
        note(str(each))


class Answers:
    """The answers of a run to the rows of a file, in parts of one: the columns by name.

    ``rows`` counts them, and ``unlike`` has what training never showed, as far as they were asked for.
    """

    def __init__(self, run: Run, path: Path) -> None:
        self.run, self.path = run, path
        self.rows = 0
        self.unlike: list[Unlike] = []

    def __iter__(self) -> Iterator[dict[str, Array]]:
        for x in self._features():
            self.rows += len(x)
            yield _answers(self.run, x)

    def _features(self) -> Iterator[Array]:
        """Rows as the data set stored them."""
        encoding = self.run.encoding
        if encoding is None:
            x = read_rows(self.path, self.run.feature_names)
            if x.shape[1] != self.run.data["in_features"]:
                expected = self.run.data["in_features"]
                raise DataError(f"{self.path}: expected {expected} columns, found {x.shape[1]}")
            yield x
            return
        for block in table_blocks(self.path, encoding):
            with naming(f"{self.path}, of the rows from {self.rows} on" if self.rows else self.path):
                self.unlike += encoding.unlike(block)
                yield encoding.encode(block)


def _answers(run: Run, x: Array) -> dict[str, Array]:
    """The columns of the answers by name."""
    found = run.predict(x)
    columns = {"prediction": found} if found.ndim == 1 else _numbered("prediction", found)
    if isinstance(run.config.loss, Classifying):
        probable = isinstance(run.config.loss, Probabilistic)
        what, each = ("probability", run.predict_proba(x)) if probable else ("score", run.outputs(x))
        classes = run.classes if len(run.classes) == each.shape[1] else range(each.shape[1])
        columns |= {f"{what} of {label}": each[:, k] for k, label in enumerate(classes)}
    return columns


def _numbered(name: str, values: Array) -> dict[str, Array]:
    return {f"{name} {k}": values[:, k] for k in range(values.shape[1])}


def _csv(parts: Iterable[dict[str, Array]]) -> Iterator[str]:
    """Columns as CSV, a text for each part; a label is no formula to a spreadsheet."""
    for k, columns in enumerate(parts):
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        if k == 0:
            writer.writerow([in_csv(name) for name in columns])
        cells = (
            [in_csv(entry) if isinstance(entry, str) else entry for entry in np.asarray(column).tolist()]
            for column in columns.values()
        )
        writer.writerows(zip(*cells, strict=True))
        yield out.getvalue()
