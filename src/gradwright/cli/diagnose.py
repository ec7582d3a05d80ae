"""``gradwright diagnose``: what is wrong with a config or its run, and the cure that was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import MofNCompleteColumn

from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import note, say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Overwrite, Settings, configure
from gradwright.cli.progress import progress
from gradwright.diagnosis import Diagnosis, diagnose_run, write_page
from gradwright.diagnosis import diagnose as diagnose_config
from gradwright.diagnosis.diagnose import BUDGET, TRIALS
from gradwright.diagnosis.examine import STAGES
from gradwright.diagnosis.healed import healed_toml
from gradwright.errors import ConfigError, RecordError
from gradwright.outputs import require_place, write_output
from gradwright.training import load_data, load_run, read_config
from gradwright.training.folder import CONFIG

ALL = (*STAGES, TRIALS)


def diagnose(
    target: Annotated[Path, Parameter(help="CONFIG.toml, before it is trained; or a run's folder")],
    /,
    *settings: Settings,
    budget: Annotated[
        float, Parameter(help="seconds for all of it; with 0 nothing is trained, and findings alone are told")
    ] = BUDGET,
    fix: Annotated[Path | None, Parameter(help="write the healed config to this new file")] = None,
    page: Annotated[Path | None, Parameter(help="write a page with pictures to this new file")] = None,
    overwrite: Overwrite = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int:
    """Tell what is wrong with a config or a run, why, and what cures it.

    First what can be seen: activations and gradients by layer, the learning rates really used, and the losses
    of a guess, of the best constant and of the best linear model. Then the config is trained, and beside it,
    within the budget, what might cure it: a cause is named where its cure helped on rows that were not
    trained on, over several seeds. Ctrl-C ends the trials and tells what was found by then.

    The exit code is 0 where nothing is wrong and 1 where something is.
    """
    if page is not None:
        require_place(page, overwrite=overwrite)
    if fix is not None:
        require_place(fix, overwrite=overwrite)
        if not budget:
            raise ConfigError("--fix: a cure has to be tried, expected a budget above 0, found 0")
    found = _of_run(target, settings, budget, data_dir) if target.is_dir() else None
    if found is None:
        broken = target.is_dir()
        config = read_config(target / CONFIG, links=False) if broken else configure(target, settings)
        data = load_data(config, data_dir)
        with _told() as watch:
            found = diagnose_config(config, data, budget=budget, watch=watch)
    if as_json:
        say_json(found.to_dict())
    else:
        say(str(found))
    if page is not None:
        write_page(found, page, overwrite=overwrite)
        note(f"The page is in {page}.")
    if fix is not None and found.cure is not None:
        write_output(fix, healed_toml(found), overwrite=overwrite)
        note(f"The healed config is in {fix}; gradwright train {fix} trains it.")
    elif fix is not None:
        note(f"{fix} was not written: nothing that was tried was proven to help.")
    return FINE if found.healthy else FAILED


def _of_run(
    folder: Path, settings: tuple[str, ...], budget: float, data_dir: Path | None
) -> Diagnosis | None:
    """That of the run in a folder; None where it is no whole run, and its config has to serve.

    Raises ``RecordError`` where there is no config either.
    """
    if settings:
        raise ConfigError(f"{folder}: a run has its settings already, found {settings[0]!r}")
    try:
        run = load_run(folder)
    except RecordError as error:
        if not (folder / CONFIG).exists():
            raise
        note(f"{error}\nWhat follows is said of its config, {folder / CONFIG}, before it is trained.")
        return None
    with _told() as watch:
        return diagnose_run(run, data_dir=data_dir, budget=budget, watch=watch)


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """What is under way, on the terminal while it is; of a very wide network each takes a while."""
    with progress("", len(ALL), MofNCompleteColumn()) as bar:
        yield lambda stage: bar.update(bar.task_ids[0], description=stage, completed=ALL.index(stage))
