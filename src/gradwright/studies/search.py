"""Searches: where in a space to look next, as a conversation with whoever carries out the runs.

A search yields a batch of points and is sent their scores (the lower the better; infinite where a run did not
finish), until it returns. It depends on its settings and these scores alone. So a killed sweep needs no saved
state: the search is asked again from the beginning, and the store answers at once for what was finished.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeAlias

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain, OpenFraction, Seed, check_fields
from gradwright.nn.layer import Array
from gradwright.studies.space import Point, Space

Batches: TypeAlias = Generator[list[Point], list[float], None]
MOST_POINTS = 10**6  # of a search: they are drawn, and in memory, before the first run
BLOCK = 256  # points of a sequence at a time; Sobol's wants a power of 2
GridPoints: TypeAlias = Annotated[int, Domain("a whole number >= 2", int, lambda n: n >= 2, 10_000)]
PATIENCE = 50  # draws for each trial before a space of few points counts as exhausted


class Search(Protocol):
    """A way to look through a space."""

    def most(self, space: Space) -> int:
        """How many points it comes to: fewer only where the space has no more, or one comes up again."""

    def batches(self, space: Space) -> Batches:
        """Batches of different points; each yield is answered by their scores."""


@dataclass(frozen=True)
class Grid:
    """Every combination of values.

    Args:
        points: values of a range of real numbers, evenly spaced on its scale.
    """

    points: GridPoints = 5

    def __post_init__(self) -> None:
        check_fields(self)

    def most(self, space: Space) -> int:
        count = space.count(self.points)
        if count > MOST_POINTS:
            raise ConfigError(
                f"search: expected a grid of at most {MOST_POINTS:,} points, found one of {count:,}; "
                "take fewer values or axes, or another search"
            )
        return count

    def batches(self, space: Space) -> Batches:
        yield list(space.grid(self.points))


@dataclass(frozen=True)
class Trials(ABC):
    """``trials`` different points, each drawn as its kind says.

    Args:
        trials: how many points; a higher number keeps those of a lower one.
        seed: of the draws.
    """

    trials: Count
    seed: Seed = 0

    def __post_init__(self) -> None:
        check_fields(self)

    def most(self, space: Space) -> int:  # noqa: ARG002
        return self.trials

    def batches(self, space: Space) -> Batches:
        yield different(space, self.draws(len(space.axes)), self.trials)

    @abstractmethod
    def draws(self, dimensions: int) -> Iterator[Array]:
        """Points (dimensions,) of the unit cube, as many as patience allows."""


class Random(Trials):
    """``trials`` points drawn independently."""

    def draws(self, dimensions: int) -> Iterator[Array]:
        return uniform(np.random.default_rng(self.seed), dimensions, self.trials)


class Sobol(Trials):
    """``trials`` points of a scrambled Sobol sequence, which fill a space more evenly than chance.

    Sobol (1967); scrambled as in Owen (1998). Best with a power of 2.
    """

    def draws(self, dimensions: int) -> Iterator[Array]:
        return quasi_random("Sobol", dimensions, self.seed, self.trials)


class Halton(Trials):
    """``trials`` points of a scrambled Halton sequence: even for any number of trials, in few dimensions."""

    def draws(self, dimensions: int) -> Iterator[Array]:
        return quasi_random("Halton", dimensions, self.seed, self.trials)


@dataclass(frozen=True)
class CoarseToFine:
    """``coarse`` random points in the whole space, then ``rounds`` times ``fine`` more around the best.

    Each round shrinks every range to ``share`` of its width on its own scale, so that a learning rate given
    as log_uniform is searched by orders of magnitude first. Lists are searched whole in every round.

    Args:
        coarse: points in the whole space.
        fine: points in each round.
        rounds: how often the ranges shrink.
        share: of its width that a range keeps in a round.
        seed: of the draws.
    """

    coarse: Count
    fine: Count
    rounds: Count = 1
    share: OpenFraction = 0.25
    seed: Seed = 0

    def __post_init__(self) -> None:
        check_fields(self)

    def most(self, space: Space) -> int:  # noqa: ARG002
        return self.coarse + self.rounds * self.fine

    def batches(self, space: Space) -> Batches:
        streams = np.random.SeedSequence(self.seed).spawn(self.rounds + 1)
        best, lowest = Point(), float("inf")
        for stream, trials in zip(streams, (self.coarse, *[self.fine] * self.rounds), strict=True):
            draws = uniform(np.random.default_rng(stream), len(space.axes), trials)
            points = different(space, draws, trials)
            scores = yield points
            for point, score in zip(points, scores, strict=True):
                if score < lowest:
                    best, lowest = point, score
            space = space.around(best, self.share)


def different(space: Space, draws: Iterable[Array], count: int) -> list[Point]:
    """The first ``count`` points of ``draws`` that differ; fewer where the space has no more of them."""
    found: dict[str, Point] = {}
    for units in draws:
        point = space.at(units.tolist())
        found.setdefault(json.dumps(point, sort_keys=True), point)
        if len(found) == count:
            break
    return list(found.values())


def uniform(rng: np.random.Generator, dimensions: int, trials: int) -> Iterator[Array]:
    """Independent points, as many as patience allows."""
    return (rng.random(dimensions) for _ in range(PATIENCE * trials))


def quasi_random(name: str, dimensions: int, seed: int, trials: int) -> Iterator[Array]:
    """The points of SciPy's sequence of that name, as many as patience allows, drawn as they are asked for.

    Raises ``ConfigError`` where SciPy is not installed.
    """
    try:
        from scipy.stats import qmc
    except ImportError:
        raise ConfigError(
            f"search.kind: {name} needs SciPy; install it with: pip install 'gradwright[studies]'"
        ) from None
    sequence = getattr(qmc, name)(dimensions, seed=seed)
    return (point for _ in range(0, PATIENCE * trials, BLOCK) for point in sequence.random(BLOCK))
