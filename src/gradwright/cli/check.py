"""``gradwright check``: the gradients of a config's network, or of a function or class in one's own file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter

from gradwright.cli.codes import FINE
from gradwright.cli.parameters import AsJson, DataDir, Settings, configure
from gradwright.errors import ConfigError
from gradwright.specs import suggestion

OWN_FILE = Group("A file of your own", sort_key=1)


def check(
    target: Annotated[
        str | None,
        Parameter(
            help="CONFIG.toml; or FILE.py:NAME, such as my_homework.py:loss_and_grad: a function that "
            "returns (loss, gradient) at a point, or a class with forward and backward"
        ),
    ] = None,
    /,
    *settings: Settings,
    samples: Annotated[int | None, Parameter(help="rows to check a config on, by default one batch")] = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, Parameter(help="of a config's run, or of the random directions")] = None,
    at: Annotated[
        str | None,
        Parameter(group=OWN_FILE, help="FILE.py:NAME of the point, or of a function that makes it"),
    ] = None,
    gradient: Annotated[
        str | None,
        Parameter(
            group=OWN_FILE, help="FILE.py:NAME of the gradient, if the function returns the loss alone"
        ),
    ] = None,
    max_evaluations: Annotated[
        int | None, Parameter(group=OWN_FILE, help="how often to call the function at most, by default 4000")
    ] = None,
    timeout: Annotated[
        float | None, Parameter(group=OWN_FILE, help="seconds for all of it, by default 60")
    ] = None,
    lab: Annotated[
        bool,
        Parameter(
            negative="", help="no target: judge the lab's planted faults, beside the checkers installed here"
        ),
    ] = False,
    full: Annotated[
        bool, Parameter(negative="", help="with --lab: ten times as many random gradients")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Check every gradient of a config's network, or one in a file of your own.

    Such as: gradwright check my_homework.py:loss_and_grad --at my_homework.py:point

    The exit code is 1 where a gradient is not found correct.
    """
    if lab or target is None:
        return _lab(target, settings, lab, full, as_json)
    seeded: dict[str, Any] = {} if seed is None else {"seed": seed}
    of_own_file = {"gradient": gradient, "max_evaluations": max_evaluations, "timeout": timeout}
    of_config = {"samples": samples, "data_dir": data_dir}
    if ".py:" in target or target.endswith(".py"):
        from gradwright.check.targets import Request
        from gradwright.cli.check_target import check_target

        if settings:
            known = {_flag(name): None for name in ("at", "seed", *of_own_file)}
            raise ConfigError(f"{target}: {settings[0]} is no option here{suggestion(settings[0], known)}")
        _refuse(of_config, f"a config, and {target} is none")
        return check_target(Request(target, at, **_given(of_own_file), **seeded), as_json)

    from gradwright.cli.check_config import check_config

    _refuse({"at": at} | of_own_file, f"FILE.py:NAME, and {target} is a config")
    return check_config(configure(Path(target), settings, **seeded), samples, data_dir, as_json)


def _lab(target: str | None, settings: tuple[str, ...], lab: bool, full: bool, as_json: bool) -> int:
    """Judge the lab's cases; the comparison is the result, whatever it says."""
    if not lab:
        raise ConfigError("check: expected CONFIG.toml, FILE.py:NAME or --lab, found none of them")
    if target is not None or settings:
        raise ConfigError(f"--lab: expected no target beside it, found {target or settings[0]!r}")
    from gradwright.check.lab import run_lab
    from gradwright.cli.output import note, say, say_json

    note("Judging planted faults and random gradients; this takes a minute or two.")
    result = run_lab(quick=not full)
    if as_json:
        say_json(result.to_dict())
    else:
        say(str(result))
    return FINE


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, Any], whose: str) -> None:
    for name in _given(options):
        raise ConfigError(f"{_flag(name)} is an option of {whose}")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
