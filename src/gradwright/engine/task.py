"""What an engine is asked to do, and the state that it carries from epoch to epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np

from gradwright.data import Affine, Split
from gradwright.engine.factors import factors_of, table_of
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from gradwright.optim import EMA, Factors, Optimizer, ParameterGroup, Schedule, WholeData
from gradwright.optim import State as OptimizerState

# Called after each step with the number of steps of the epoch so far and the value of the objective
# before the step; False ends the epoch there.
OnStep: TypeAlias = Callable[[int, float], bool]


def always(_steps: int, _objective: float) -> bool:
    """Goes on, whatever came of a step."""
    return True


# What the factors of a product are made of while a network trains: float32; two bfloat16 parts of each
# number, which together keep 16 bits; one part, which keeps 8. Sums, parameters and all else are float32.
Precision: TypeAlias = Literal["float32", "bf16x3", "bf16"]


@dataclass(frozen=True)
class Task:
    """One training run without its data: everything that decides what a step does."""

    objective: Objective
    optimizer: Optimizer | WholeData
    schedule: Schedule
    batch_size: int
    seed: int  # the root of the run's seed tree
    dtype: str = "float32"  # of the parameters and of the arithmetic
    replace: bool = False  # whether rows are drawn with replacement
    clip_norm: float | None = None  # the largest norm of a gradient
    precision: Precision = "float32"  # of the factors of a product
    average: EMA | None = None  # of the parameters over the steps
    groups: tuple[ParameterGroup, ...] = ()  # with factors of the rate and of the decay

    @cached_property
    def whole_data(self) -> WholeData | None:
        """The optimizer, where it is one that takes all rows in each step."""
        return self.optimizer if isinstance(self.optimizer, WholeData) else None

    @cached_property
    def factors(self) -> dict[str, Factors]:
        """What each array that is trained has of the rate and of the decay, in the order of theta."""
        return factors_of(self.objective.layout, self.groups, self.optimizer)

    @cached_property
    def factor_table(self) -> Array:
        """``factors`` as the compiled engine takes them, (A, 2)."""
        return table_of(self.factors)

    def initial_state(self) -> State:
        """The parameters as their initialisers draw them, and an optimizer that has seen nothing."""
        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(INITIAL,)))
        theta = self.objective.layout.initialize(rng, self.dtype)
        return self.state_at(theta)

    def state_at(self, theta: Array) -> State:
        """Before the first step, with these parameters."""
        mean = None if self.average is None else theta.copy()
        return State(theta, self.optimizer.init(theta), epoch=0, step=0, mean=mean)


@dataclass(frozen=True, eq=False)
class State:
    """Where a run stands between two steps: after ``step`` updates, in epoch number ``epoch`` (from 0)."""

    theta: Array
    optimizer: OptimizerState
    epoch: int
    step: int
    mean: Array | None = None  # of theta over the steps, where the task asks for it

    @property
    def learned(self) -> Array:
        """The parameters that are evaluated and kept: the mean, where there is one."""
        return self.theta if self.mean is None else self.mean


@dataclass(frozen=True, eq=False)
class Epoch:
    """What came of one pass over the data: the state after it, and one entry for each of its steps."""

    state: State
    objectives: Array  # the objective on each batch, just before the step that it caused
    sizes: Array  # the rows in each batch
    complete: bool  # False where the caller ended it early
    seconds: float = 0.0  # that it took; its share, where several were made in one call

    @property
    def mean_objective(self) -> float:
        """The mean over examples, so that a short last batch weighs what it holds."""
        return float(np.add.reduce(self.objectives * self.sizes) / np.add.reduce(self.sizes))


# The branches of a run's seed tree; ``gradwright.data.batches`` orders samples with branch 1.
INITIAL, NOISE, MEASURED = 0, 2, 3


def noise_generator(seed: int, epoch: int) -> np.random.Generator:
    """The generator that layers such as dropout draw from in one epoch: a pure function of both numbers."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(NOISE, epoch)))


def steps_per_epoch(split: Split, batch_size: int | None) -> int:
    """The number of batches of an epoch, the last partial one included; None stands for all rows in one."""
    return 1 if batch_size is None else -(-len(split) // batch_size)


@dataclass(frozen=True, eq=False)
class Rows:
    """A split together with the map that turns its stored features into inputs."""

    split: Split
    features: Affine

    @cached_property
    def forms(self) -> dict[Any, Any]:
        """What an engine has made of them, by what it depends on, so that no epoch makes it again."""
        return {}
