"""What the report says about one run, as values: words, numbers, tables and pictures, but no page yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gradwright.check import NetworkCheck
from gradwright.check.present.wording import headline, measurements
from gradwright.show.answers import Answers, answers_of
from gradwright.show.columns import ColumnsPart, columns_of
from gradwright.show.pictures import Picture, rate_picture, run_pictures, taylor_picture
from gradwright.show.results import ceiling_of, epochs_of
from gradwright.show.run_figures import again
from gradwright.show.tables import (
    Reported,
    data_table,
    epochs_table,
    gradients_table,
    invariants_table,
    layers_table,
    splits_table,
    taylor_table,
)
from gradwright.show.wording import accuracy_text, count_text, duration_text, metric_text, size_text
from gradwright.tables import Table
from gradwright.training import Run, config_to_toml
from gradwright.training.remarks import remarks

Facts = dict[str, str]


@dataclass(frozen=True)
class Tile:
    """One number that is shown large."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class CheckPart:
    """The gradient check of a run: its verdict, its tables and its picture."""

    passed: bool
    verdict: str
    parameters: Table
    measured: Facts
    invariants: Table | None
    taylor: Table
    picture: Picture


@dataclass(frozen=True)
class Section:
    """Everything that the page shows of one run."""

    anchor: str
    title: str
    status: str
    summary: str
    recipe: str
    warning: str
    tiles: tuple[Tile, ...]
    results: Table
    measured: str
    pictures: tuple[Picture, ...]
    rate: Picture | None
    check: CheckPart | None
    unchecked: str
    answers: Answers | None
    columns: ColumnsPart | None
    layers: Table
    epochs: Table
    data: Table
    data_facts: Facts
    config: str
    again: str
    unsaved: str
    needs_arrays: bool
    environment: Facts


def section_of(
    run: Run,
    *,
    anchor: str,
    title: str,
    folder: str,
    saved: bool,
    check: NetworkCheck | None,
    reported: Reported,
    alone: bool = True,
) -> Section:
    """All about one run; ``anchor`` names it within the page and keeps its pictures' identifiers apart.

    ``folder`` is where the run lies, or, where it was not ``saved``, a word that stands for it. Of a run that
    is not ``alone``, but part of a model, answers and columns are shown with the others.
    """
    return Section(
        anchor=anchor,
        title=title,
        status=run.status,
        summary=_summary(run),
        recipe=_recipe(run),
        warning=_warning(run),
        tiles=_tiles(run, check, reported),
        results=splits_table(run, reported),
        measured=_measured(run, reported),
        pictures=run_pictures(run, anchor, folder, reported),
        rate=rate_picture(run, anchor, folder),
        check=None if check is None else _check_part(check, anchor, folder),
        unchecked="" if check is not None else _unchecked(run, folder),
        answers=answers_of(run, folder, anchor) if alone else None,
        columns=columns_of(run, anchor, folder) if alone else None,
        layers=layers_table(run),
        epochs=epochs_table(run.history),
        data=data_table(run),
        data_facts=_data_facts(run.data),
        config=config_to_toml(run.config),
        again=_again(run),
        unsaved="" if saved else folder,
        needs_arrays=run.config.data is None,
        environment=_environment_facts(run.environment),
    )


def _summary(run: Run) -> str:
    """What was trained, on what, for how long."""
    epochs, steps = epochs_of(run), run.history[-1].step
    return (
        f"{count_text(run.theta.size, 'parameter')}, trained on {run.data['name']} for "
        f"{count_text(epochs, 'epoch')} ({count_text(steps, 'step')}) in {duration_text(run.seconds)}."
    )


def _recipe(run: Run) -> str:
    """The settings that one asks for first."""
    config = run.config
    penalty = "" if config.penalty is None else f" plus {config.penalty}"
    batches = "all rows in each step" if config.batch_size is None else f"batches of {config.batch_size}"
    return (
        f"{type(config.loss).__name__}{penalty}, {config.optimizer}, {config.learning_rate}, "
        f"{batches}, {config.dtype}, seed {config.seed}"
    )


