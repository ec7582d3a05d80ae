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
STEP: dict[str, Any] = {
    "kind": "linear",
    "source": 0,
    "addend": -1,
    "target": 1,
    "inputs": 3,
    "outputs": 2,
    "activation": "none",
    "slope": 0.0,
    "weight": 0,
    "bias": 6,
}
LEARN: dict[str, Any] = {"kind": "parameter_product", "first": 0, "last": 1}
PLAN: dict[str, Any] = {
    "widths": [3, 2],
    "steps": [STEP],
    "backward": [LEARN],
    "deltas": [(-1, 0), (0, 0)],
    "output": 1,
    "size": 8,
    "loss": "softmax_cross_entropy",
    "loss_parameter": 0.0,
    "penalty": "none",
    "penalty_factor": 0.0,
}
MODEL: dict[str, Any] = {"family": "lanes", "batch_size": 4, "threads": 1, "precision": "float32"}
REFUSED = (ValueError, TypeError, KeyError)  # KeyError: a word that an enum does not have


def model(**changes: Any) -> Any:
    """A compiled model of ``PLAN`` and ``MODEL`` with some of their fields changed."""
    engine = variants.module()
    plan = {name: changes.get(name, value) for name, value in PLAN.items()}
    rest = {name: changes.get(name, value) for name, value in MODEL.items()}
    plan |= {
        "steps": [engine.Step(**words(step, engine.StepKind)) for step in plan["steps"]],
        "backward": [engine.BackwardStep(**words(step, engine.BackwardKind)) for step in plan["backward"]],
        "deltas": [engine.DeltaPlace(block=block, column=column) for block, column in plan["deltas"]],
        "loss": engine.LossKind[plan["loss"]],
        "penalty": engine.PenaltyKind[plan["penalty"]],
    }
    rest |= {"family": engine.Family[rest["family"]], "precision": engine.Precision[rest["precision"]]}
    return engine.Model64(program=engine.Program(**plan), **rest)


def words(step: dict[str, Any], kinds: Any) -> dict[str, Any]:
    activation = variants.module().Activation[step.get("activation", "none")]
    return {**step, "kind": kinds[step["kind"]], "activation": activation}


def one_step(**changes: Any) -> dict[str, Any]:
    return {"steps": [{**STEP, **changes}]}


def data(**changes: Any) -> tuple[Any, ...]:
    arrays = {
        "x": np.ones((5, 3)),
        "shift": None,
        "scale": None,
        "labels": np.zeros(5, np.int64),
        "values": None,
    }
    return tuple({**arrays, **changes}.values())


def one_to_one(kind: str, activation: str, **changes: Any) -> dict[str, Any]:
    """A plan of one step that keeps the width, without parameters."""
    step = {"kind": kind, "activation": activation, "outputs": 3, "bias": -1, **changes}
    return {"widths": [3, 3], "backward": [], "size": 0, **one_step(**step)}


