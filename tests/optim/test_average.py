"""The mean of the parameters over the steps: its formula, both engines, and the run that keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import gradwright as gw
from gradwright.engine import State, Task, native, reference, variants
from gradwright.engine.task import Rows
from gradwright.errors import ConfigError
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.optim import Optimizer

CLOSE = 1e-10  # relative, in float64: sums are rounded in another order
DATA = gw.data.load("swiss-roll", seed=1)
SMALL = gw.data.subset(DATA, 90, np.random.default_rng(0))
QUICK: dict[str, Any] = {"learning_rate": 0.05, "batch_size": 16, "progress": False, "dtype": "float64"}
compiled = pytest.param(native, marks=pytest.mark.skipif(not variants.supported(), reason="not built"))


def trajectory(task: Task, rows: Rows, epochs: int) -> list[Array]:
    """theta after each step, by the reference without a mean."""
    thetas: list[Array] = []
    assert isinstance(task.optimizer, Optimizer)
    update = task.optimizer.update

    class Noting:
        usual_rate: ClassVar[float] = 0.1
        usual_rate = 0.1
        init = staticmethod(task.optimizer.init)

        def update(self, theta: Array, grad: Array, state: Any, rate: float) -> Any:
            moved, after = update(theta, grad, state, rate)
            thetas.append(moved)
            return moved, after

    noting: Optimizer = Noting()
    plain = Task(task.objective, noting, task.schedule, task.batch_size, task.seed, task.dtype)
    state = plain.initial_state()
    for _ in range(epochs):
        state = reference.train_epoch(plain, state, rows).state
    return thetas


@pytest.mark.parametrize("optimizer", [gw.SGD(), gw.SGD(momentum=0.9), gw.Adam()], ids=repr)
@pytest.mark.parametrize("network", [gw.mlp(2, 6, 2), gw.mlp(2, 140, 2)], ids=["narrow", "wide"])
@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("engine", [reference, compiled])
def test_the_mean_is_the_weighted_one_of_all_steps(
    engine: Any, batch_size: int, network: Layer, optimizer: Optimizer
) -> None:
    rows, decay = Rows(SMALL.train, SMALL.features), 0.9
    objective = Objective(network, gw.SoftmaxCrossEntropy())
    task = Task(objective, optimizer, gw.Constant(0.01), batch_size, 3, "float64", average=gw.EMA(decay))
    state = task.initial_state()
    for _ in range(2):
        state = engine.train_epoch(task, state, rows).state
    thetas = trajectory(task, rows, 2)
    shares = decay ** np.arange(len(thetas))[::-1]
    assert state.mean is not None
    np.testing.assert_allclose(state.theta, thetas[-1], rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(state.mean, np.average(thetas, axis=0, weights=shares), rtol=CLOSE, atol=CLOSE)
    assert state.learned is state.mean


def test_an_epoch_that_is_left_has_the_mean_of_its_steps() -> None:
    task = Task(
        Objective(gw.mlp(2, 2), gw.SoftmaxCrossEntropy()), gw.SGD(), gw.Constant(0.1), 16, 0, average=gw.EMA()
    )
    rows = Rows(SMALL.train, SMALL.features)
    state = reference.train_epoch(task, task.initial_state(), rows, lambda *_: False).state
    assert (state.step, state.epoch) == (1, 0)
    np.testing.assert_allclose(state.learned, state.theta, rtol=1e-6)


def test_what_is_measured_and_kept_is_the_mean(tmp_path: Path) -> None:
    run = gw.fit(gw.mlp(2, 8, 2), SMALL, average=gw.EMA(0.9), epochs=4, folder=tmp_path / "run", **QUICK)
    bare = gw.fit(gw.mlp(2, 8, 2), SMALL, epochs=4, **QUICK)
    assert not np.array_equal(run.theta, bare.theta)
    checkpoint = gw.training.checkpoint.load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    np.testing.assert_array_equal(run.theta, checkpoint.state.mean)
    np.testing.assert_allclose(checkpoint.state.theta, bare.theta, rtol=1e-9)
    x, y = SMALL.train.x, SMALL.train.y
    assert run.history[-1].train == pytest.approx(run.evaluate(x, y))
    np.testing.assert_array_equal(gw.load_run(tmp_path / "run").theta, run.theta)


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_a_run_goes_on_to_the_same_bits(engine: Any, tmp_path: Path) -> None:
    settings = {**QUICK, "average": gw.EMA(0.95), "engine": engine, "optimizer": "Adam"}
    gw.fit(gw.mlp(2, 8, 2), SMALL, epochs=2, folder=tmp_path / "run", **settings)
    on = gw.fit(gw.mlp(2, 8, 2), SMALL, epochs=5, folder=tmp_path / "run", resume=True, **settings)
    once = gw.fit(gw.mlp(2, 8, 2), SMALL, epochs=5, **settings)
    np.testing.assert_array_equal(on.theta, once.theta)


def test_a_start_that_is_not_trained_is_kept_as_it_is() -> None:
    run = gw.fit(gw.mlp(2, 8, 2), SMALL, average=gw.EMA(), epochs=0, **QUICK)
    np.testing.assert_array_equal(run.theta, gw.fit(gw.mlp(2, 8, 2), SMALL, epochs=0, **QUICK).theta)


@pytest.mark.parametrize(
    ("average", "message"),
    [
        ({"kind": "EMA", "decay": 1.0}, r"average.decay: expected a number in \(0, 1\), found 1.0"),
        ("EMMA", "average.kind: .*did you mean 'EMA'"),
        (0.99, "average: expected"),
    ],
)
def test_an_average_that_cannot_be_is_refused(average: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        gw.fit(gw.mlp(2, 2), SMALL, average=average, **QUICK)


def test_batch_norms_statistics_are_averaged_too() -> None:
    network = gw.Sequential(gw.Linear(2, 4), gw.BatchNorm(4), gw.Linear(4, 2))
    run = gw.fit(network, SMALL, average=gw.EMA(0.9), epochs=2, **QUICK)
    last = gw.fit(network, SMALL, epochs=2, **QUICK)
    assert (run.parameters["1.variance"] > 0).all()
    assert not np.array_equal(run.parameters["1.variance"], last.parameters["1.variance"])


def test_a_state_without_a_mean_has_learned_theta() -> None:
    theta = np.ones(2)
    assert State(theta, {}, 0, 0).learned is theta
