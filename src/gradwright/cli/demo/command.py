"""What ``gradwright demo`` does: gradients checked, two networks trained from three seeds, a page written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from gradwright.check import NetworkCheck
from gradwright.cli.codes import FINE, INTERRUPTED
from gradwright.cli.demo.reported import REPORTED, beside_reported
from gradwright.cli.folders import require_free, resume_command
from gradwright.cli.gradients import check_gradients
from gradwright.cli.output import CEILING, fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Resume
from gradwright.cli.records import over_seeds, record_of
from gradwright.data import Dataset
from gradwright.engine import Engine
from gradwright.engine.variants import threads
from gradwright.errors import CheckError
from gradwright.nn.layer import Array
from gradwright.show import REPORTED as REPORTED_FILE
from gradwright.show import results_table, write_check, write_report
from gradwright.show.wording import duration_text
from gradwright.training import History, Run, RunConfig, load_data, read_config, train
from gradwright.training.agreement import settle
from gradwright.training.folder import RunFolder
from gradwright.training.interrupts import interrupts
from gradwright.training.job import Job
from gradwright.writing import write_atomically

NAMES = ("peaks", "gmm")
SEEDS = (0, 1, 2)
QUICK_EPOCHS = 3


def demo(
    *,
    out: Annotated[Path, Parameter(help="a new folder for the runs and the report")] = Path("runs/demo"),
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
    _tell_engine(Job(settle(configs[0], sets[0]), sets[0]).engine)

    for config, data in zip(configs, sets, strict=True):
        note(f"{config.name}: training from {len(SEEDS)} seeds; the data: {data.source}")
    plan = [
        (config.model_copy(update={"seed": seed}), data, out / f"{config.name}-seed{seed}")
        for config, data in zip(configs, sets, strict=True)
        for seed in SEEDS
    ]
    folders = [folder for *_, folder in plan]
    page = out / "report.html"
    drawn = page.exists() and all(RunFolder(folder).is_done for folder in folders)
    runs = _trained(plan, resume)
    if runs is None:
        again = resume_command("demo", *["--quick"] * quick, out=out, data_dir=data_dir)
        note(f"Interrupted; what is done is safe. To go on: {again}")
        return INTERRUPTED
    for run, folder, check in zip(runs, folders, [each for each in checks for _ in SEEDS], strict=True):
        write_check(check, folder)
        write_atomically(folder / REPORTED_FILE, json.dumps(REPORTED[run.config.name], indent=2))

    if not drawn:
        write_report(
            runs[:: len(SEEDS)],  # the first seed of each in full, and all of them in the table
            page,
            overview=runs,
            title="gradwright demo",
            reported=REPORTED,
            checks=checks,
            folders=folders[:: len(SEEDS)],
        )
    by_name = {name: [run for run in runs if run.config.name == name] for name in NAMES}
    if as_json:
        records = [_record(run, folder) for run, folder in zip(runs, folders, strict=True)]
        means = {name: over_seeds(group)["over_seeds"] for name, group in by_name.items()}
        say_json({"runs": records, "over_seeds": means, "report": str(page)})
    else:
        for name, group in by_name.items():
            say(f"{name} ({group[0].data['source']})\n{fitted(results_table(group, REPORTED))}")
            say(f"{beside_reported(group)}\n")
        say(f"reported: by the first source report; ceiling: {CEILING}\n\nThe report is {page}")
    return FINE


def _checked(config: RunConfig, data: Dataset) -> NetworkCheck:
    """The gradient check of a config, which it must pass before it is trained."""
    check = check_gradients(config, data)
    if not check.passed:
        raise CheckError(f"{config.name}: expected right gradients, found\n{check}")
    note(f"{config.name}: the gradients of all {len(check.gradient.parameters)} parameters are right")
    return check


def _tell_engine(engine: Engine) -> None:
    """Say which engine serves, and loudly where it is not the compiled one."""
    note(f"engine: {engine.name}, {engine.reason}")
    if engine.name != "native":
        note("WITHOUT THE COMPILED ENGINE this takes many times longer; `gradwright info` says why")


def _trained(plan: Sequence[tuple[RunConfig, Dataset, Path]], resume: bool) -> list[Run] | None:
    """A run of each config in its folder, side by side on the cores; None where Ctrl-C ended them."""
    with interrupts() as interrupted, ThreadPoolExecutor(threads()) as pool:

        def look_up(history: History, theta: Array) -> None:  # noqa: ARG001  as a Callback is called
            if interrupted():
                raise KeyboardInterrupt

        def carry_out(config: RunConfig, data: Dataset, folder: Path) -> Run:
            run = train(config, data, folder=folder, resume=resume, progress=False, callbacks=[look_up])
            note(f"{folder.name}: done in {duration_text(run.seconds)}")
            return run

        futures = [pool.submit(carry_out, *each) for each in plan]
        try:
            return [future.result() for future in futures]
        except KeyboardInterrupt:
            return None


def _record(run: Run, folder: Path) -> dict[str, Any]:
    """A run of the demo as plain data."""
    known = {"reported": REPORTED[run.config.name], "ceiling": run.data["bayes_accuracy"]}
    return record_of(run, folder) | known
