"""When one training is worse than another: on the same seeds, by more than chance, enough to matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from gradwright.bench.doctor.trial import judged_rows
from gradwright.data import Dataset
from gradwright.nn import Loss
from gradwright.studies.estimate import Estimate
from gradwright.training.constant_answer import known_constant, measure_constant, outputs_of

LEAST = 0.02  # of error: two rows in a hundred, or two points of R2
SHARE = 0.05  # of what a sound training gains over the best constant answer
EFFECT = (
    0.5  # Cohen's d of the paired differences, as in DeepCrime (Humbatova, Jahangirova and Tonella, 2021)
)


def material(error: float, constant: float) -> float:
    """By how much an error must differ from a sound one to matter.

    >>> material(0.1, 0.8), material(0.45, 0.5)
    (0.035..., 0.02)
    """
    return max(LEAST, SHARE * (constant - error))


@dataclass(frozen=True)
class Differences:
    """Paired differences over seeds, positive where the second of each pair is worse."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, first: Sequence[float], second: Sequence[float]) -> Differences:
        """second - first, seed by seed."""
        return cls(tuple(b - a for a, b in zip(first, second, strict=True)))

    @property
    def mean(self) -> float:
        return fmean(self.values)

    @property
    def interval(self) -> tuple[float, float]:
        """Student's, at 95 %: what it leaves out is rejected at p < .05."""
        estimate = Estimate.of(self.values)
        return estimate.interval or (estimate.mean, estimate.mean)

    @property
    def effect(self) -> float:
        """Cohen's d, the mean over the deviation of the differences; infinite where all are the same."""
        sd = Estimate.of(self.values).sd
        return self.mean / sd if sd else np.inf * np.sign(self.mean) if self.mean else 0.0

    def is_worse_by(self, least: float) -> bool:
        """Whether the second is worse: p < .05, d >= .5, and by at least so much in the mean."""
        return self.interval[0] > 0 and self.effect >= EFFECT and self.mean >= least

    def is_decided(self, least: float) -> bool:
        """Whether more seeds would hardly change the answer: the interval lies on one side of ``least``."""
        low, high = self.interval
        return low > least or high < least


def constant_loss(data: Dataset, loss: Loss) -> float:
    """What the best constant answer costs on the test rows; NaN where it is not known in closed form."""
    answer = known_constant(data.train.y, loss, outputs_of(data, loss), data.train.weights)
    return np.nan if answer is None else measure_constant(loss, answer, judged_rows(data))["loss"]
