"""What finite differences can tell: the studies of reports S3 and S4, with the causes of what they saw.

S3 drew the error of a central difference against N, for steps 1/N, and it did not fall to 0. S4 compared two
numerical gradients by two measures of error, and found 52 % of the weights of the more accurate one wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradwright.nn import L2, Objective, ReLU, SoftmaxCrossEntropy, mlp

Array = NDArray[np.float64]

DECAY = 2e-3  # S3: the gradient holds DECAY * W; the loss that was differentiated did not hold its penalty
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 60, 700, 8000, 20000)  # N, from both lists of S3
ENTRIES = 10  # of one row of W2

STEP = 1e-5  # S4
THRESHOLD = 1e-6  # S4: an entry with a larger error, absolute or relative, counts as wrong


@dataclass(frozen=True, eq=False)
class Sample:
    """A loss of one random sample as a function of theta, with the claimed gradient."""

    objective: Objective
    theta: Array
    x: Array
    label: Array

    @classmethod
    def draw(cls, objective: Objective, features: int, seed: int) -> Sample:
        rng = np.random.default_rng(seed)
        theta = objective.layout.initialize(rng)
        return cls(objective, theta, rng.standard_normal((1, features)), np.array([3]))

    @property
    def gradient(self) -> Array:
        return self.objective.value_and_grad(self.theta, self.x, self.label)[1]

    def value(self, i: int, step: float) -> float:
        """The loss with one entry of theta moved."""
        theta = self.theta.copy()
        theta[i] += step
        return float(self.objective.value(theta, self.x, self.label))

    def central(self, i: int, step: float) -> float:
        """(f(theta + h e_i) - f(theta - h e_i)) / 2h, off by O(h^2): S4's slow method."""
        return (self.value(i, step) - self.value(i, -step)) / (2 * step)

    def forward(self, i: int, step: float) -> float:
        """(f(theta + h e_i) - f(theta)) / h, off by O(h): S4's fast method."""
        return (self.value(i, step) - self.value(i, 0)) / step


class Errors(NamedTuple):
    """The largest errors over the entries, for one N: with the penalty left out of the loss, and in it."""

    n: int
    left_out: float
    in_it: float


def s3_curve() -> tuple[list[Errors], float]:
    """The errors for each N, and the largest DECAY * |W| among the entries."""
    with_penalty = Objective(mlp(784, 64, 64, 10, activation=ReLU()), SoftmaxCrossEntropy(), L2(DECAY / 2))
    sample = Sample.draw(with_penalty, 784, seed=7899)
    bare = Sample(Objective(with_penalty.network, with_penalty.loss), sample.theta, sample.x, sample.label)
    claimed = sample.gradient

    start = next(slot.start for slot in with_penalty.layout.slots if slot.name == "2.weight")
    first_layer = sample.x @ with_penalty.layout.named(sample.theta)["0.weight"]
    active = int(np.flatnonzero(first_layer > 0)[0])  # the weights of a unit that is off test nothing
    entries = range(start + 64 * active, start + 64 * active + ENTRIES)

    def largest_error(one: Sample, step: float) -> float:
        return float(max(abs(one.central(i, step) - claimed[i]) for i in entries))

    curve = [Errors(n, largest_error(bare, 1 / n), largest_error(sample, 1 / n)) for n in COUNTS]
    return curve, DECAY * float(np.abs(sample.theta[entries]).max())


class Count(NamedTuple):
    """How many entries of each array have an error above the threshold."""

    method: str
    measure: str
    wrong: dict[str, int]


def s4_counts() -> tuple[list[Count], int]:
    """S4's four comparisons, then the last two with a planted fault; and how many units were active."""
    objective = Objective(mlp(20, 50, 10, activation=ReLU()), SoftmaxCrossEntropy())
    sample = Sample.draw(objective, 20, seed=0)
    claimed, entries = sample.gradient, range(len(sample.theta))
    forward = np.array([sample.forward(i, STEP) for i in entries])
    central = np.array([sample.central(i, STEP) for i in entries])
    methods = {
        "forward": forward,
        "central": central,
        "central, W not stepped back": np.where(objective.penalized, forward / 2, central),
    }
    counts = []
    for method, numeric in methods.items():
        difference = np.abs(numeric - claimed)
        size = np.maximum(np.abs(numeric) + np.abs(claimed), np.finfo(float).tiny)
        for measure, errors in (("absolute", difference), ("relative", difference / size)):
            wrong = objective.layout.named(errors > THRESHOLD)
            counts.append(Count(method, measure, {name: int(array.sum()) for name, array in wrong.items()}))
    hidden = sample.x @ objective.layout.named(sample.theta)["0.weight"]
    return counts, int((hidden > 0).sum())


def main() -> None:
    """Print both studies."""
    curve, floor = s3_curve()
    print("S3: the largest error of central differences with step 1/N, at ten weights\n")
    print(f"{'N':>6}  {'penalty left out':>16}  {'penalty in it':>13}")
    for row in curve:
        print(f"{row.n:6}  {row.left_out:16.2e}  {row.in_it:13.2e}")
    print(
        "\nTwo causes. The step is too large: the first ones lead over kinks of relu; after them, and\n"
        "with the penalty in it, the error falls as 1/N^2, as it should. The penalty was left out: then\n"
        f"it stays at {floor:.2e}, the largest {DECAY:g} x |W| of the ten weights, whatever N is.\n"
    )

    counts, active = s4_counts()
    print(f"S4: entries that differ by more than {THRESHOLD:g}, of a 20-50-10 network\n")
    print(
        f"{'method':27}  {'error':8}  {'W1 of 1000':>10}  {'b1 of 50':>8}  {'W2 of 500':>9}  {'b2 of 10':>8}"
    )
    for method, measure, wrong in counts:
        w1, b1, w2, b2 = wrong.values()
        print(f"{method:27}  {measure:8}  {w1:10}  {b1:8}  {w2:9}  {b2:8}")
    print(
        "\nThe forward difference fails by the relative measure alone: its error of O(h) is small, and so\n"
        "are many derivatives. The central one is right by both. In S4 it was wrong at 520 and 260 weights\n"
        "and at no bias: all weights of 26 active units, 26 x 20 and 26 x 10. A routine that forgets one of\n"
        f"its two steps with the weights leaves that very mark, here {active} x 20 and {active} x 10."
    )
