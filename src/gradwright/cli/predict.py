"""``gradwright predict``: what a run answers to rows in a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, Overwrite
from gradwright.data.row_files import read_rows
from gradwright.errors import DataError
from gradwright.nn import Classifying, Probabilistic
from gradwright.nn.layer import Array
from gradwright.outputs import require_place, write_output
from gradwright.printable import in_csv
from gradwright.show.wording import count_text
from gradwright.training import Run, load_run


def predict(
    run: Annotated[Path, Parameter(help="the folder of a run")],
    rows: Annotated[
        Path, Parameter(help="features alone: a .csv file, with names or without, or a .npy file")
    ],
    /,
    *,
    out: Annotated[Path | None, Parameter(help="a CSV file for the answers, in place of stdout")] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the answer of a run to each row: the label and the probability (of ``Hinge``
    the score) of each class, or numbers.

    Rows are given as they were stored for training; the run scales them itself.
    """
    if out is not None:
        require_place(out, overwrite=overwrite)
    trained = load_run(run)
    x = read_rows(rows, trained.feature_names)
    if x.shape[1] != trained.data["in_features"]:
        raise DataError(f"{rows}: expected {trained.data['in_features']} columns, found {x.shape[1]}")
    columns = _answers(trained, x)
    if as_json:
        say_json({name: column.tolist() for name, column in columns.items()})
    text = _csv(columns)
    if out is not None:
        write_output(out, text, overwrite=overwrite)
        note(f"{count_text(len(x), 'answer')} written to {out}")
    elif not as_json:
        say(text.rstrip("\n"))


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


def _csv(columns: dict[str, Array]) -> str:
    """Columns as CSV; a label is no formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([in_csv(name) for name in columns])
    cells = (
        [in_csv(entry) if isinstance(entry, str) else entry for entry in np.asarray(column).tolist()]
        for column in columns.values()
    )
    writer.writerows(zip(*cells, strict=True))
    return out.getvalue()
