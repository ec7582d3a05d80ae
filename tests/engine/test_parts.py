"""Batches of many rows, in parts that threads share: any size is right, and threads change only the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Epoch, Rows, Task, native, reference, variants
from gradwright.engine.models import make_model
from gradwright.engine.program import Family
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, AdamW, Constant, Optimizer, RMSProp

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

ROUNDING = 1e-10  # of an epoch's change, in float64: sums in another order; a row left out is 1e-4 and more
INPUTS, CLASSES = 4, 3
SHARES = 16  # most_shares in csrc/parts.h
TASKS = Path("/proc/self/task")

FAMILIES: dict[Family, int] = {"lanes": 12, "panels": 140, "plain": 12}  # with a width that each serves
NETWORKS: dict[str, Callable[[int], Layer]] = {
    "chain": lambda width: gw.mlp(INPUTS, width, width, CLASSES),
    "residual": lambda width: gw.residual_mlp(INPUTS, width, width, CLASSES),
    "dropout": lambda width: gw.Sequential(
        gw.Linear(INPUTS, width), gw.Tanh(), gw.Dropout(0.4), gw.Linear(width, CLASSES), gw.Dropout(0.1)
    ),
    "layer norm": lambda width: gw.Sequential(
        gw.Linear(INPUTS, width), gw.LayerNorm(width), gw.Tanh(), gw.Linear(width, CLASSES)
    ),
    "factors": lambda width: gw.Sequential(
        *(gw.Scale(INPUTS), gw.Linear(INPUTS, width), gw.Mixed(gw.SELU(), width), gw.Dropout(0.2)),
        gw.Linear(width, CLASSES),
    ),
    "batch norm": lambda width: gw.Sequential(
        gw.Linear(INPUTS, width), gw.BatchNorm(width), gw.Tanh(), gw.Dropout(0.2), gw.Linear(width, CLASSES)
    ),
}
OPTIMIZERS: list[Optimizer] = [
    *(SGD(), SGD(momentum=0.9), SGD(momentum=0.9, nesterov=True), Adam(epsilon=1e-3)),
    *(AdamW(epsilon=1e-3, weight_decay=0.1), RMSProp(epsilon=1e-3)),
]
every_family = pytest.mark.parametrize("family", FAMILIES)


def rows(count: int, weighted: bool = True) -> Rows:
    """Rows of which some count nothing and some several times."""
    rng = np.random.default_rng(count)
    weights = rng.integers(4, size=count).astype(float) if weighted else None
    return Rows(Split(rng.normal(size=(count, INPUTS)), rng.integers(CLASSES, size=count), weights), Affine())


def task(network: Layer, batch_size: int, **changes: Any) -> Task:
    goal = Objective(network, gw.SoftmaxCrossEntropy(), gw.L2(0.01))
    settings: dict[str, Any] = {"optimizer": SGD(), "schedule": Constant(0.05), "dtype": "float64"}
    return Task(objective=goal, batch_size=batch_size, seed=3, **{**settings, **changes})


def model_of(task: Task, family: Family, threads: int = 1) -> Any:
    return make_model(task.objective, task.dtype, task.batch_size, threads, family=family)


def part_of(family: Family, network: Layer) -> int:
    """The rows that are taken at once."""
    return int(model_of(task(network, 2**20), family).rows_at_once)


def assert_an_epoch_is_that_of_the_reference(task: Task, rows: Rows, family: Family) -> None:
    start = task.initial_state()
    arguments = native.epoch_arguments(task, start, rows)
    steps = model_of(task, family).train(**arguments, ask=None)
    theirs: Epoch = reference.train_epoch(task, start, rows)
    assert steps == len(theirs.objectives)
    np.testing.assert_allclose(arguments["objectives"][0], theirs.objectives, rtol=ROUNDING)
    assert_close(arguments["theta"][0] - start.theta, theirs.state.theta - start.theta)


def assert_close(found: Array, expected: Array) -> None:
    distance, size = np.linalg.norm(found - expected), np.linalg.norm(expected)
    assert distance <= ROUNDING * size, f"{distance / size:.1e} apart"


@every_family
@pytest.mark.parametrize("name", NETWORKS)
def test_a_batch_of_any_number_of_parts_is_that_of_the_reference(name: str, family: Family) -> None:
    network = NETWORKS[name](FAMILIES[family])
    part = part_of(family, NETWORKS["chain"](FAMILIES[family]))
    for batch in (part - 1, part, part + 1, 2 * part + 3, 5 * part + 70):
        many = rows(2 * batch + part // 2)  # the last batch is smaller
        assert_an_epoch_is_that_of_the_reference(task(network, batch), many, family)


@every_family
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_every_optimizer_has_the_gradient_of_all_parts(optimizer: Optimizer, family: Family) -> None:
    network = NETWORKS["chain"](FAMILIES[family])
    batch = 2 * part_of(family, network) + 3
    for changes in ({}, {"clip_norm": 0.05}):
        job = task(network, batch, optimizer=optimizer, **changes)
        assert_an_epoch_is_that_of_the_reference(job, rows(2 * batch + 7), family)


@every_family
@pytest.mark.parametrize("penalty", [None, gw.L1(0.01)], ids=["none", "L1"])
def test_a_penalty_counts_once_however_many_parts_there_are(penalty: gw.L1 | None, family: Family) -> None:
    network = NETWORKS["residual"](FAMILIES[family])
    batch = 3 * part_of(family, network)
    job = task(network, batch)
    job = replace(job, objective=replace(job.objective, penalty=penalty))
    assert_an_epoch_is_that_of_the_reference(job, rows(batch, weighted=False), family)


@every_family
def test_more_shares_than_there_may_be_are_larger_ones(family: Family) -> None:
    network = NETWORKS["dropout"](FAMILIES[family])
    batch = (SHARES + 3) * part_of(family, network) + 1
    assert_an_epoch_is_that_of_the_reference(task(network, batch), rows(batch), family)


def test_a_batch_norm_has_the_whole_batch_before_it() -> None:
    for family, width in FAMILIES.items():
        assert part_of(family, NETWORKS["batch norm"](width)) == 2**20


@every_family
@pytest.mark.parametrize("room", [8, 256])
@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_measured_and_differentiated_over_many_rows_is_that_of_the_reference(
    name: str, room: int, family: Family
) -> None:
    goal = task(NETWORKS[name](FAMILIES[family]), 2).objective
    many = rows(5 * 256 + 9)
    theta = goal.layout.initialize(np.random.default_rng(0))
    model = make_model(goal, "float64", room, family=family)
    x, labels, weights = many.split.x, many.split.y, many.split.weights
    assert weights is not None
    grad, output = np.empty_like(theta), np.empty((len(x), CLASSES))
    for at in (theta + 1, theta):  # nothing of the first is left in the second
        value = model.value_and_grad(at, x, None, None, labels, None, weights, grad)
    expected, expected_grad = reference.value_and_grad(goal, theta, many)
    assert value == pytest.approx(expected, rel=ROUNDING)
    assert_close(grad, expected_grad)
    model.predict(theta, x, None, None, output)
    assert_close(output, reference.predict(goal, theta, x))
    sums = np.zeros((2, 2))
    model.evaluate(np.stack([theta + 1, theta]), x, None, None, labels, None, weights, sums)
    loss, right = sums[1]
    metrics = reference.evaluate(goal, theta, many)
    assert loss / weights.sum() == pytest.approx(metrics["loss"], rel=ROUNDING)
    assert right / weights.sum() == pytest.approx(metrics["accuracy"], rel=ROUNDING)


# By width: rows of a batch, and rows to measure, that are work enough for threads in every variant
ENOUGH = {16: (20_011, 100_003), 140: (11_003, 35_001)}


def answers(network: Layer, batch: int, many: Rows, dtype: Any, threads: int) -> list[Array]:
    """All that a model of so many threads answers: an epoch, value, gradient, outputs and metrics."""
    job = task(network, batch, optimizer=Adam(), dtype=dtype)
    arguments = native.epoch_arguments(job, job.initial_state(), many)
    model = make_model(job.objective, dtype, batch, threads)
    model.train(**arguments, ask=None)
    theta, x = arguments["theta"][0], arguments["x"]
    given = (x, None, None, arguments["labels"], None, arguments["weights"])
    grad, output = np.empty_like(theta), np.empty((len(x), CLASSES), dtype)
    value = model.value_and_grad(theta, *given, grad)
    model.predict(theta, x, None, None, output)
    found = [theta, arguments["m"], arguments["objectives"], np.array(value), grad, output]
    sums = np.empty((1, 2))
    model.evaluate(theta[np.newaxis], *given, sums)
    return [*found, sums]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("width", [16, 140], ids=["narrow", "wide"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_bits_do_not_depend_on_the_number_of_threads(name: str, width: int, dtype: str) -> None:
    batch, measured = ENOUGH[width]
    network, many = NETWORKS[name](width), rows(measured)
    alone = answers(network, batch, many, dtype, threads=1)
    for threads in (2, 3):
        for found, expected in zip(answers(network, batch, many, dtype, threads), alone, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.skipif(not TASKS.exists(), reason="needs a system that lists the threads of a process")
@pytest.mark.parametrize(("batch", "started"), [(1000, 0), (ENOUGH[16][0], 2)])
def test_threads_are_started_from_when_there_is_work_for_them(batch: int, started: int) -> None:
    job, many = task(NETWORKS["chain"](16), batch, dtype="float32"), rows(2 * batch)
    model, before = model_of(job, "lanes", threads=3), len(list(TASKS.iterdir()))
    model.train(**native.epoch_arguments(job, job.initial_state(), many), ask=None)
    assert len(list(TASKS.iterdir())) == before + started


@pytest.mark.waits
def test_a_caller_is_asked_within_a_step_that_threads_share_and_nothing_of_it_is_left() -> None:
    many = rows(2_000_000, weighted=False)
    job = task(gw.mlp(INPUTS, 100, 100, 100, CLASSES), len(many.split), dtype="float32")
    arguments = native.epoch_arguments(job, job.initial_state(), many)
    told: list[int] = []

    def enough(steps: int, _objective: float) -> bool:
        told.append(steps)
        return False

    steps = model_of(job, "lanes", threads=3).train(**arguments, ask=enough)
    assert (steps, told) == (0, [0])
    np.testing.assert_array_equal(arguments["theta"][0], job.initial_state().theta)


@pytest.mark.waits
def test_what_a_caller_raises_within_a_step_that_threads_share_is_raised() -> None:
    many = rows(2_000_000, weighted=False)
    job = task(gw.mlp(INPUTS, 100, 100, 100, CLASSES), len(many.split), dtype="float32")

    def fail(_steps: int, _objective: float) -> bool:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        native.train_epoch(job, job.initial_state(), many, fail, at_most=2)


def test_a_step_whose_objective_is_not_finite_in_one_of_its_parts_is_not_made() -> None:
    job = task(NETWORKS["chain"](12), 2000)
    arguments = native.epoch_arguments(job, job.initial_state(), rows(2000))
    arguments["x"] = np.where(np.arange(2000)[:, None] == 1500, np.nan, arguments["x"])
    arguments["weights"] = None
    assert model_of(job, "lanes").train(**arguments, ask=None) == 0
    assert np.isnan(arguments["objectives"][0, 0])
    np.testing.assert_array_equal(arguments["theta"][0], job.initial_state().theta)
