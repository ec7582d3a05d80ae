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
from gradwright.recipes import TabularRun, load_tabular
from gradwright.recipes.folder import is_ensemble
from gradwright.show.wording import count_text
from gradwright.training import Run, load_run
from gradwright.training.target import class_probabilities


def predict(
    run: Annotated[Path, Parameter(help="the folder of a run, or of what gw.tabular learned")],
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
    answers = Answers(load_tabular(run) if is_ensemble(run) else load_run(run), rows)
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

    def __init__(self, model: Run | TabularRun, path: Path) -> None:
        self.model, self.path = model, path
        self.rows = 0
        self.unlike: list[Unlike] = []

    def __iter__(self) -> Iterator[dict[str, Array]]:
        for x in self._features():
            self.rows += len(x)
            yield _answers(self.model, x)

    def _features(self) -> Iterator[Array]:
        """Rows as the data set stored them."""
        encoding = self.model.encoding
        if encoding is None:
            run = self.model.runs[0] if isinstance(self.model, TabularRun) else self.model
            x = read_rows(self.path, run.feature_names)
            if x.shape[1] != run.data["in_features"]:
                expected = run.data["in_features"]
                raise DataError(f"{self.path}: expected {expected} columns, found {x.shape[1]}")
            yield x
            return
        for block in table_blocks(self.path, encoding):
            with naming(f"{self.path}, of the rows from {self.rows} on" if self.rows else self.path):
                self.unlike += encoding.unlike(block)
                yield encoding.encode(block)


def _answers(model: Run | TabularRun, x: Array) -> dict[str, Array]:
    """The columns of the answers by name."""
    found, what, each = _of_table(model, x) if isinstance(model, TabularRun) else _of_run(model, x)
    columns = {"prediction": found} if found.ndim == 1 else _numbered("prediction", found)
    if each is not None:
        classes = model.classes if len(model.classes) == each.shape[1] else range(each.shape[1])
        columns |= {f"{what} of {label}": each[:, k] for k, label in enumerate(classes)}
    return columns


def _of_run(run: Run, x: Array) -> tuple[Array, str, Array | None]:
    """The answer to each row, and of a classifier what it thinks of each class."""
    loss, outputs = run.objective.loss, run.outputs(x)
    found = run.target.answer(loss, outputs)
    if isinstance(loss, Probabilistic):
        return found, "probability", class_probabilities(loss, outputs)
    return found, "score", outputs if isinstance(loss, Classifying) else None


def _of_table(model: TabularRun, x: Array) -> tuple[Array, str, Array | None]:
    if not model.classes:
        return model.predict(x), "", None
    each = model.predict_proba(x)
    return model.runs[0].target.decode(each.argmax(axis=1)), "probability", each


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
