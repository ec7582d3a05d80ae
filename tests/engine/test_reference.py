"""One epoch at a time, from a state to a state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, steps_per_epoch
from gradwright.engine.reference import train_epoch
from gradwright.errors import DivergenceError


def rows(count: int = 50) -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.standard_normal((count, 3)), rng.integers(2, size=count)), Affine())


def task(**changes: Any) -> Task:
    settings: dict[str, Any] = {
        "objective": gw.Objective(gw.mlp(3, 4, 2), gw.SoftmaxCrossEntropy()),
        "optimizer": gw.SGD(momentum=0.9),
        "schedule": gw.Constant(0.1),
        "batch_size": 8,
        "seed": 0,
    }
    return Task(**{**settings, **changes})


def test_the_last_partial_batch_is_kept() -> None:
    epoch = train_epoch(task(), task().initial_state(), rows(50))
    assert epoch.sizes.tolist() == [8] * 6 + [2]
    assert steps_per_epoch(rows(50).split, 8) == 7
    assert (epoch.state.step, epoch.state.epoch, epoch.complete) == (7, 1, True)


def test_a_state_that_is_handed_in_is_not_changed() -> None:
    before = task().initial_state()
    theta, momentum = before.theta.copy(), before.optimizer["m"].copy()
    before.theta.flags.writeable = before.optimizer["m"].flags.writeable = False
    first, second = (train_epoch(task(), before, rows()) for _ in range(2))
    assert np.array_equal(before.theta, theta)
    assert np.array_equal(before.optimizer["m"], momentum)
    assert np.array_equal(first.state.theta, second.state.theta)


def test_an_epoch_that_is_ended_early_says_so() -> None:
    epoch = train_epoch(task(), task().initial_state(), rows(), on_step=lambda steps, _: steps < 3)
    assert (len(epoch.objectives), epoch.complete, epoch.state.epoch, epoch.state.step) == (3, False, 0, 3)
    assert epoch.mean_objective == pytest.approx(epoch.objectives.mean())


def test_an_epoch_that_is_ended_at_its_last_step_is_whole() -> None:
    epoch = train_epoch(task(), task().initial_state(), rows(), on_step=lambda steps, _: steps < 7)
    assert (epoch.complete, epoch.state.epoch) == (True, 1)


def test_both_precisions_start_from_the_same_numbers() -> None:
    single, double = (task(dtype=dtype).initial_state().theta for dtype in ("float32", "float64"))
    assert single.dtype == np.float32
    assert np.array_equal(single, double.astype(np.float32))


def test_the_noise_of_dropout_is_the_same_in_each_replay_and_differs_between_epochs() -> None:
    network = gw.Sequential(gw.Dropout(0.5), gw.Linear(3, 2))
    noisy = task(objective=gw.Objective(network, gw.SoftmaxCrossEntropy()), schedule=gw.Constant(0.0))
    start = noisy.initial_state()
    first, again = (train_epoch(noisy, start, rows()) for _ in range(2))
    assert np.array_equal(first.objectives, again.objectives)
    later = train_epoch(noisy, first.state, rows())
    assert not np.isclose(np.sort(first.objectives), np.sort(later.objectives)).any()


def test_batch_statistics_follow_their_own_recurrence_and_no_optimizer() -> None:
    x = rows().split.x
    objective = gw.Objective(gw.Sequential(gw.BatchNorm(3), gw.Linear(3, 2)), gw.SoftmaxCrossEntropy())
    whole = task(
        objective=objective, optimizer=gw.AdamW(weight_decay=0.5), batch_size=len(x), dtype="float64"
    )
    state = whole.initial_state()
    mean, variance = np.zeros(3), np.ones(3)
    for _ in range(2):
        state = train_epoch(whole, state, rows()).state
        mean = 0.9 * mean + 0.1 * x.mean(axis=0)
        variance = 0.9 * variance + 0.1 * x.var(axis=0, ddof=1)
    found = objective.layout.named(state.theta)
    np.testing.assert_allclose(found["0.mean"], mean, rtol=1e-6)  # sums of float32 rows in another order
    np.testing.assert_allclose(found["0.variance"], variance, rtol=1e-6)
    assert (found["0.gamma"] != 1).any()


def test_divergence_names_the_parameter_that_is_broken_already() -> None:
    start = task().initial_state()
    start.theta[0] = np.nan
    with pytest.raises(DivergenceError, match=r"first parameter that is not finite is 0.weight"):
        train_epoch(task(), start, rows())


def test_divergence_names_the_innermost_layer() -> None:
    network = gw.Sequential(gw.Linear(3, 4), gw.Sequential(gw.ReLU(), gw.Linear(4, 2)))
    broken = task(objective=gw.Objective(network, gw.SoftmaxCrossEntropy()), schedule=gw.Constant(0.5))
    start = broken.initial_state()
    start.theta[:] = 3e19  # its products pass 3.4e38, the largest float32
    with pytest.raises(DivergenceError, match=r"that of layer 1\.1 \(Linear\)\. The learning rate was 0\.5"):
        train_epoch(broken, start, rows())


def test_divergence_in_the_loss_alone_is_told_apart() -> None:
    objective = gw.Objective(gw.Linear(3, 2), gw.MeanSquaredError())
    broken = task(objective=objective)
    start = broken.initial_state()
    start.theta[:] = 1e20  # finite outputs whose squares are not
    data = Rows(Split(rows().split.x, rows().split.x[:, :2]), Affine())
    with pytest.raises(DivergenceError, match="first output that is not finite is that of the loss"):
        train_epoch(broken, start, data)
