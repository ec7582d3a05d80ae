"""What a peer is: a name, what it needs, and something that trains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gradwright.bench.speed.problem import Array, Problem
from gradwright.bench.speed.workloads import Workload


class Trained(NamedTuple):
    """What came of a call: the steps that each model took, and the mean loss over them and the models."""

    steps: int
    loss: float


class Runner(Protocol):
    """Models in the middle of their training."""

    def train(self, order: NDArray[np.int64]) -> Trained:
        """Step through the batches of ``order`` (models, steps, batch), row numbers that are given.

        A compiled engine orders its samples itself, by the same rule, and takes a whole epoch.
        """

    def parameters(self) -> list[list[Array]]:
        """The arrays of each model, in the order of ``Problem.initial``."""


@dataclass(frozen=True)
class Peer:
    """One way to train. ``prepare`` gets the problem and the number of threads.

    ``models`` says how many it trains at once: "one", so that the models of a sweep are shared among as many
    processes as there are threads; "many", so that it is for sweeps only; or "any". ``rounding`` is how far
    its numbers may take the parameters of a smooth network from float64 in ten steps; see ``agreement``.
    ``serves`` are the extras of workloads that it is written with too.
    """

    name: str
    title: str
    prepare: Callable[[Problem, int], Runner]
    package: str | None = None
    refuses: Callable[[Workload], str | None] = lambda _: None
    models: Literal["one", "many", "any"] = "one"
    rounding: float = 1e-3  # float32 is off by 1e-7 to 1e-4
    ours: bool = False
    serves: frozenset[str] = frozenset()

    def missing(self, workload: Workload) -> str | None:
        """Why this peer does not run ``workload``, here or at all; None where it does."""
        if self.package is not None and find_spec(self.package) is None:
            return f"{self.package} is not installed"
        if not self.ours and (lacking := workload.extras - self.serves):
            return f"it is written without {' and '.join(sorted(lacking))}"
        if self.models == "many" and workload.models == 1:
            return "it is for sweeps"
        return self.refuses(workload)

    def runner(self, problem: Problem, threads: int) -> Runner:
        """What trains all models of ``problem``, one after another where the peer knows one only."""
        if self.models != "one" or len(problem.models) == 1:
            return self.prepare(problem, threads)
        return OneByOne([self.prepare(problem.only(model), threads) for model in problem.models])


class OneByOne:
    """Models that are trained one after another."""

    def __init__(self, runners: list[Runner]) -> None:
        self.runners = runners

    def train(self, order: NDArray[np.int64]) -> Trained:
        each = [runner.train(order[k : k + 1]) for k, runner in enumerate(self.runners)]
        return Trained(each[0].steps, sum(trained.loss for trained in each) / len(each))

    def parameters(self) -> list[list[Array]]:
        return [arrays for runner in self.runners for arrays in runner.parameters()]
