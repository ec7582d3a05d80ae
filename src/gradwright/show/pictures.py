"""The pictures of the report: figures made ready for a page, each with words for those who do not see it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gradwright.check import GradientReport
from gradwright.check.present.wording import headline
from gradwright.show.figures import (
    decision_regions,
    has_regions,
    inline_svg,
    learning_curves,
    learning_rate,
    png_uri,
)
from gradwright.show.results import labels
from gradwright.show.run_figures import again, curves_of, rates_of
from gradwright.show.tables import Reported
from gradwright.training import Run


@dataclass(frozen=True)
class Picture:
    """A figure as an <svg> element or as the address of a PNG, with its caption and its description.

    ``again`` is the command that makes it again, and a ``wide`` figure wants the whole width of the page.
    """

    caption: str
    description: str
    svg: str = ""
    png: str = ""
    again: str = ""
    wide: bool = False


def run_pictures(run: Run, anchor: str, folder: str, reported: Reported) -> tuple[Picture, ...]:
    """What came of a run: its curves and, where it is a classifier of the plane, its decision regions.

    ``folder`` is where the run lies, for the commands.
    """
    regions = [_regions(run, folder)] if has_regions(run) else []
    return (_curves(run, anchor, folder, reported), *regions)


def rate_picture(run: Run, anchor: str, folder: str) -> Picture | None:
    """The learning rate that the run used; None for a run without an epoch."""
    seen = rates_of(run)
    if seen is None:
        return None
    text = f"Learning rate over {run.history[-1].epoch} epochs, at most {seen.peak:.3g}."
    return Picture(
        caption=f"The learning rate of each step: {run.config.learning_rate}.",
        description=text,
        svg=inline_svg(learning_rate(seen), f"{anchor}-rate", text),
        again=again([folder], "rate"),
    )


def curves_together(runs: list[Run], folders: list[str]) -> Picture:
    """The curves of several runs in one figure."""
    text = f"Learning curves of {', '.join(labels(runs))}."
    return Picture(
        caption="All runs: training solid, validation dashed.",
        description=text,
        svg=inline_svg(learning_curves(runs), "all-curves", text),
        again=again(folders, "curves"),
    )


def taylor_picture(gradient: GradientReport, anchor: str, folder: str) -> Picture:
    """The Taylor remainders of a gradient against the step."""
    text = f"Both Taylor remainders against the step, on logarithmic axes: {headline(gradient)}"
    return Picture(
        caption="A right gradient leaves a second remainder of slope 2, a wrong one of slope 1.",
        description=text,
        svg=inline_svg(gradient.plot(), f"{anchor}-taylor", text),
        again=again([folder], "check"),
    )


def _curves(run: Run, anchor: str, folder: str, reported: Reported) -> Picture:
    losses, epochs = run.history.training_losses, run.history[-1].epoch
    known = [loss for loss in losses if not math.isnan(loss)] or [math.nan]
    what, zoom = "Loss", ""
    if "accuracy" in run.metrics["train"]:
        what, zoom = "Loss and accuracy", " The accuracy axis begins where the curves have settled."
    text = (
        f"{what} against the epoch: the training loss goes from {known[0]:.4g} "
        f"to {known[-1]:.4g} in {epochs} epochs."
    )
    return Picture(
        caption=f"After each epoch, on parameters that stand still; epoch 0 is before the first step.{zoom}",
        description=text,
        svg=inline_svg(curves_of(run, reported), f"{anchor}-curves", text),
        again=again([folder], "curves"),
    )


def _regions(run: Run, folder: str) -> Picture:
    assert run.sample is not None
    rows = len(run.sample[0])
    return Picture(
        caption=f"What the network answers in the plane, and the true classes of {rows:,} sample rows.",
        description=f"Decision regions of {len(run.data['classes'])} classes with {rows} sample points.",
        png=png_uri(decision_regions(run)),
        again=again([folder], "regions"),
    )
