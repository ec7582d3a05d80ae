"""A comparison in sentences: what was found, and what the seeds do not allow to say."""

from __future__ import annotations

from collections.abc import Sequence

from gradwright.show.wording import count_text, metric_text
from gradwright.studies.compare import FEW_SEEDS, Comparison
from gradwright.studies.configurations import Configuration
from gradwright.studies.estimate import CONFIDENCE, Estimate
from gradwright.studies.sealed import StudyOpening
from gradwright.studies.statistics import MOST_SEEDS, POWER


def findings(comparison: Comparison, opened: Sequence[StudyOpening] = ()) -> list[str]:
    """What can be said of a study, each in a sentence or two, the most important first."""
    winner, estimate = comparison.winner, estimate_of(comparison.winner)
    mean, seeds = value_text_of(comparison, estimate.mean), count_text(estimate.count, "seed")
    found = [f"The best mean of {comparison.metric} is {mean} with {winner.name}, over {seeds}."]
    found.append(_told_apart(comparison))
    found += _looks(comparison)
    if comparison.corrected is not None and len(comparison.standings) > 1:
        corrected = value_text_of(comparison, comparison.corrected)
        found.append(
            f"Chosen by all seeds but one and read on that one, the best comes to {corrected}: expect that "
            f"of new seeds, for the best of many means flatters itself."
        )
    if 1 < estimate.count < FEW_SEEDS:
        found.append(
            f"{estimate.count} seeds are few: the intervals lean on a normal distribution that so few "
            f"numbers cannot confirm."
        )
    if comparison.row_deviation is not None:
        found.append(
            f"An accuracy counted on {comparison.rows:,} rows has a standard deviation of "
            f"{100 * comparison.row_deviation:.2f} points by the choice of rows alone"
            + ("" if estimate.sd is None else f", beside {100 * estimate.sd:.2f} by the seeds")
            + ". All runs share these rows, and no number of seeds removes that noise."
        )
    return [*found, sealed_text(opened)]


def sealed_text(opened: Sequence[StudyOpening]) -> str:
    """Whether the test set is still sealed."""
    if not opened:
        return "The test set is sealed: no run was measured on it, and nothing was chosen by it."
    times = "once" if len(opened) == 1 else f"{len(opened)} times; only the first is free of hindsight"
    return f"The test set was opened {times}."


def _told_apart(comparison: Comparison) -> str:
    every, contenders = len(comparison.standings), len(comparison.contenders)
    seeds = estimate_of(comparison.winner).count
    if every == 1:
        return "There is nothing to compare it with."
    if seeds < 2:
        return "Each configuration has a single run: nothing can be told apart. Repeat them with more seeds."
    if contenders == 1:
        return f"With {CONFIDENCE:.0%} confidence it is the best of the {every:,}."
    text = f"With {CONFIDENCE:.0%} confidence the best of the {every:,} is among {contenders:,}"
    text += " that cannot be told apart"
    if not any(needed <= MOST_SEEDS for needed in _needed(comparison)):
        return f"{text}; {MOST_SEEDS:,} seeds would not do it if the means are as they seem."
    return (
        f"{text}. If the means are as they seem, {min(_needed(comparison)):,} seeds would tell one of them "
        f"from the best, with a chance of {POWER:.0%}."
    )


def _looks(comparison: Comparison) -> list[str]:
    """What this look may say, where it is not the one that was planned."""
    share = comparison.share
    if share is None or share.kind == "planned":
        return []
    what = "is not complete" if share.kind == "early" else "was compared before, and then extended"
    times = "" if share.number == 1 else f", and looked at for the {share.number}. time like that"
    return [
        f"The study {what}{times}: a difference has to show at {100 * comparison.error:.2g}% here in place "
        f"of {1 - CONFIDENCE:.0%}, so that looking often does not make winners."
    ]


def _needed(comparison: Comparison) -> list[int]:
    return [each.seeds for each in comparison.standings if each.seeds is not None]


def value_text_of(comparison: Comparison, value: float) -> str:
    """A value of the metric that is compared."""
    return metric_text(comparison.metric.name, value)


def estimate_of(configuration: Configuration) -> Estimate:
    """The estimate of a configuration that is compared: it has finished runs."""
    assert configuration.estimate is not None
    return configuration.estimate
