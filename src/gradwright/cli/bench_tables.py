"""``gradwright bench --only tables``: estimators of tables on real sets, minutes to hours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradwright.bench.tables import TablesRecord, compare_tables, tables_of
from gradwright.bench.tables.page import write_figures, write_tables
from gradwright.cli.codes import FAILED, FINE, INTERRUPTED
from gradwright.cli.output import error, fitted, note, say, say_json
from gradwright.errors import ConfigError
from gradwright.locks import writing_in


def bench_tables(folder: Path, peers: Sequence[str], quick: bool, as_json: bool) -> int:
    """Fit all that are missing in ``folder``, and say what came of it; Ctrl-C keeps what was done."""
    stopped = False
    with writing_in(folder):
        try:
            record = compare_tables(folder, peers, quick, note)
        except KeyboardInterrupt:
            record, stopped = TablesRecord.read(folder), True
        write_tables(record, folder)
        try:
            write_figures(record, folder)
        except ConfigError as missing:
            note(f"There are no figures: {missing}")
    if as_json:
        say_json({"fits": [vars(fit) for fit in record.fits]})
    else:
        say("\n\n".join(f"{heading}\n{fitted(table)}" for heading, table in tables_of(record).items()))
    note(f"The record is in {folder}.")
    if stopped:
        return error("interrupted; what was done is kept, and --out with --resume goes on", INTERRUPTED)
    return FAILED if any(fit.failed for fit in record.fits) else FINE
