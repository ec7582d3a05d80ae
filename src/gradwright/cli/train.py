"""``gradwright train``: the run of a config, or one run for each of several seeds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from gradwright.cli.codes import FAILED, FINE, INTERRUPTED
from gradwright.cli.flags import as_flags
from gradwright.cli.folders import require_free, resume_command
from gradwright.cli.output import facts, fitted, note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Resume, Settings, configure
from gradwright.cli.records import over_seeds, record_of
from gradwright.cli.table import table_configs
from gradwright.data import Dataset
from gradwright.data.table.files import is_table
from gradwright.errors import ConfigError
from gradwright.nn import summarize
from gradwright.show import results_table, splits_table, write_report
from gradwright.training import Run, RunConfig, load_data
from gradwright.training import train as carry_out
from gradwright.training.agreement import choices, settle
from gradwright.training.config import parse_value
from gradwright.training.cure import advise
from gradwright.training.job import Job
from gradwright.training.remarks import advice, remarks

PAGE = "report.html"  # in the folder of a run


def train(
    config: Annotated[
        Path,
        Parameter(help="the settings of a run: a TOML file; or a table, such as rows.csv --target price"),
    ],
    /,
    *settings: Settings,
    out: Annotated[
        Path | None,
        Parameter(
            help="the run's folder, by default runs/NAME-seedN; with several seeds, the folder of theirs"
        ),
    ] = None,
    seeds: Annotated[str | None, Parameter(help="several seeds, such as 0,1,2: one run each")] = None,
    open_test: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="measure the test set too, when the run has ended, and put that on record",
        ),
    ] = False,
    resume: Resume = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int:
    """Train the network of a config, and print what it reached on each split.

    Of a table the column to be learned is needed alone: --target price. How the others become features, and
    which network learns from them, is chosen and said; settings change it, as those of a config.
    """
    table = is_table(config)
    data: Dataset | None = None
    if table:
        configs, data = table_configs(config, settings, _seeds(seeds))
    else:
        configs = [configure(config, settings, **seed) for seed in _seeds(seeds)]
    folders = [_folder(each, out, several=len(configs) > 1) for each in configs]
    for folder in folders:
        require_free(folder, resume)
    data = data or load_data(configs[0], data_dir)
    settled = [settle(each, data) for each in configs]
    note(f"{data.name}: {data.source}\n")
    if data.encoding is not None:
        notes = map(as_flags, data.notes) if table else data.notes
        note("\n".join((*notes, "", facts(data.encoding.words().items()), "")))
    note(f"{summarize(configs[0].network, data.in_features)}\n")
    engine = Job(settled[0], data).engine
    chosen = choices(configs[0], settled[0], data)
    note("\n".join(filter(None, (f"engine: {engine.name}, {engine.reason}", chosen))) + "\n")

    runs: list[Run] = []
    for each, folder in zip(settled, folders, strict=True):
        runs.append(carry_out(each, data, folder=folder, resume=resume, open_test=open_test))
        if runs[-1].status == "interrupted":
            words = (str(config), *settings, *["--open-test"] * open_test)
            again = resume_command("train", *words, out=out, seeds=seeds, data_dir=data_dir)
            note(f"Interrupted; what is done is safe. To go on: {again}")
            return INTERRUPTED

    if as_json:
        records = [record_of(run, folder) for run, folder in zip(runs, folders, strict=True)]
        say_json({"runs": records} | (over_seeds(runs) if len(runs) > 1 else {}))
    else:
        say(fitted(results_table(runs) if len(runs) > 1 else splits_table(runs[0])))
        say(f"\nThe record is in {', '.join(map(str, folders))}")
    if table:
        for run, folder in zip(runs, folders, strict=True):
            _report(run, folder)
    if data.test is not None and not open_test:
        note(f"The {len(data.test):,} test rows stay sealed; --open-test measures them and records that.")
    speak = note if as_json else say
    for run, folder in zip(runs, folders, strict=True):
        for line in _remarks(run, folder, data):
            speak(line)
    grew = any(remark.kind == "diverged" for run in runs for remark in remarks(run))
    return FAILED if grew else FINE


def _report(run: Run, folder: Path) -> None:
    """The page about a run, in its folder, where what draws it is installed."""
    try:
        page = write_report([run], folder / PAGE, title=run.config.name, folders=[folder], overwrite=True)
    except ConfigError as error:
        note(str(error))
    else:
        note(f"What mattered, where it is wrong, and what was done to each column: {page}")


def _remarks(run: Run, folder: Path, data: Dataset) -> Iterator[str]:
    """What must be said last of a run, beside its numbers, and where to look."""
    found = remarks(run)
    for remark in found:
        yield f"{folder}: {remark}"
        if remark.kind == "diverged":
            rates = [record.learning_rate for record in run.history.epochs]
            yield advise(Job(run.config, data), max(rate for rate in rates if rate is not None))
    if found:
        yield advice(folder)


def _seeds(text: str | None) -> list[dict[str, Any]]:
    """The settings that tell the runs apart: a seed each, or nothing where the config's own seed serves."""
    if text is None:
        return [{}]
    seeds = parse_value(f"[{text}]")
    if not isinstance(seeds, list) or not seeds or len(set(map(str, seeds))) < len(seeds):
        raise ConfigError(f"--seeds: expected different whole numbers such as 0,1,2, found {text!r}")
    return [{"seed": seed} for seed in seeds]


def _folder(config: RunConfig, out: Path | None, several: bool) -> Path:
    name = f"{config.name}-seed{config.seed}"
    if several:
        return (out or Path("runs")) / name
    return out or Path("runs") / name