def _warning(run: Run) -> str:
    """What a reader must know before believing the numbers; empty where there is nothing."""
    done = epochs_of(run)
    where = f"in epoch {done + 1} of {run.config.epochs}"
    if run.status == "interrupted":
        return (
            f"This run was interrupted {where}. Its results are those of the parameters at that moment; its "
            f"curves end with epoch {done}."
        )
    if run.status == "diverged":
        return (
            f"This run broke {where}: {run.message} All that follows is of epoch {done}, its last whole one."
        )
    return " ".join(map(str, remarks(run)))


def _tiles(run: Run, check: NetworkCheck | None, reported: Reported) -> tuple[Tile, ...]:
    """The result on unseen rows if there are any, what to hold it against, and the verdict on gradients."""
    split = next(name for name in ("test", "validation", "train") if name in run.metrics)
    metric = "accuracy" if "accuracy" in run.metrics[split] else "loss"
    tiles = [Tile(f"{split} {metric}", metric_text(metric, run.metrics[split][metric]))]
    said = reported.get(f"{split}_{metric}")
    if said is not None:
        tiles.append(Tile("reported", metric_text(metric, said), f"{split} {metric}"))
    ceiling = ceiling_of(run)
    if ceiling is not None:
        tiles.append(Tile("ceiling", accuracy_text(ceiling), "validation accuracy of the Bayes rule"))
    if check is not None:
        kept = check.invariants is None or check.invariants.passed
        verdict = f"{check.gradient.verdict}{'' if kept else ', an invariant is broken'}"
        checked = f"{count_text(len(check.gradient.parameters), 'parameter array')} checked"
        tiles.append(Tile("gradients", verdict, checked))
    else:
        tiles.append(Tile("gradients", "not checked"))
    return tuple(tiles)


def _unchecked(run: Run, folder: str) -> str:
    """How to check the gradients of a run that has no check."""
    if run.config.data is None:
        return "gradwright.check.check_network(run.objective, run.theta, x, y)"
    return again([folder], "check")


def _measured(run: Run, reported: Reported) -> str:
    """How to read the table of results."""
    best = run.history.best(run.config.monitored)
    kept = "the last step"
    if run.status == "diverged":
        kept = f"epoch {epochs_of(run)}"
    elif run.config.keep == "best" and run.status != "interrupted" and best is not None:
        kept = f"epoch {run.history[best].epoch}, the best by {run.config.monitor}"
    text = f"Means over all rows of a split, with the parameters after {kept}."
    if ceiling_of(run) is not None:
        text += " Ceiling: the validation accuracy of the Bayes rule, which only chance passes."
    if run.openings:
        first = run.openings[0].time
        text += f" The test set was opened {count_text(len(run.openings), 'time')}, first at {first}."
    if "source" in reported:
        text += f" Reported: {reported['source']}."
    return text


def _check_part(check: NetworkCheck, anchor: str, folder: str) -> CheckPart:
    broken = () if check.invariants is None else check.invariants.failed
    kept = f" Broken invariants: {', '.join(broken)}." if broken else ""
    return CheckPart(
        passed=check.passed,
        verdict=f"{headline(check.gradient)}{kept}",
        parameters=gradients_table(check),
        measured=dict(measurements(check.gradient)),
        invariants=None if check.invariants is None else invariants_table(check.invariants),
        taylor=taylor_table(check.gradient),
        picture=taylor_picture(check.gradient, anchor, folder),
    )


def _data_facts(data: Mapping[str, Any]) -> Facts:
    facts = {"name": data["name"], "source": data["source"]}
    if data["classes"]:
        facts["classes"] = ", ".join(data["classes"])
    return facts | {"in memory": size_text(data["bytes"]), "SHA-256": data["checksum"]}


def _environment_facts(environment: Mapping[str, Any]) -> Facts:
    return {
        name: "; ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in environment.items()
        if value
    }


def _again(run: Run) -> str:
    """The command, or the line of Python, that makes the run again from the settings in ``config.toml``."""
    if run.config.data is not None:
        return "gradwright train config.toml"
    return 'gradwright.train(gradwright.training.read_config("config.toml"), data)'
