"""What must be said of a run that ended, beside its numbers: a pure function of its record.

Only what the record shows is said, as it is; why it is so is what ``gradwright diagnose`` looks for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gradwright.nn import OfClasses
from gradwright.training.constant_answer import constant_words
from gradwright.training.run import Run

GREW = 10.0  # times the loss before the first step
LEARNED = 0.01  # of the loss of a constant answer; less than that is what chance gives


@dataclass(frozen=True)
class Remark:
    """One thing to know of a run: its kind, such as "diverged", and the sentence."""

    kind: str
    text: str

    def __str__(self) -> str:
        return self.text


def remarks(run: Run) -> tuple[Remark, ...]:
    """Whether a run diverged, learned less than a constant answer, ended early, or has outputs to spare.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 8, 2), data, epochs=1, learning_rate=1e9, progress=False)
    >>> [remark.kind for remark in remarks(run)]
    ['diverged']
    """
    return (*_of_losses(run), *_of_the_end(run), *_of_outputs(run))


def advice(where: Path | str | None) -> str:
    """Where to look, for the folder of a run, or None for one that is in memory alone.

    >>> advice("runs/peaks-seed0")
    'To look into it: gradwright diagnose runs/peaks-seed0'
    """
    if where is None:
        return "To look into it: run.diagnose(data)"
    return f"To look into it: gradwright diagnose {where}"


def _of_losses(run: Run) -> Iterator[Remark]:
    if run.status == "diverged":
        yield Remark("diverged", run.message)
        return
    if run.history[-1].epoch == 0 or run.status == "interrupted":
        return
    if grown := _growth(run):
        yield Remark("diverged", grown)
        return
    for split in ("train", "validation"):
        worse = _behind_a_constant(run, split)
        if worse:
            yield Remark("behind a constant", worse)
            return


def _growth(run: Run) -> str:
    """The sentence on a training loss that grew far above where it began; empty where it did not."""
    last, constant = run.metrics["train"]["loss"], run.constant.get("train", {}).get("loss")
    start = run.history[0]
    measured = (start.metric("train.loss"), start.metric("validation.loss"), constant)
    first = next((loss for loss in measured if loss is not None), math.inf)
    if last <= GREW * first or (constant is not None and last <= constant):
        return ""
    return f"The run diverged: its training loss grew to {last:.4g}, from about {first:.4g} at the start."


def _behind_a_constant(run: Run, split: str) -> str:
    """The sentence on a split that a constant answer serves as well; empty where none does."""
    if split not in run.constant or split not in run.metrics:
        return ""
    reached, constant = run.metrics[split], run.constant[split]
    name = "training" if split == "train" else split
    answer = _constant_answer(run)
    if split == "train" and not reached["loss"] < (1 - LEARNED) * constant["loss"]:
        numbers = f"{reached['loss']:.4g}, is no better than the {constant['loss']:.4g}"
        return f"The training loss, {numbers} of {answer}."
    if "accuracy" in reached and reached["accuracy"] <= constant["accuracy"]:
        return (
            f"The {name} accuracy, {reached['accuracy']:.2%}, is no better than the "
            f"{constant['accuracy']:.2%} of {answer}."
        )
    if reached["loss"] > constant["loss"]:
        return (
            f"The {name} loss, {reached['loss']:.4g}, is worse than the {constant['loss']:.4g} of {answer}."
        )
    return ""


def _constant_answer(run: Run) -> str:
    return f"answering every row with {constant_words(run.config.objective.loss)}"


def _of_the_end(run: Run) -> Iterator[Remark]:
    config, last = run.config, run.history[-1].epoch
    if run.status == "converged":
        why = f"{type(config.optimizer).__name__} found no step that makes the objective smaller"
        ended = f"Converged, after epoch {last} of {config.epochs}"
        yield Remark("converged", f"{ended}: {why}, in the digits of {config.dtype}.")
    if run.status != "stopped early":
        return
    ended = f"Stopped early, after epoch {last} of {config.epochs}"
    if config.early_stopping is None:
        yield Remark("stopped early", f"{ended}: a callback said so.")
        return
    best = run.history.best(config.monitored)
    at = "" if best is None else f" The best was epoch {run.history[best].epoch};"
    kept = "its parameters were kept" if config.keep == "best" else f"those of epoch {last} were kept"
    why = f"{config.monitor} did not become better for {config.early_stopping.patience} epochs"
    yield Remark("stopped early", f"{ended}: {why}.{at} {kept}.")


def _of_outputs(run: Run) -> Iterator[Remark]:
    outputs = run.config.network.output_features(run.data["in_features"])
    classes = len(run.data["classes"])
    if isinstance(run.config.objective.loss, OfClasses) and outputs is not None and 0 < classes < outputs:
        yield Remark(
            "outputs to spare",
            f"The network has {outputs} outputs and the data {classes} classes: no row asks for the rest.",
        )
