"""Whatever the compiled engine is handed, it answers with numbers or a Python error, never with a crash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, variants
from gradwright.errors import ConfigError, DivergenceError
from gradwright.nn import Objective

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

OBJECTIVE = Objective(gw.mlp(3, 4, 2), gw.SoftmaxCrossEntropy())
PLAN: dict[str, Any] = {
    "widths": [3, 2],
    "steps": [[0, 0, -1, 1, 3, 2, 0, 0, 6]],
    "slopes": [0.0],
    "output": 1,
    "size": 8,
    "loss": 0,
    "loss_parameter": 0.0,
    "penalty": 0,
    "penalty_factor": 0.0,
    "batch": 4,
    "threads": 1,
    "precision": 0,
}


def model(**changes: Any) -> Any:
    return variants.module().Model64(*{**PLAN, **changes}.values())


def data(**changes: Any) -> tuple[Any, ...]:
    arrays = {
        "x": np.ones((5, 3)),
        "shift": None,
        "scale": None,
        "labels": np.zeros(5, np.int64),
        "values": None,
    }
    return tuple({**arrays, **changes}.values())


def two_steps(first: list[int], second: list[int], size: int = 16) -> dict[str, Any]:
    return {"widths": [3, 2, 2], "steps": [first, second], "slopes": [0.0, 0.0], "output": 2, "size": size}


BROKEN_PLANS: dict[str, dict[str, Any]] = {
    "no buffers": {"widths": []},
    "a width of nothing": {"widths": [3, 0]},
    "an absurd width": {"widths": [3, 2**40]},
    "an output that is not there": {"output": 2},
    "an unknown loss": {"loss": 9},
    "an unknown penalty": {"penalty": -1},
    "an unknown precision": {"precision": 3},
    "a short step": {"steps": [[0, 0]]},
    "an unknown step": {"steps": [[7, 0, -1, 1, 3, 2, 0, 0, 6]]},
    "an unknown activation": {"steps": [[0, 0, -1, 1, 3, 2, 9, 0, 6]]},
    "a buffer that is not there": {"steps": [[0, 5, -1, 1, 3, 2, 0, 0, 6]]},
    "a step that reads its own target": {"steps": [[0, 1, -1, 1, 2, 2, 0, 0, 6]]},
    "widths that do not meet": {"steps": [[0, 0, -1, 1, 2, 2, 0, 0, 6]]},
    "a weight outside theta": {"steps": [[0, 0, -1, 1, 3, 2, 0, 7, 6]]},
    "a bias outside theta": {"steps": [[0, 0, -1, 1, 3, 2, 0, 0, 7]]},
    "an activation that changes the width": {"steps": [[1, 0, -1, 1, 3, 2, 1, 0, -1]]},
    "a sum of one": {"widths": [3, 3], "steps": [[2, 0, -1, 1, 3, 3, 0, 0, -1]]},
    "no batch": {"batch": 0},
    "an absurd batch": {"batch": 2**62},
    "slopes of another length": {"slopes": []},
    "the input as output": {"output": 0},
    "no step at all": {"widths": [3], "steps": [], "slopes": [], "output": 0, "size": 0},
    "a buffer that no step fills": {"widths": [3, 2, 2], "output": 2},
    "a buffer that is filled twice": two_steps([0, 0, -1, 1, 3, 2, 0, 0, 6], [0, 0, -1, 1, 3, 2, 0, 8, 14]),
    "a buffer that is read before it is filled": two_steps(
        [0, 2, -1, 1, 2, 2, 0, 0, 4], [0, 0, -1, 2, 3, 2, 0, 6, 12]
    ),
    "an addend that is read before it is filled": two_steps(
        [0, 0, 2, 1, 3, 2, 0, 0, 6], [0, 1, -1, 2, 2, 2, 0, 8, 12], size=14
    ),
    "a buffer that nobody reads": two_steps([0, 0, -1, 1, 3, 2, 0, 0, 6], [0, 0, -1, 2, 3, 2, 0, 8, 14]),
    "a source below 0": {"steps": [[0, -1, -1, 1, 3, 2, 0, 0, 6]]},
    "a weight below 0": {"steps": [[0, 0, -1, 1, 3, 2, 0, -1, 6]]},
    "a weight past all numbers": {"steps": [[0, 0, -1, 1, 3, 2, 0, 2**63 - 5, 6]]},
    "a bias past all numbers": {"steps": [[0, 0, -1, 1, 3, 2, 0, 0, 2**63 - 1]]},
    "a bias among the weights": {"steps": [[0, 0, -1, 1, 3, 2, 0, 0, 4]]},
    "a number of theta that belongs to nobody": {"size": 9},
    "a theta below nothing": {"size": -8},
    "an activation that does nothing": {
        "widths": [3, 3],
        "steps": [[1, 0, -1, 1, 3, 3, 0, 0, -1]],
        "size": 0,
    },
    "an activation fused that needs its input": {"steps": [[0, 0, -1, 1, 3, 2, 6, 0, 6]]},
    "an activation with parameters": {"widths": [3, 3], "steps": [[1, 0, -1, 1, 3, 3, 1, 0, 0]], "size": 3},
    "an activation of two buffers": {"widths": [3, 3], "steps": [[1, 0, 0, 1, 3, 3, 1, 0, -1]], "size": 0},
    "a sum with an activation": {"widths": [3, 3], "steps": [[2, 0, 0, 1, 3, 3, 1, 0, -1]], "size": 0},
    "a slope that is no number": {"slopes": [np.nan]},
    "a slope below 0": {"slopes": [-0.1]},
    "Huber without a delta": {"loss": 3},
    "a penalty that is no number": {"penalty": 1, "penalty_factor": np.nan},
    "a penalty below 0": {"penalty": 2, "penalty_factor": -1.0},
    "no threads": {"threads": 0},
    "threads below 0": {"threads": -2},
}


@pytest.mark.parametrize("broken", BROKEN_PLANS)
def test_a_broken_plan_is_refused(broken: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        model(**BROKEN_PLANS[broken])


def test_what_is_wrong_with_a_plan_is_said() -> None:
    with pytest.raises(ValueError, match="output: the buffer that the last step fills: expected 1, found 0"):
        model(output=0)
    with pytest.raises(
        ValueError, match="step 0: source: expected a buffer that is filled by then, 0 to 0, found 1"
    ):
        model(**BROKEN_PLANS["a step that reads its own target"])
    with pytest.raises(ValueError, match="theta: the size of all arrays: expected 8, found 9"):
        model(size=9)


BROKEN_DATA: dict[str, dict[str, Any]] = {
    "no rows": {"x": np.ones((0, 3)), "labels": np.zeros(0, np.int64)},
    "too few features": {"x": np.ones((5, 2))},
    "features in one row": {"x": np.ones(5)},
    "features of whole numbers": {"x": np.ones((5, 3), np.int64)},
    "features that are complex": {"x": np.ones((5, 3), complex)},
    "features not contiguous": {"x": np.ones((5, 6))[:, ::2]},
    "features by columns": {"x": np.asfortranarray(np.ones((5, 3)))},
    "features in a list": {"x": [[1.0, 2.0, 3.0]] * 5},
    "a shift of another length": {"shift": np.ones(2)},
    "a scale of another dtype": {"scale": np.ones(3, np.float32)},
    "too few labels": {"labels": np.zeros(4, np.int64)},
    "a label too large": {"labels": np.array([0, 1, 2, 0, 0])},
    "a label below 0": {"labels": np.array([0, 1, -1, 0, 0])},
    "labels of another dtype": {"labels": np.zeros(5, np.int32)},
    "labels in a matrix": {"labels": np.zeros((5, 1), np.int64)},
    "no targets": {"labels": None},
    "labels and values": {"values": np.ones((5, 2))},
    "values of another width": {"labels": None, "values": np.ones((5, 3))},
    "values of another dtype": {"labels": None, "values": np.ones((5, 2), np.float32)},
}


@pytest.mark.parametrize("broken", BROKEN_DATA)
def test_broken_data_are_refused(broken: str) -> None:
    arrays = data(**BROKEN_DATA[broken])
    with pytest.raises((ValueError, TypeError)):
        model().evaluate(np.zeros(8), *arrays)
    with pytest.raises((ValueError, TypeError)):
        model().value_and_grad(np.zeros(8), *arrays, np.zeros(8))


@pytest.mark.parametrize("theta", [np.zeros(7), np.zeros(8, np.float32), np.zeros((8, 1)), np.zeros(16)[::2]])
def test_a_theta_that_does_not_fit_is_refused(theta: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        model().evaluate(theta, *data())


def test_a_gradient_is_never_written_to_a_read_only_array() -> None:
    grad = np.zeros(8)
    grad.flags.writeable = False
    with pytest.raises((ValueError, TypeError)):
        model().value_and_grad(np.zeros(8), *data(), grad)
    assert not grad.any()


EPOCH: dict[str, Any] = {
    "theta": np.zeros(8),
    "m": None,
    "v": None,
    "t": 0,
    **dict(zip(("x", "shift", "scale", "labels", "values"), data(), strict=True)),
    "keys": None,
    "order": np.arange(5),
    "rates": np.array([0.1]),
    "optimizer": 0,
    "numbers": [0.0] * 6,
    "objectives": np.zeros(2),
}
BROKEN_EPOCHS: dict[str, dict[str, Any]] = {
    "no order": {"order": None},
    "an order of nothing": {"order": np.zeros(0, np.int64)},
    "a row that is not there": {"order": np.array([0, 1, 5])},
    "a row below 0": {"order": np.array([-1])},
    "keys of another form": {"keys": np.zeros((8, 3), np.uint32)},
    "no keys": {"keys": np.zeros((0, 2), np.uint32)},
    "too many rates": {"rates": np.ones(3)},
    "no rate": {"rates": np.ones(0)},
    "no room for objectives": {"objectives": np.zeros(1)},
    "an unknown optimizer": {"optimizer": 6},
    "too few numbers": {"numbers": [0.0]},
    "a slot that the optimizer does not keep": {"m": np.zeros(8)},
    "a missing slot": {"optimizer": 1},
    "a slot of another length": {"optimizer": 1, "m": np.zeros(7)},
    "a theta of another length": {"theta": np.zeros(9)},
    "a number of updates below 0": {"t": -1},
    "a momentum that is no number": {"optimizer": 1, "m": np.zeros(8), "numbers": [np.nan] + [0.0] * 5},
    "a bound of the norm below 0": {"numbers": [0.0] * 5 + [-1.0]},
}


@pytest.mark.parametrize("broken", BROKEN_EPOCHS)
def test_a_broken_epoch_is_refused(broken: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        variants.module().Epoch64(model(), *{**EPOCH, **BROKEN_EPOCHS[broken]}.values())


def test_the_unbroken_ones_are_taken() -> None:
    """So that the tests above fail for the reason that they name."""
    compiled = variants.module()
    epoch = compiled.Epoch64(model(), *EPOCH.values())
    compiled.train([epoch], 1, None)
    assert epoch.steps == 2
    loss, _ = model().evaluate(np.zeros(8), *data())
    assert loss == pytest.approx(5 * np.log(2))


def test_two_epochs_of_one_model_do_not_run_side_by_side() -> None:
    compiled, shared = variants.module(), model()
    epochs = [compiled.Epoch64(shared, *EPOCH.values()) for _ in range(2)]
    with pytest.raises(ValueError, match="share a model"):
        compiled.train(epochs, 2, None)


@pytest.mark.parametrize("threads", [0, -1, 5000])
def test_epochs_on_an_impossible_number_of_threads_are_refused(threads: int) -> None:
    compiled = variants.module()
    epochs = [compiled.Epoch64(model(), *EPOCH.values()) for _ in range(2)]
    with pytest.raises(ValueError, match=f"threads: expected 1 to 1024, found {threads}"):
        compiled.train(epochs, threads, None)


def rows(x: Any, y: Any) -> Rows:
    return Rows(Split(x, y), Affine())


def test_inputs_that_are_not_finite_end_the_epoch_with_the_step_and_the_cause() -> None:
    x = np.ones((40, 3))
    x[17] = 1e300
    task = Task(Objective(gw.mlp(3, 2), gw.MeanSquaredError()), gw.SGD(), gw.Constant(0.1), 8, 0, "float64")
    with pytest.raises(DivergenceError, match=r"epoch 1, step \d.*the loss is (inf|nan)"):
        native.train_epoch(task, task.initial_state(), rows(x, np.ones((40, 2))))


def test_a_dtype_that_is_not_served_is_refused() -> None:
    with pytest.raises(ConfigError, match="float16"):
        native.make_model(OBJECTIVE, "float16", 1)


def test_labels_that_change_during_the_call_do_not_crash() -> None:
    """The engine looks at memory that is not its own; what it does with a wild label is its own affair."""
    task = Task(OBJECTIVE, gw.SGD(), gw.Constant(0.1), 4, 0)
    y = np.zeros(4000, np.int64)
    split = rows(np.ones((4000, 3)), y)

    def spoil(_steps: int, _objective: float) -> bool:
        y[:] = 2**40
        return True

    run = native.EpochRun(task, task.initial_state(), split)
    y[:] = 2**40
    run.module.train([run.call], 1, spoil)
