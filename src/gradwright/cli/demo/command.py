"""What ``gradwright demo`` does: every gradient checked, two networks trained, one page written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from gradwright.check import NetworkCheck
from gradwright.cli.codes import FINE, INTERRUPTED
from gradwright.cli.folders import require_free, resume_command
from gradwright.cli.gradients import check_gradients
from gradwright.cli.output import CEILING, fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Resume
from gradwright.cli.records import record_of
from gradwright.data import Dataset
from gradwright.errors import CheckError
from gradwright.show import REPORTED as REPORTED_FILE
from gradwright.show import splits_table, write_check, write_report
from gradwright.training import Run, RunConfig, load_data, read_config, train
from gradwright.training.files import write_atomically

NAMES = ("peaks", "gmm")
QUICK_EPOCHS = 3

# What the source report S1 states for the same two networks on PeaksData.mat and GMMData.mat.
REPORTED: dict[str, dict[str, Any]] = {
    "peaks": {
        "train_accuracy": 0.93476,
        "validation_accuracy": 0.93232,
        "source": "report S1, its final network",
    },
    "gmm": {
        "train_accuracy": 0.95344,
        "validation_accuracy": 0.9536,
        "source": "report S1, its residual network",
    },
}


def demo(
    *,
    out: Annotated[Path, Parameter(help="a new folder for the two runs and the report")] = Path("runs/demo"),
    quick: Annotated[
        bool, Parameter(negative="", show_default=False, help=f"train for {QUICK_EPOCHS} epochs only")
    ] = False,
    resume: Resume = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int:
    """Check, train and report two networks on generated data, or on the real files where they are found."""
    require_free(out, resume)
    changes = {"epochs": QUICK_EPOCHS} if quick else {}
    configs = [read_config(Path(__file__).with_name(f"{name}.toml"), changes) for name in NAMES]
    sets = [load_data(config, data_dir) for config in configs]
    checks = [_checked(config, data) for config, data in zip(configs, sets, strict=True)]

    runs = []
    for config, data, check in zip(configs, sets, checks, strict=True):
        note(f"{config.name}: training; the data: {data.source}")
        run = train(config, data, folder=out / config.name, resume=resume)
        if run.status == "interrupted":
            again = resume_command("demo", *["--quick"] * quick, out=out, data_dir=data_dir)
            note(f"Interrupted; what is done is safe. To go on: {again}")
            return INTERRUPTED
        write_check(check, out / config.name)
        write_atomically(out / config.name / REPORTED_FILE, json.dumps(REPORTED[config.name], indent=2))
        runs.append(run)

    page = write_report(
        runs,
        out / "report.html",
        title="gradwright demo",
        reported=REPORTED,
        checks=checks,
        folders=[out / run.config.name for run in runs],
    )
    if as_json:
        say_json({"runs": [_record(run, out) for run in runs], "report": str(page)})
    else:
        for run in runs:
            name = run.config.name
            say(f"{name} ({run.data['source']})\n{fitted(splits_table(run, REPORTED[name]))}\n")
        say(f"reported: by the source report S1; ceiling: {CEILING}\n\nThe report is {page}")
    return FINE


def _checked(config: RunConfig, data: Dataset) -> NetworkCheck:
    """The gradient check of a config, which it must pass before it is trained."""
    check = check_gradients(config, data)
    if not check.passed:
        raise CheckError(f"{config.name}: expected right gradients, found\n{check}")
    note(f"{config.name}: the gradients of all {len(check.gradient.parameters)} parameters are right")
    return check


def _record(run: Run, out: Path) -> dict[str, Any]:
    """A run of the demo as plain data."""
    known = {"reported": REPORTED[run.config.name], "ceiling": run.data["bayes_accuracy"]}
    return record_of(run, out / run.config.name) | known
