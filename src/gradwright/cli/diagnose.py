"""``gradwright diagnose``: a config before it is trained, or a run after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.progress import MofNCompleteColumn

from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Settings, configure
from gradwright.cli.progress import progress
from gradwright.diagnosis import diagnose as diagnose_config
from gradwright.diagnosis import diagnose_run
from gradwright.diagnosis.examine import STAGES
from gradwright.errors import ConfigError
from gradwright.training import load_data, load_run


def diagnose(
    target: Annotated[Path, Parameter(help="CONFIG.toml, seen at its initial parameters; or a run's folder")],
    /,
    *settings: Settings,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> int:
    """Tell what is wrong with a config, at its initial parameters, or with a run, at those that it kept.

    Activations and gradients by layer, the learning rates really used, and the losses of a guess, of the best
    constant and of the best linear model, against which a loss means something.

    The exit code is 0 where nothing is found and 1 where something is.
    """
    if target.is_dir():
        if settings:
            raise ConfigError(f"{target}: a run has its settings already, found {settings[0]!r}")
        run = load_run(target)
        with _told() as watch:
            found = diagnose_run(run, data_dir=data_dir, watch=watch)
    else:
        config = configure(target, settings)
        data = load_data(config, data_dir)
        with _told() as watch:
            found = diagnose_config(config, data, watch=watch)
    if as_json:
        say_json(found.to_dict())
    else:
        say(str(found))
    return FINE if found.healthy else FAILED


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """What is under way, on the terminal while it is; of a very wide network each takes a while."""
    with progress("", len(STAGES), MofNCompleteColumn()) as bar:
        yield lambda stage: bar.update(bar.task_ids[0], description=stage, completed=STAGES.index(stage))
