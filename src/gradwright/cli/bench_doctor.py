"""``gradwright bench --only doctor``: doctors of trainings on injected faults and sound trainings, hours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gradwright.bench.doctor import compare_doctors, tables_of
from gradwright.bench.doctor.page import write_doctors, write_figures
from gradwright.bench.doctor.record import read
from gradwright.bench.doctor.sets import Half
from gradwright.cli.codes import FAILED, FINE, INTERRUPTED
from gradwright.cli.output import error, fitted, note, say, say_json
from gradwright.errors import ConfigError
from gradwright.locks import writing_in
from gradwright.writing import make_folder


def bench_doctor(folder: Path, half: Half, peers: Sequence[str], quick: bool, as_json: bool) -> int:
    """Ask all that are missing in ``folder``, and say what came of it; Ctrl-C keeps what was done."""
    make_folder(folder)
    stopped = False
    with writing_in(folder):
        try:
            answers = compare_doctors(folder, half, peers, quick, note)
        except KeyboardInterrupt:
            answers, stopped = read(folder), True
        write_doctors(answers, folder)
        try:
            write_figures(answers, folder)
        except ConfigError as missing:
            note(f"There are no figures: {missing}")
    if as_json:
        say_json({"answers": [vars(each) for each in answers]})
    else:
        say("\n\n".join(f"{heading}\n{fitted(table)}" for heading, table in tables_of(answers).items()))
    note(f"The record is in {folder}; doctor.md says what was missed.")
    if stopped:
        return error("interrupted; what was done is kept, and --out with --resume goes on", INTERRUPTED)
    return FAILED if any(each.failed for each in answers) else FINE
