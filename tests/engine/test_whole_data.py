"""An epoch of L-BFGS is one step on all rows, in both engines; one left in its middle was never begun."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

import gradwright as gw
from gradwright.data.divide import take
from gradwright.engine import Rows, State, Task, choose_engine, native, reference, variants, whole_data
from gradwright.errors import DivergenceError
from gradwright.nn import Objective
from gradwright.nn.layer import Array

not_built = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")
every_engine = pytest.mark.parametrize("engine", ["reference", pytest.param("native", marks=not_built)])


def problem(name: str, *widths: int, **changes: Any) -> tuple[Task, Rows]:
    """A network on 500 rows of a generated set, with a penalty, so that there is a minimum to come to."""
    data = gw.data.load(name)
    objective = Objective(gw.mlp(*widths), gw.SoftmaxCrossEntropy(), gw.L2(1e-4))
    task = Task(objective, gw.LBFGS(), gw.Constant(1.0), batch_size=500, seed=0, dtype="float64")
    return replace(task, **changes), Rows(take(data.train, np.arange(500)), data.features)


def always(_steps: int, _objective: float) -> bool:
    return True


def trained(engine: Any, task: Task, rows: Rows, epochs: int, **more: Any) -> State:
    state = task.initial_state()
    for _ in range(epochs):
        state = engine.train_epoch(task, state, rows, always, **more).state
    return state


@every_engine
@pytest.mark.parametrize(("name", "widths"), [("swiss-roll", (2, 10, 2)), ("peaks", (2, 10, 5))])
def test_it_comes_as_far_as_scipy_in_as_many_evaluations(
    name: str, widths: tuple[int, ...], engine: Any
) -> None:
    task, rows = problem(name, *widths)
    one = choose_engine(engine, task, rows)
    asked: list[float] = []

    def counted(objective: Objective, theta: Array, rows: Rows) -> tuple[float, Array]:
        value, grad = one.value_and_grad(objective, theta, rows)
        asked.append(value)
        return value, grad

    state = task.initial_state()
    theirs = minimize(
        lambda theta: counted(task.objective, theta, rows),
        state.theta,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 200, "maxfun": 1000, "maxcor": 10, "gtol": 0, "ftol": 0},
    )
    evaluations = len(asked)
    asked.clear()
    for _ in range(200):
        state = whole_data.train_epoch(counted, gw.LBFGS(), task, state, rows, always).state
    # they try other lengths, so after some steps they are elsewhere: they end within 1 % of each other
    assert float(state.optimizer["value"]) <= 1.02 * theirs.fun
    assert len(asked) <= 1.2 * evaluations


@every_engine
def test_an_epoch_is_one_step_and_tells_the_objective_before_it(engine: Any) -> None:
    task, rows = problem("swiss-roll", 2, 5, 2)
    one = choose_engine(engine, task, rows)
    start = task.initial_state()
    epoch = one.train_epoch(task, start, rows, always)
    value, _ = one.value_and_grad(task.objective, start.theta, rows)
    assert epoch.objectives.tolist() == [value]
    assert epoch.sizes.tolist() == [500]
    assert (epoch.complete, epoch.state.epoch, epoch.state.step, epoch.state.mean) == (True, 1, 1, None)
    after, _ = one.value_and_grad(task.objective, epoch.state.theta, rows)
    assert float(epoch.state.optimizer["value"]) == after < value


@not_built
@pytest.mark.parametrize("widths", [(2, 10, 2), (2, 140, 2)], ids=["narrow", "wide"])
def test_both_engines_go_the_same_way(widths: tuple[int, ...]) -> None:
    task, rows = problem("swiss-roll", *widths)
    ours, theirs = (trained(engine, task, rows, 5) for engine in (native, reference))
    # float64 gradients agree to about 1e-14, which five steps of a curved objective enlarge
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-7, atol=1e-9)


@not_built
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("widths", [(2, 10, 2), (2, 140, 140, 2)], ids=["narrow", "wide"])
def test_the_bits_do_not_depend_on_the_number_of_threads(widths: tuple[int, ...], dtype: str) -> None:
    task, rows = problem("swiss-roll", *widths, dtype=dtype)
    one, four = (trained(native, task, rows, 4, at_most=threads) for threads in (1, 4))
    assert np.array_equal(one.theta, four.theta)
    assert all(np.array_equal(one.optimizer[name], array) for name, array in four.optimizer.items())


@every_engine
@pytest.mark.parametrize("patience", [0, 1, 3])
def test_a_step_that_is_left_in_its_middle_was_never_begun(engine: Any, patience: int) -> None:
    task, rows = problem("swiss-roll", 2, 5, 2, schedule=gw.Constant(1e4))  # too long: it is tried again
    one = choose_engine(engine, task, rows)
    state = trained(one, task, rows, 2)
    asked: list[int] = []

    def enough(steps: int, objective: float) -> bool:
        assert math.isnan(objective)
        asked.append(steps)
        return len(asked) <= patience

    epoch = one.train_epoch(task, state, rows, enough)
    assert asked == [0] * (patience + 1)
    assert (epoch.complete, epoch.state, len(epoch.objectives)) == (False, state, 0)
    again = one.train_epoch(task, epoch.state, rows, always).state
    assert np.array_equal(again.theta, trained(one, task, rows, 3).theta)


@every_engine
def test_whoever_wants_to_end_after_the_last_evaluation_has_a_whole_epoch(engine: Any) -> None:
    task, rows = problem("swiss-roll", 2, 5, 2)
    one = choose_engine(engine, task, rows)
    epoch = one.train_epoch(task, task.initial_state(), rows, lambda steps, _: steps == 0)
    assert (epoch.complete, epoch.state.epoch) == (True, 1)


@every_engine
def test_an_objective_that_is_not_finite_at_the_start_is_told_as_for_any_optimizer(engine: Any) -> None:
    task, rows = problem("swiss-roll", 2, 5, 2)
    one = choose_engine(engine, task, rows)
    start = task.state_at(np.full(task.objective.layout.size, 1e200))
    with pytest.raises(DivergenceError, match=r"^training diverged in epoch 1, before its step: the loss is"):
        one.train_epoch(task, start, rows, always)


@every_engine
def test_where_the_gradient_is_zero_it_has_converged_and_stays_where_it_is(engine: Any) -> None:
    task, rows = problem("swiss-roll", 2, 5, 2)
    task = replace(task, objective=Objective(gw.mlp(2, 5, 2), gw.MeanSquaredError()))
    rows = Rows(replace(rows.split, y=np.zeros((500, 2))), rows.features)
    start = task.state_at(np.zeros(task.objective.layout.size))
    epoch = choose_engine(engine, task, rows).train_epoch(task, start, rows, always)
    assert epoch.state.theta is start.theta
    assert gw.LBFGS().converged(epoch.state.optimizer)
    assert epoch.objectives.tolist() == [0.0]
