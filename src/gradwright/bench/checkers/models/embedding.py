"""An embedding whose rows are averaged over a short text and classified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, WORDS, VOCABULARY, WIDTH, CLASSES = 8, 5, 9, 4, 3


@dataclass(frozen=True, eq=False)
class Embedding:
    """tanh(mean over words of E[token]) W        tokens (m, w), E (vocabulary, d), W (d, c)

    More words than the vocabulary holds: every token comes back, and its row must gather all its errors.
    """

    point: Point
    tokens: Array
    labels: Array

    name: ClassVar[str] = "embedding"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("repeated tokens assigned, not added"),
        Fault.of("rows off by one", Cause.OFF_BY_ONE),
        Fault.of("sum over the words, not the mean", Cause.MISSING_MEAN, Cause.SUM_FOR_MEAN),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Embedding:
        return cls(
            point=normal(rng, dtype, E=(VOCABULARY, WIDTH), W=(WIDTH, CLASSES)),
            tokens=rng.integers(VOCABULARY, size=(SAMPLES, WORDS)),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def hidden(self, p: Point) -> Array:
        return np.asarray(np.tanh(p["E"][self.tokens].mean(axis=1)))

    def value(self, p: Point) -> Any:
        return cross_entropy(self.hidden(p) @ p["W"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        h = self.hidden(p)
        delta = cross_entropy_slope(h @ p["W"], self.labels)
        d_mean = delta @ p["W"].T * (1 - h**2)
        d_word = d_mean if fault == "sum over the words, not the mean" else d_mean / WORDS
        d_words = np.broadcast_to(d_word[:, None], (*self.tokens.shape, WIDTH))

        dE = np.zeros_like(p["E"])
        if fault == "repeated tokens assigned, not added":
            dE[self.tokens] = d_words
        elif fault == "rows off by one":
            np.add.at(dE, (self.tokens + 1) % VOCABULARY, d_words)
        else:
            np.add.at(dE, self.tokens, d_words)
        return {"E": dE, "W": h.T @ delta}
