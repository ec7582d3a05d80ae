"""Softmax regression on few inputs and classes, a step in one pass, and nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.data import Affine, Split
from gradwright.data.batches import epoch_order
from gradwright.data.divide import take
from gradwright.engine import Rows, Task, native, reference, variants
from gradwright.engine.models import Models, make_model
from gradwright.errors import DivergenceError
from gradwright.nn import L1, L2, Linear, Objective, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.optim import EMA, SGD, Constant, CosineDecay, ParameterGroup

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

# Of the norm of an epoch's change, whose sums are rounded in another order: 1e-14 and 3e-6 in practice; the
# loss of a step is a logarithm of a product of up to 32 numbers, each rounded. A lost term is off by 1e-2.
CLOSE = {"float64": 1e-11, "float32": 1e-4}
ONE_STEP = {"float64": 1e-13, "float32": 1e-6}
COUNT = 211  # no multiple of any batch that is tried but 1


@pytest.fixture(params=variants.supported() or ("none",), autouse=True)
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set of this machine in turn, so that no faster one hides another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variants.VARIABLE, request.param)
        yield request.param


def regression(inputs: int, classes: int, penalty: Any = None, **settings: Any) -> Objective:
    return Objective(Linear(inputs, classes, **settings), SoftmaxCrossEntropy(), penalty)


def task(goal: Objective, **changes: Any) -> Task:
    settings: dict[str, Any] = {
        "optimizer": SGD(),
        "schedule": Constant(0.3),
        "batch_size": 20,
        "dtype": "float64",
    }
    return Task(objective=goal, seed=3, **{**settings, **changes})


def rows(inputs: int, classes: int, count: int = COUNT) -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.normal(size=(count, inputs)), rng.integers(classes, size=count)), Affine())


def assert_same_epoch(task: Task, rows: Rows, close: dict[str, float] = CLOSE) -> None:
    """That an epoch is that of the reference engine in float64, from the same start."""
    start, exact = task.initial_state(), replace(task, dtype="float64")
    theta = start.theta.astype(np.float64)
    ours = native.train_epoch(task, start, rows)
    theirs = reference.train_epoch(exact, exact.state_at(theta), rows)
    assert (ours.state.step, ours.complete) == (theirs.state.step, theirs.complete)
    assert relative(ours.objectives, theirs.objectives) <= close[task.dtype]
    assert relative(ours.state.theta - theta, theirs.state.theta - theta) <= close[task.dtype]


def relative(ours: Array, theirs: Array) -> float:
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("classes", range(2, 12))  # eleven are one more than it serves
def test_every_size_is_served(classes: int, dtype: str) -> None:
    for inputs in range(1, 10):  # and so are nine
        assert_same_epoch(task(regression(inputs, classes), dtype=dtype), rows(inputs, classes))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_batch_is_served_and_a_smaller_last_one(dtype: str) -> None:
    for batch in [*range(1, 101), 210, 211, 212, 1024, 1025]:
        assert_same_epoch(task(regression(2, 5), dtype=dtype, batch_size=batch), rows(2, 5))


@pytest.mark.parametrize("batch", [1024, 1025])
def test_a_large_batch_is_a_product_of_many_sums(batch: int) -> None:
    assert_same_epoch(task(regression(3, 10), dtype="float32", batch_size=batch), rows(3, 10, 2100))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_step_is_right_to_the_last_places(dtype: str) -> None:
    assert_same_epoch(task(regression(2, 5), dtype=dtype, batch_size=32), rows(2, 5, 32), ONE_STEP)


@pytest.mark.parametrize("penalty", [None, L2(0.1), L1(0.1)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_penalty_acts_on_the_weights_and_a_layer_may_have_no_bias(penalty: Any, bias: bool) -> None:
    assert_same_epoch(task(regression(3, 4, penalty, bias=bias)), rows(3, 4))


@pytest.mark.parametrize("changes", [
    {"schedule": CosineDecay(0.5, end=0.01, duration=11, per="step")},
    {"optimizer": SGD(momentum=0.9)},
    {"clip_norm": 0.1},
    {"average": EMA(0.9)},
    {"groups": (ParameterGroup("bias", rate=0.5),)},
    {"replace": True},
    {"objective": Objective(Linear(2, 5), SoftmaxCrossEntropy(smoothing=0.2))},
])  # fmt: skip
def test_whatever_a_run_may_ask_for_is_served(changes: dict[str, Any]) -> None:
    goal = changes.get("objective", regression(2, 5))
    assert_same_epoch(task(goal, **{k: v for k, v in changes.items() if k != "objective"}), rows(2, 5))


def test_weighted_rows_and_targets_that_are_shares_are_served() -> None:
    plain = rows(2, 5)
    rng = np.random.default_rng(1)
    weighted = replace(plain.split, weights=rng.random(COUNT))
    shares = Split(plain.split.x, rng.dirichlet(np.ones(5), COUNT))
    for split in weighted, shares:
        assert_same_epoch(task(regression(2, 5)), Rows(split, plain.features))


@pytest.mark.parametrize("kind", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_features_are_stored_as_they_like(kind: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    split = Split(rng.integers(255, size=(COUNT, 3)).astype(kind), rng.integers(4, size=COUNT))
    assert_same_epoch(task(regression(3, 4), dtype=dtype), Rows(split, Affine(100, 0.02)))


@pytest.mark.filterwarnings("ignore:overflow encountered")  # that it is infinite is the point
@pytest.mark.parametrize("broken", [0, 1, 5, 10])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_an_objective_that_is_not_finite_ends_the_epoch_before_its_step(broken: int, dtype: str) -> None:
    job, good = task(regression(2, 5), dtype=dtype), rows(2, 5)
    start, x = job.initial_state(), good.split.x / 100
    x[epoch_order(job.seed, 0, COUNT)[broken * job.batch_size]] = 1e308
    bad = Rows(Split(x, good.split.y), Affine(scale=100.0))  # that row is infinite
    arguments = native.epoch_arguments(job, start, bad)
    model = make_model(job.objective, job.dtype, job.batch_size)
    assert model.train(**arguments, ask=None) == broken
    assert np.isfinite(arguments["objectives"][0, :broken]).all()
    assert not np.isfinite(arguments["objectives"][0, broken])
    with pytest.raises(DivergenceError, match=f"epoch 1, step {broken + 1}:"):
        native.train_epoch(job, start, bad)
    if not broken:
        np.testing.assert_array_equal(arguments["theta"][0], start.theta)
        return
    before = reference.train_epoch(job, start, good, on_step=lambda steps, _: steps < broken).state.theta
    assert relative(arguments["theta"][0] - start.theta, before - start.theta) <= CLOSE[dtype]


def test_what_was_learnt_before_the_caller_ends_an_epoch_is_kept() -> None:
    job, data = (
        task(regression(2, 5), batch_size=2),
        rows(2, 5, count=4_000_000),
    )  # a quarter of a second and more, and it is asked after 20 ms
    start = job.initial_state()
    epoch = native.train_epoch(job, start, data, on_step=lambda *_: False)
    steps = epoch.state.step
    assert not epoch.complete
    made = epoch_order(job.seed, 0, len(data.split))[: steps * job.batch_size]
    alone = Rows(take(data.split, made), data.features)
    expected = native.train_epoch(job, start, alone, order=np.arange(len(made)))
    np.testing.assert_array_equal(epoch.state.theta, expected.state.theta)


def test_epochs_have_the_same_bits_with_a_new_model_for_each_and_any_number_of_threads() -> None:
    job, data, models = task(regression(2, 5), dtype="float32", batch_size=32), rows(2, 5), Models()
    once = again = job.initial_state()
    for _ in range(3):
        once = native.train_epoch(job, once, data, models=models, at_most=1).state
        again = native.train_epoch(job, again, data, at_most=2).state
    np.testing.assert_array_equal(once.theta, again.theta)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("count", [1, 15, 256, 700])
def test_it_is_measured_as_the_reference_measures_it(count: int, dtype: str) -> None:
    goal, data = regression(2, 5, L2(0.1)), rows(2, 5, count)
    theta = task(goal).initial_state().theta
    ours, theirs = native.evaluate(goal, theta.astype(dtype), data), reference.evaluate(goal, theta, data)
    assert ours == pytest.approx(theirs, rel=CLOSE[dtype])


def test_of_equal_outputs_the_first_is_the_answer() -> None:
    goal, data = regression(2, 5), rows(2, 5)
    assert native.evaluate(goal, np.zeros(15), data)["accuracy"] == np.mean(data.split.y == 0)


def test_weighted_rows_are_measured_as_they_count() -> None:
    goal, plain = regression(2, 5), rows(2, 5)
    data = Rows(replace(plain.split, weights=np.arange(COUNT) % 3.0), plain.features)
    theta = task(goal).initial_state().theta
    assert native.evaluate(goal, theta, data) == pytest.approx(
        reference.evaluate(goal, theta, data), rel=1e-11
    )


def test_a_label_that_is_no_class_is_refused() -> None:
    job, data = task(regression(2, 5)), rows(2, 6)
    with pytest.raises(ValueError, match=r"labels: expected 0..4, found 0 to 5"):
        native.train_epoch(job, job.initial_state(), data)
