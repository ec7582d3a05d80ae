"""``gradwright check``: gradients of a config's network or of one's own file, and the grades of a class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from gradwright.cli.parameters import AsJson, DataDir, Settings, configure
from gradwright.errors import ConfigError
from gradwright.specs import suggestion

OWN_FILE = Group("A file of your own", sort_key=1)
GRADING = Group("Grading a class", sort_key=2)


def check(
    target: Annotated[
        str | None,
        Parameter(
            help="CONFIG.toml; FILE.py, of which all is checked that is found; or FILE.py:NAME, such as "
            "my_homework.py:loss_and_grad: a function that returns (loss, gradient), a class with forward "
            "and backward, or affine of affine_forward and affine_backward; also several"
        ),
    ] = None,
    /,
    *settings: Settings,
    samples: Annotated[int | None, Parameter(help="rows to check a config on, by default one batch")] = None,
    data_dir: DataDir = None,
    seed: Annotated[int | None, Parameter(help="of a config's run, or of the random directions")] = None,
    at: Annotated[
        str | None,
        Parameter(
            group=OWN_FILE,
            help="FILE.py:NAME of the point, or of a function that makes it; else found or made",
        ),
    ] = None,
    gradient: Annotated[
        str | None,
        Parameter(
            group=OWN_FILE, help="FILE.py:NAME of the gradient, if the function returns the loss alone"
        ),
    ] = None,
    invariants: Annotated[
        bool,
        Parameter(
            group=OWN_FILE,
            negative="",
            show_default=False,
            help="of a class with forward and backward, whose rows of x are samples: also what must hold "
            "beside derivatives, such as that a batch is its rows",
        ),
    ] = False,
    max_evaluations: Annotated[
        int | None, Parameter(group=OWN_FILE, help="how often to call the function at most, by default 4000")
    ] = None,
    tolerance: Annotated[
        float | None,
        Parameter(group=OWN_FILE, help="of the gradient's size: a difference that is let pass, by default 0"),
    ] = None,
    timeout: Annotated[
        float | None, Parameter(group=OWN_FILE, help="seconds for all of it, by default 60")
    ] = None,
    grade: Annotated[
        Path | None,
        Parameter(
            group=GRADING,
            help="RUBRIC.toml; the targets are the submissions: files, notebooks, folders, or one of all",
        ),
    ] = None,
    jobs: Annotated[int, Parameter(group=GRADING, help="how many submissions to grade side by side")] = 1,
    out: Annotated[
        Path | None,
        Parameter(group=GRADING, help="a new file to write the grades to as they come, as results.json"),
    ] = None,
    layout: Annotated[
        Literal["gradescope", "prairielearn", "otter", "junit"],
        Parameter(name="--format", group=GRADING, help="the layout of --out"),
    ] = "gradescope",
    summary: Annotated[
        Path | None,
        Parameter(group=GRADING, help="a new file in CSV: a line a submission, with its points by item"),
    ] = None,
    overwrite: Annotated[
        bool, Parameter(group=GRADING, negative="", help="with --out: replace a file that is there")
    ] = False,
    resume: Annotated[
        bool, Parameter(group=GRADING, negative="", help="with --out: grade those that it does not have")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Check every gradient of a config's network, or one in a file of your own; or grade a class.

    Such as: gradwright check my_homework.py:loss_and_grad --at my_homework.py:point

    The exit code is 1 where a gradient is not found correct; with --grade it is 0, whatever the grades.
    """
    if grade is not None:
        from gradwright.cli.grade import Grading, grade_submissions

        others: dict[str, Any] = {"samples": samples, "data_dir": data_dir, "at": at, "gradient": gradient}
        others |= {"max_evaluations": max_evaluations, "tolerance": tolerance, "timeout": timeout}
        _refuse(others, "another check, not of --grade")
        submissions = [target or "", *settings] if target or settings else []
        given = Grading(
            grade, submissions, seed, jobs, out, layout, summary, overwrite, resume, as_json=as_json
        )
        return grade_submissions(given)
    of_grading: dict[str, Any] = {"out": out, "summary": summary, "jobs": jobs if jobs != 1 else None}
    of_grading |= {"overwrite": overwrite or None, "resume": resume or None}
    of_grading |= {"format": layout if layout != "gradescope" else None}
    _refuse(of_grading, "--grade RUBRIC.toml")
    if target is None:
        raise ConfigError("check: expected CONFIG.toml or FILE.py:NAME, found neither")
    seeded: dict[str, Any] = {} if seed is None else {"seed": seed}
    of_own_file = {
        "gradient": gradient,
        "invariants": invariants or None,
        "max_evaluations": max_evaluations,
        "tolerance": tolerance,
        "timeout": timeout,
    }
    of_config = {"samples": samples, "data_dir": data_dir}
    if ".py:" in target or target.endswith(".py"):
        from gradwright.cli.check_target import check_target
        from gradwright.usercode import Request

        names = [target, *settings]
        if at is None and (settings or target.endswith(".py")) and all(map(_in_a_file, names)):
            from gradwright.cli.check_file import check_names

            _refuse(
                of_config | {"gradient": gradient, "invariants": invariants or None}, "one name with --at"
            )
            limits = {"max_evaluations": max_evaluations, "timeout": timeout}
            return check_names(names, _given(limits) | seeded, as_json)
        if settings:
            known = {_flag(name): None for name in ("at", "seed", *of_own_file)}
            raise ConfigError(f"{target}: {settings[0]} is no option here{suggestion(settings[0], known)}")
        _refuse(of_config, f"a config, and {target} is none")
        return check_target(Request(target, at, **_given(of_own_file), **seeded), as_json)

    from gradwright.cli.check_config import check_config

    _refuse({"at": at} | of_own_file, f"FILE.py:NAME, and {target} is a config")
    return check_config(configure(Path(target), settings, **seeded), samples, data_dir, as_json)


def _in_a_file(target: str) -> bool:
    return not target.startswith("--") and (".py:" in target or target.endswith(".py"))


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _refuse(options: Mapping[str, Any], whose: str) -> None:
    for name in _given(options):
        raise ConfigError(f"{_flag(name)} is an option of {whose}")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
