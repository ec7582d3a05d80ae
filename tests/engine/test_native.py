"""The compiled engine does what the reference does: each layer, loss, penalty, optimizer, on each variant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradwright as gw
from gradwright.check import check_gradient
from gradwright.data import Affine, Split
from gradwright.engine import Rows, State, Task, native, reference, variants
from gradwright.engine.lower import lower
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, AdamW, Constant, CosineDecay, ExponentialDecay, Optimizer, RMSProp
from tests.engine.conftest import Problem
from tests.engine.interpreter import value_and_grad as interpreted

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

# Of each array's norm. Both sum in their own order, so they differ by rounding and by the exp and tanh of the
# compiled engine, which are within a few units in the last place; FLOOR keeps a gradient of 0 comparable.
CLOSE = {"float64": 1e-10, "float32": 2e-4}
FLOOR = {"float64": 1e-13, "float32": 1e-6}
OPTIMIZERS: list[Optimizer] = [
    SGD(),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True),
    Adam(),
    AdamW(),
    RMSProp(),
]
# A fixture that only sets a variable may be shared by examples; and no clock is asked, see conftest.
UNCHECKED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def assert_close(found: Array, expected: Array, dtype: str, what: str) -> None:
    size = float(np.linalg.norm(expected))
    distance = float(np.linalg.norm(np.asarray(found, np.float64) - expected))
    allowed = CLOSE[dtype] * size + FLOOR[dtype] * np.sqrt(expected.size)
    assert distance <= allowed, f"{what}: {distance:.2e} apart, {allowed:.2e} allowed"


def assert_gradients_close(objective: Objective, found: Array, expected: Array, dtype: str) -> None:
    named = objective.layout.named(expected)
    for name, array in objective.layout.named(found).items():
        assert_close(array, named[name], dtype, name)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@settings(deadline=None, max_examples=60, suppress_health_check=UNCHECKED)
@given(data=st.data())
def test_value_gradient_and_output_are_those_of_the_reference(
    problems: st.SearchStrategy[Any], dtype: str, data: st.DataObject
) -> None:
    assert_engines_agree(data.draw(problems), dtype)


def assert_engines_agree(problem: Problem, dtype: str) -> None:
    """The compiled engine, the reference and the interpreter of plans, on one network and batch."""
    objective, theta, x = problem.objective, problem.theta.astype(dtype), problem.x
    rows = Rows(Split(x, problem.target), Affine())
    value, grad = native.value_and_grad(objective, theta, rows)
    wanted, wanted_grad = objective.value_and_grad(problem.theta, x, problem.target)
    assert_close(np.array([value]), np.array([wanted]), dtype, "value")
    assert_gradients_close(objective, grad, wanted_grad, dtype)
    assert_close(native.predict(objective, theta, x), objective.predict(problem.theta, x), dtype, "output")
    third, third_grad = interpreted(lower(objective), problem.theta, x, problem.target)
    assert_close(np.array([value]), np.array([third]), dtype, "the plan's value")
    assert_gradients_close(objective, grad, third_grad, dtype)


def with_dropout(inputs: int, width: int) -> Layer:
    """Dropout of the input, of what an activation puts out, and inside a branch."""
    branch = gw.Sequential(gw.Linear(width, width), gw.Dropout(0.2), gw.ReLU())
    return gw.Sequential(
        *(gw.Dropout(0.1), gw.Linear(inputs, width), gw.Tanh(), gw.Dropout(0.5)),
        *(gw.Residual(branch), gw.Linear(width, 3)),
    )


def with_norms(norm: Any, inputs: int, width: int) -> Layer:
    """A norm of the input, of sums, and inside a branch."""
    branch = gw.Sequential(gw.Linear(width, width), norm(width), gw.ReLU())
    return gw.Sequential(
        *(norm(inputs), gw.Linear(inputs, width, bias=False), norm(width), gw.Tanh()),
        *(gw.Residual(branch), norm(width), gw.Linear(width, 3)),
    )


def with_factors(inputs: int, width: int) -> Layer:
    """A scale of the input; mixes of both kinds of activation, before a dropout, in a branch and in a sum."""
    branch = gw.Sequential(gw.Linear(width, width), gw.Mixed(gw.ELU(0.3), width))
    return gw.Sequential(
        *(gw.Scale(inputs), gw.Linear(inputs, width), gw.Mixed(gw.SELU(), width), gw.Dropout(0.3)),
        *(gw.Residual(branch), gw.Sum(gw.Scale(width), gw.Mixed(gw.Mish(), width)), gw.Linear(width, 3)),
    )


SHAPES = {  # network, rows, batch size
    "width 1": (gw.mlp(1, 1, 1, 2), 9, 2),
    "one row": (gw.mlp(3, 5, 2), 1, 4),
    "batch 1": (gw.mlp(3, 5, 2), 12, 1),
    "a last partial batch": (gw.mlp(3, 5, 2), 37, 16),
    "a batch larger than the data": (gw.mlp(3, 5, 2), 10, 4096),
    "1,000 classes": (gw.mlp(4, 1000), 40, 8),
    "as wide as registers": (gw.mlp(16, 32, 48, 16), 64, 16),
    "one more than registers": (gw.mlp(17, 33, 49, 17), 65, 17),
    "wide": (gw.mlp(130, 150, 129, 3, activation=gw.ReLU()), 50, 20),
    "wide and one row": (gw.mlp(200, 140, 3, activation=gw.Tanh()), 1, 20),
    "narrow after wide": (gw.mlp(300, 50, 1, 10, activation=gw.Sigmoid()), 33, 7),
    "deep": (gw.mlp(*[6] * 40, 3, activation=gw.GELU()), 20, 5),
    "residual blocks": (gw.residual_mlp(5, 20, 20, 4), 50, 16),
    "wide residual blocks": (gw.residual_mlp(40, 140, 140, 4), 30, 16),
    "dropout": (with_dropout(4, 9), 37, 16),
    "dropout on its own": (gw.Sequential(gw.Linear(3, 3), gw.Residual(gw.Dropout(0.3))), 37, 1),
    "wide dropout": (with_dropout(130, 150), 50, 20),
    "layer norm": (with_norms(gw.LayerNorm, 4, 9), 37, 16),
    "wide layer norm": (with_norms(gw.LayerNorm, 130, 150), 50, 20),
    "batch norm": (with_norms(gw.BatchNorm, 4, 9), 37, 16),
    "batch norm of one row": (with_norms(gw.BatchNorm, 4, 9), 7, 1),
    "wide batch norm": (with_norms(gw.BatchNorm, 130, 150), 50, 20),
    "factors": (with_factors(4, 9), 37, 16),
    "factors and one row": (with_factors(4, 9), 7, 1),
    "wide factors": (with_factors(130, 150), 50, 20),
    "factors as wide as registers": (with_factors(16, 256), 50, 20),
    "norms side by side": (
        gw.Sequential(
            *(gw.Linear(3, 20), gw.Sum(gw.BatchNorm(20), gw.LayerNorm(20), gw.Linear(20, 20))),
            *(gw.ReLU(), gw.Linear(20, 3)),
        ),
        *(37, 16),
    ),
}


def problem(network: Layer, count: int, loss: Any = None) -> tuple[Objective, Rows]:
    objective = Objective(network, loss or gw.SoftmaxCrossEntropy())
    plan = lower(objective)
    rng = np.random.default_rng(1)
    y = rng.integers(plan.widths[plan.output], size=count)
    return objective, Rows(Split(rng.normal(size=(count, plan.widths[0])), y), Affine(0.1, 1.3))


def after_ten_steps(train: Any, task: Task, rows: Rows) -> tuple[State, Array]:
    """The state and the objectives after ten epochs of few steps each."""
    state, objectives = task.initial_state(), []
    for _ in range(max(1, 10 * min(task.batch_size, len(rows.split)) // len(rows.split))):
        epoch = train(task, state, rows)
        state = epoch.state
        objectives.append(epoch.objectives)
    return state, np.concatenate(objectives)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_on_any_shape_are_those_of_the_reference(dtype: str, shape: str) -> None:
    network, count, batch = SHAPES[shape]
    objective, rows = problem(network, count)
    task = Task(objective, SGD(), Constant(0.05), batch, seed=2, dtype=dtype)
    ours, values = after_ten_steps(native.train_epoch, task, rows)
    theirs, wanted = after_ten_steps(reference.train_epoch, replace(task, dtype="float64"), rows)
    start = task.initial_state().theta.astype(np.float64)
    assert_close(values, wanted, dtype, "objectives")
    assert_close(ours.theta - start, theirs.theta - start, dtype, "the change of theta")
    assert (ours.epoch, ours.step) == (theirs.epoch, theirs.step)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("penalty", [None, gw.L2(0.01), gw.L1(0.01)], ids=["no penalty", "L2", "L1"])
@pytest.mark.parametrize("clip", [None, 0.3], ids=["", "clipped"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_optimizer_is_that_of_the_reference(
    optimizer: Optimizer, clip: float | None, penalty: Any, dtype: str
) -> None:
    objective, rows = problem(gw.mlp(4, 9, 3), 37)
    task = Task(
        replace(objective, penalty=penalty), optimizer, Constant(0.01), 8, seed=4, dtype=dtype, clip_norm=clip
    )
    ours, values = after_ten_steps(native.train_epoch, task, rows)
    theirs, wanted = after_ten_steps(reference.train_epoch, replace(task, dtype="float64"), rows)
    start = task.initial_state().theta.astype(np.float64)
    assert_close(values, wanted, dtype, "objectives")
    # Adam divides by the root of a mean square, which for a gradient near 0 is its rounding
    assert np.linalg.norm(ours.theta - theirs.theta) <= 10 * CLOSE[dtype] * np.linalg.norm(
        theirs.theta - start
    )
    assert ours.optimizer.keys() == theirs.optimizer.keys()
    for name, slot in ours.optimizer.items():
        assert slot.dtype == (np.int64 if name == "t" else dtype)
        assert_close(slot, np.asarray(theirs.optimizer[name], np.float64), dtype, name)


@pytest.mark.parametrize(
    "schedule", [ExponentialDecay(0.1, 0.5), CosineDecay(0.1, end=0.01, duration=20, per="step")], ids=repr
)
@pytest.mark.parametrize("replace_rows", [False, True], ids=["each row once", "with replacement"])
def test_rates_and_order_are_those_of_the_reference(schedule: Any, replace_rows: bool) -> None:
    objective, rows = problem(gw.mlp(3, 5, 2), 37)
    task = Task(objective, SGD(), schedule, 8, seed=5, dtype="float64", replace=replace_rows)
    ours, _ = after_ten_steps(native.train_epoch, task, rows)
    theirs, _ = after_ten_steps(reference.train_epoch, task, rows)
    assert_close(ours.theta, theirs.theta, "float64", "theta")


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("stored", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("affine", [Affine(), Affine(scale=1 / 255), Affine(np.arange(5.0), np.full(5, 0.1))])
def test_stored_features_are_mapped_on_the_way_in(stored: Any, affine: Affine) -> None:
    rng = np.random.default_rng(0)
    rows = Rows(Split(rng.integers(200, size=(30, 5)).astype(stored), rng.integers(3, size=30)), affine)
    objective = Objective(gw.mlp(5, 4, 3), gw.SoftmaxCrossEntropy())
    theta = objective.layout.initialize(rng)
    value, grad = native.value_and_grad(objective, theta, rows)
    wanted, wanted_grad = objective.value_and_grad(theta, affine(rows.split.x, "float64"), rows.split.y)
    assert value == pytest.approx(wanted, rel=1e-12)
    assert_gradients_close(objective, grad, wanted_grad, "float64")


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize(
    "loss",
    [
        *(gw.SoftmaxCrossEntropy(), gw.SoftmaxCrossEntropy(smoothing=0.2), gw.BinaryCrossEntropy()),
        *(gw.Focal(), gw.Focal(0.0), gw.Focal(0.5), gw.Hinge(), gw.Hinge(squared=True)),
        *(gw.MeanSquaredError(), gw.MeanAbsoluteError(), gw.Quantile(0.8), gw.Poisson()),
    ],
)
def test_evaluation_is_that_of_the_reference(loss: Any) -> None:
    rng = np.random.default_rng(3)
    objective = Objective(gw.mlp(4, 7, 3), loss, gw.L2(0.01))
    y = (
        rng.integers(3, size=300)
        if isinstance(loss, gw.SoftmaxCrossEntropy | gw.Focal | gw.Hinge)
        else rng.random((300, 3)).round()
    )
    rows = Rows(Split(rng.normal(size=(300, 4)), y), Affine())
    theta = objective.layout.initialize(rng)
    wanted = reference.evaluate(objective, theta, rows)
    assert native.evaluate(objective, theta, rows) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize(
    "network", [gw.mlp(3, 6, 4, 2), gw.residual_mlp(3, 5, 2), gw.mlp(3, 140, 2)], ids=repr
)
def test_the_checker_finds_the_compiled_gradient_correct_by_itself(network: Layer) -> None:
    objective, rows = problem(network, 12)
    theta = objective.layout.initialize(np.random.default_rng(6))
    report = check_gradient(
        lambda t: native.value_and_grad(objective, t, rows)[0],
        lambda t: native.value_and_grad(objective, t, rows)[1],
        theta,
    )
    assert report.verdict == "correct", str(report)


def test_one_seed_gives_the_same_bits_and_nothing_that_is_handed_in_changes() -> None:
    objective, rows = problem(gw.mlp(4, 9, 3), 37)
    task = Task(objective, Adam(), Constant(0.01), 8, seed=4)
    state = task.initial_state()
    before = state.theta.copy(), {name: slot.copy() for name, slot in state.optimizer.items()}
    for array in (state.theta, rows.split.x, rows.split.y, *state.optimizer.values()):
        array.flags.writeable = False
    first, second = (native.train_epoch(task, state, rows) for _ in range(2))
    assert np.array_equal(first.state.theta, second.state.theta)
    assert np.array_equal(state.theta, before[0])
    assert all(np.array_equal(state.optimizer[name], slot) for name, slot in before[1].items())


def test_the_objectives_and_sizes_of_an_epoch_are_reported_for_each_step() -> None:
    objective, rows = problem(gw.mlp(4, 9, 3), 37)
    task = Task(objective, SGD(), Constant(0.01), 16, seed=4, dtype="float64")
    ours, theirs = (engine.train_epoch(task, task.initial_state(), rows) for engine in (native, reference))
    assert ours.sizes.tolist() == theirs.sizes.tolist() == [16, 16, 5]
    assert ours.complete
    assert ours.mean_objective == pytest.approx(theirs.mean_objective, rel=1e-12)


@pytest.mark.waits
def test_ctrl_c_or_a_caller_ends_an_epoch_in_its_middle_and_what_was_trained_is_kept() -> None:
    objective, rows = problem(gw.mlp(200, 300, 300, 3), 20_000)
    task = Task(objective, SGD(), Constant(0.01), 4, seed=4)  # 5,000 steps: many times 20 ms anywhere
    asked: list[int] = []

    def on_step(steps: int, objective: float) -> bool:
        asked.append(steps)
        assert np.isfinite(objective)
        return len(asked) < 2

    epoch = native.train_epoch(task, task.initial_state(), rows, on_step)
    assert not epoch.complete
    assert epoch.state.step == len(epoch.objectives) == asked[-1] < 5000
    assert epoch.state.epoch == 0
    assert not np.array_equal(epoch.state.theta, task.initial_state().theta)


@pytest.mark.waits
def test_what_the_caller_raises_ends_the_epoch_and_comes_through() -> None:
    objective, rows = problem(gw.mlp(200, 300, 300, 3), 20_000)
    task = Task(objective, SGD(), Constant(0.01), 10, seed=4)

    def on_step(_steps: int, _objective: float) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        native.train_epoch(task, task.initial_state(), rows, on_step)
