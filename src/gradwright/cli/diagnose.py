"""``gradwright diagnose``: a config before it is trained, or a run after it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import say, say_json
from gradwright.cli.parameters import AsJson, DataDir, Settings, configure
from gradwright.diagnosis import diagnose as diagnose_config
from gradwright.diagnosis import diagnose_run
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
        found = diagnose_run(load_run(target), data_dir=data_dir)
    else:
        config = configure(target, settings)
        found = diagnose_config(config, load_data(config, data_dir))
    if as_json:
        say_json(found.to_dict())
    else:
        say(str(found))
    return FINE if found.healthy else FAILED