def two_steps(first: dict[str, Any], second: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan 3 -> 2 -> 2 of two linear steps; sound, where nothing is changed."""
    behind = {"source": 1, "target": 2, "inputs": 2, "weight": 8, "bias": 12}
    return {
        "widths": [3, 2, 2],
        "steps": [{**STEP, **first}, {**STEP, **behind, **second}],
        "backward": BACK,
        "deltas": [(-1, 0), (0, 0), (1, 0)],
        "output": 2,
        "size": 14,
        **changes,
    }


def product(first: int, last: int, accumulate: bool = False) -> dict[str, Any]:
    return {"kind": "input_product", "first": first, "last": last, "accumulate": accumulate}


def learn(first: int, last: int) -> dict[str, Any]:
    return {"kind": "parameter_product", "first": first, "last": last}


def pass_on(source: int, target: int, accumulate: bool = False, **rest: Any) -> dict[str, Any]:
    return {"kind": "pass_on", "source": source, "target": target, "accumulate": accumulate, **rest}


BACK = [product(1, 2), learn(1, 2), learn(0, 1)]  # of two_steps
SIDE_BY_SIDE: dict[str, Any] = {  # y1 = x W + b, y2 = x W + b + y1, of one source
    "widths": [3, 2, 2],
    "steps": [STEP, {**STEP, "addend": 1, "target": 2, "weight": 8, "bias": 14}],
    "backward": [pass_on(2, 1), learn(0, 2)],
    "deltas": [(-1, 0), (0, 0), (0, 2)],
    "output": 2,
    "size": 16,
}


def back(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return two_steps({}, {}, backward=list(steps), **changes)


BROKEN_PLANS: dict[str, dict[str, Any]] = {
    "no buffers": {"widths": []},
    "a width of nothing": {"widths": [3, 0]},
    "an absurd width": {"widths": [3, 2**40]},
    "an output that is not there": {"output": 2},
    "an unknown loss": {"loss": "hinge"},
    "an unknown penalty": {"penalty": "l3"},
    "an unknown precision": {"precision": "float16"},
    "an unknown family": {"family": "tiles"},
    "an unknown step": one_step(kind="convolution"),
    "an unknown activation": one_step(activation="sine"),
    "a buffer that is not there": one_step(source=5),
    "a step that reads its own target": one_step(source=1, inputs=2),
    "widths that do not meet": one_step(inputs=2),
    "a weight outside theta": one_step(weight=7),
    "a bias outside theta": one_step(bias=7),
    "an activation that changes the width": one_step(kind="activation", activation="relu", bias=-1),
    "a sum of one": one_to_one("add", "none"),
    "no batch": {"batch_size": 0},
    "an absurd batch": {"batch_size": 2**62},
    "the input as output": {"output": 0},
    "no step at all": {
        "widths": [3],
        "steps": [],
        "backward": [],
        "deltas": [(-1, 0)],
        "output": 0,
        "size": 0,
    },
    "a buffer that no step fills": {"widths": [3, 2, 2], "output": 2},
    "a buffer that is filled twice": two_steps(
        {}, {"source": 0, "target": 1, "inputs": 3, "bias": 14}, size=16
    ),
    "a buffer that is read before it is filled": two_steps(
        {"source": 2, "inputs": 2, "bias": 4}, {"source": 0, "inputs": 3, "weight": 6}
    ),
    "an addend that is read before it is filled": two_steps({"addend": 2}, {}),
    "a buffer that nobody reads": two_steps({}, {"source": 0, "inputs": 3, "bias": 14}, size=16),
    "a source below 0": one_step(source=-1),
    "a weight below 0": one_step(weight=-1),
    "a weight past all numbers": one_step(weight=2**63 - 5),
    "a bias past all numbers": one_step(bias=2**63 - 1),
    "a bias among the weights": one_step(bias=4),
    "a number of theta that belongs to nobody": {"size": 9},
    "a theta below nothing": {"size": -8},
    "an activation that does nothing": one_to_one("activation", "none"),
    "an activation fused that needs its input": one_step(activation="gelu"),
    "an activation with parameters": one_to_one("activation", "relu", bias=0),
    "an activation of two buffers": one_to_one("activation", "relu", addend=0),
    "a sum with an activation": one_to_one("add", "relu", addend=0),
    "a slope that is no number": one_step(slope=np.nan),
    "a slope below 0": one_step(slope=-0.1),
    "Huber without a delta": {"loss": "huber"},
    "a penalty that is no number": {"penalty": "l2", "penalty_factor": np.nan},
    "a penalty below 0": {"penalty": "l1", "penalty_factor": -1.0},
    "no threads": {"threads": 0},
    "threads below 0": {"threads": -2},
}
BROKEN_WAYS_BACK: dict[str, dict[str, Any]] = {
    "no way back": back(),
    "an unknown step back": back({"kind": "convolution"}),
    "weights that never learn": back(product(1, 2), learn(1, 2)),
    "weights that learn twice": back(*BACK, learn(0, 1)),
    "a delta that nobody sets": back(learn(1, 2), learn(0, 1)),
    "a delta that is set twice": back(product(1, 2), *BACK),
    "a delta that is added to before it is set": back(product(1, 2, True), *BACK[1:]),
    "a product with weights that have learnt": back(learn(1, 2), product(1, 2), learn(0, 1)),
    "a gradient that is added to": back(*BACK[:2], {**learn(0, 1), "accumulate": True}),
    "a delta of the input": back(*BACK[:2], product(0, 1), BACK[2]),
    "steps that are not there": back(*BACK[:2], learn(0, 3)),
    "no steps": back(*BACK[:2], learn(0, 0)),
    "steps below 0": back(*BACK[:2], learn(-1, 1)),
    "a layer of two sources": back(learn(0, 2)),
    "a product of half a layer": {**SIDE_BY_SIDE, "backward": [pass_on(2, 1), product(0, 1), learn(0, 2)]},
    "a product of two layers": back(product(0, 2), *BACK),
    "a product with a buffer": back({**BACK[0], "source": 1}, *BACK[1:]),
    "a product with an activation": back({**BACK[0], "activation": "tanh"}, *BACK[1:]),
    "a delta passed on from nowhere": back(pass_on(1, 2, True), *BACK),
    "a delta passed on to nowhere": back(pass_on(2, 3), *BACK),
    "a delta passed on to the input": back(pass_on(2, 0), *BACK),
    "a delta passed on from below 0": back(pass_on(-1, 2, True), *BACK),
    "a delta that is added to itself": back(pass_on(2, 2, True), *BACK),
    "deltas of two widths": two_steps(
        {}, {"outputs": 3, "bias": 14}, widths=[3, 2, 3], size=17, backward=[pass_on(2, 1), *BACK[1:]]
    ),
    "an activation of nothing known": back(pass_on(2, 2, activation="tanh"), *BACK),
    "something known of no activation": back(pass_on(2, 2, known=2), *BACK),
    "values that are not there": back(pass_on(2, 2, activation="tanh", known=3), *BACK),
    "values of another width": back(pass_on(2, 2, activation="tanh", known=0), *BACK),
    "a slope of a step back": back(pass_on(2, 2, activation="leaky_relu", slope=1.0, known=2), *BACK),
    "a step of buffers with steps": back({**pass_on(2, 1), "first": 0}, *BACK[1:]),
    "too few places": back(*BACK, deltas=[(-1, 0), (0, 0)]),
    "a place for the input": back(*BACK, deltas=[(2, 0), (0, 0), (1, 0)]),
    "no place for the output": back(*BACK, deltas=[(-1, 0), (0, 0), (-1, 0)]),
    "a block past all": back(*BACK, deltas=[(-1, 0), (0, 0), (3, 0)]),
    "a block below nowhere": back(*BACK, deltas=[(-1, 0), (-2, 0), (1, 0)]),
    "two layers in one place": back(*BACK, deltas=[(-1, 0), (0, 0), (0, 0)]),
    "two layers in one block": back(*BACK, deltas=[(-1, 0), (0, 0), (0, 2)]),
    "a column that leaves a gap": back(*BACK, deltas=[(-1, 0), (0, 1), (1, 0)]),
    "a column below 0": back(*BACK, deltas=[(-1, 0), (0, -1), (1, 0)]),
    "a layer whose deltas overlap": {**SIDE_BY_SIDE, "deltas": [(-1, 0), (0, 0), (0, 1)]},
    "a layer in two blocks": {**SIDE_BY_SIDE, "deltas": [(-1, 0), (0, 0), (1, 0)]},
    "kernels that share no product": {**SIDE_BY_SIDE, "family": "panels"},
}


@pytest.mark.parametrize("broken", BROKEN_PLANS)
def test_a_broken_plan_is_refused(broken: str) -> None:
    with pytest.raises(REFUSED):
        model(**BROKEN_PLANS[broken])


@pytest.mark.parametrize("broken", BROKEN_WAYS_BACK)
def test_a_broken_way_back_is_refused(broken: str) -> None:
    with pytest.raises(REFUSED):
        model(**BROKEN_WAYS_BACK[broken])


def test_what_is_wrong_with_a_plan_is_said() -> None:
    with pytest.raises(ValueError, match="output: the buffer that the last step fills: expected 1, found 0"):
        model(output=0)
    with pytest.raises(
        ValueError, match="step 0: source: expected a buffer that is filled by then, 0 to 0, found 1"
    ):
        model(**BROKEN_PLANS["a step that reads its own target"])
    with pytest.raises(ValueError, match="theta: the size of all arrays: expected 8, found 9"):
        model(size=9)
    with pytest.raises(ValueError, match="backward step 1: expected to add to the delta of buffer 1"):
        model(**BROKEN_WAYS_BACK["a delta that is set twice"])


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
    "optimizer": {"kind": "sgd"},
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
    "an unknown optimizer": {"optimizer": {"kind": "newton"}},
    "a number that no optimizer has": {"optimizer": {"kind": "sgd", "friction": 0.1}},
    "a slot that the optimizer does not keep": {"m": np.zeros(8)},
    "a missing slot": {"optimizer": {"kind": "momentum"}},
    "a slot of another length": {"optimizer": {"kind": "momentum"}, "m": np.zeros(7)},
    "a theta of another length": {"theta": np.zeros(9)},
    "a number of updates below 0": {"t": -1},
    "a momentum that is no number": {"optimizer": {"kind": "momentum", "momentum": np.nan}, "m": np.zeros(8)},
    "a bound of the norm below 0": {"optimizer": {"kind": "sgd", "clip_norm": -1.0}},
}


def epoch_of(model: Any, **changes: Any) -> Any:
    engine, fields = variants.module(), {**EPOCH, **changes}
    numbers = dict(fields["optimizer"])
    optimizer = engine.Optimizer(kind=engine.OptimizerKind[numbers.pop("kind")], **numbers)
    return engine.Epoch64(model=model, **{**fields, "optimizer": optimizer})


@pytest.mark.parametrize("broken", BROKEN_EPOCHS)
def test_a_broken_epoch_is_refused(broken: str) -> None:
    with pytest.raises(REFUSED):
        epoch_of(model(), **BROKEN_EPOCHS[broken])


def test_the_unbroken_ones_are_taken() -> None:
    """So that the tests above fail for the reason that they name."""
    compiled = variants.module()
    epoch = epoch_of(model())
    compiled.train([epoch], 1, None)
    assert epoch.steps == 2
    loss, _ = model().evaluate(np.zeros(8), *data())
    assert loss == pytest.approx(5 * np.log(2))
    for plan, size in ((two_steps({}, {}), 14), (SIDE_BY_SIDE, 16)):
        grad = np.full(size, np.nan)
        model(**plan).value_and_grad(np.zeros(size), *data(), grad)
        assert np.isfinite(grad).all()


def test_two_epochs_of_one_model_do_not_run_side_by_side() -> None:
    compiled, shared = variants.module(), model()
    epochs = [epoch_of(shared) for _ in range(2)]
    with pytest.raises(ValueError, match="share a model"):
        compiled.train(epochs, 2, None)


@pytest.mark.parametrize("threads", [0, -1, 5000])
def test_epochs_on_an_impossible_number_of_threads_are_refused(threads: int) -> None:
    compiled = variants.module()
    epochs = [epoch_of(model()) for _ in range(2)]
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
