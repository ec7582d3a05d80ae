"""A plan that no kernel could trust is refused, and it is said why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.engine import variants
from gradwright.engine.native import MOST_ROWS
from tests.engine.doors import (
    BACK,
    REFUSED,
    SIDE_BY_SIDE,
    STEP,
    WAVES,
    back,
    columns,
    data,
    factors,
    learn,
    model,
    norm,
    one_step,
    one_to_one,
    pass_on,
    product,
    two_steps,
    words,
)

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

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
    "a batch larger than the largest": {"batch_size": MOST_ROWS + 1},
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
    "a dropout of all": one_to_one("dropout", "none", rate=1.0),
    "a dropout of less than nothing": one_to_one("dropout", "none", rate=-0.5),
    "a dropout of two buffers": one_to_one("dropout", "none", rate=0.5, addend=0),
    "a rate of a linear step": one_step(rate=0.5),
    "a norm without an epsilon": norm("layer_norm", epsilon=0.0),
    "a norm without its arrays": norm("layer_norm", beta=-1),
    "a layer norm with running statistics": norm("layer_norm", mean=6, variance=9, size=12),
    "a batch norm without running statistics": norm("batch_norm"),
    "a momentum of 1": norm("batch_norm", mean=6, variance=9, momentum=1.0, size=12),
    "a scale without its factors": one_to_one("scale", "none"),
    "a scale with an activation": factors("scale", activation="relu"),
    "a scale of two buffers": factors("scale", addend=0),
    "a scale with a shift": factors("scale", beta=3, size=6),
    "a scale that does not learn": factors("scale", backward=[]),
    "a scale that learns twice": factors("scale", backward=2 * [{"kind": "step_back", "first": 0}]),
    "a scale with an epsilon": factors("scale", epsilon=1e-5),
    "a mix without its shares": one_to_one("mix", "relu"),
    "a mix of nothing": factors("mix"),
    "a mix of two buffers": factors("mix", activation="relu", addend=0),
    "a mix that leaves out all": factors("mix", activation="relu", rate=1.0),
    "a scale that leaves something out": factors("scale", rate=0.5),
    "shares of an activation": factors("activation", activation="relu", backward=[]),
    "factors of a linear step": one_step(gamma=8),
    "factors past all numbers": factors("scale", gamma=2**63 - 1),
    "columns without parts": columns(),
    "a part of no columns": columns({"columns": []}),
    "a column that is not there": columns({"columns": [0, 3]}),
    "a part that begins elsewhere": columns({"first": 1}),
    "a part that is wider than the target": columns({"columns": [0, 1, 2]}, {"first": 3, "columns": [0]}),
    "a copy of two columns for each": columns({"each": 2}),
    "a copy with a table": columns({"size": 3, "weight": 0}),
    "an embedding without a table": columns({"kind": "embedding", "size": 3}),
    "an embedding of no words": columns({"kind": "embedding", "size": 0, "weight": 0}),
    "a table outside theta": columns({"kind": "embedding", "size": 2, "weight": 4}, size=2),
    "a table larger than theta": columns({"kind": "embedding", "size": 2**23, "weight": 0}, size=3),
    "an absurd table": columns({"kind": "embedding", "size": 2**31 - 1, "weight": 0}),
    "waves without their arrays": columns({"kind": "waves", "size": 2, "weight": 0}),
    "waves and nothing beside": columns({"kind": "waves", "size": 1, **WAVES, "bias": 9}, size=9),
    "columns that do not learn": columns({"kind": "embedding", "size": 3, "weight": 0}, size=3, backward=[]),
    "columns of a linear step": one_step(parts=[{"kind": "copy", "columns": [0], "first": 0, "each": 1}]),
    "an epsilon of a linear step": one_step(epsilon=1e-5),
    "a norm that does not learn": norm("layer_norm", backward=[]),
    "a norm that learns twice": norm("layer_norm", backward=2 * [{"kind": "step_back", "first": 0}]),
    "a norm that adds to a delta that is not there": norm(
        "layer_norm", backward=[{"kind": "step_back", "first": 0, "accumulate": True}]
    ),
    "a slope without an end": one_step(activation="elu", slope=np.inf),
    "Huber without a delta": {"loss": "huber"},
    "a smoothing of everything": {"loss_parameter": 1.0},
    "a quantile of everything": {"loss": "quantile", "loss_parameter": 1.0},
    "a parameter of a loss that has none": {"loss": "poisson", "loss_parameter": 0.5},
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
    "a step back through a linear one": back({"kind": "step_back", "first": 1}, *BACK),
    "a step back through none": back({"kind": "step_back", "first": 2}, *BACK),
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


def program(**changes: Any) -> Any:
    """The compiled program of ``PLAN`` with some of its arguments changed after they were made."""
    engine = variants.module()
    arguments = {
        "widths": [3, 2],
        "steps": [engine.Step(**words(STEP, engine.StepKind))],
        "backward": [engine.BackwardStep(**words(learn(0, 1), engine.BackwardKind))],
        "deltas": [engine.DeltaPlace(block=-1, column=0), engine.DeltaPlace(block=0, column=0)],
        "loss": engine.LossKind.softmax_cross_entropy,
        "penalty": engine.PenaltyKind.none,
    }
    numbers = {"output": 1, "size": 8, "loss_parameter": 0.0, "penalty_factor": 0.0}
    return engine.Program(**{**arguments, **numbers, **changes})


@pytest.mark.parametrize("name", ["widths", "steps", "backward", "deltas"])
@pytest.mark.parametrize("items", [[None], [None, None], [[]], ["12"], "12", None, 7, {1: 2}])
def test_a_list_of_other_things_is_refused(name: str, items: Any) -> None:
    program()
    with pytest.raises(REFUSED):
        program(**{name: items})


def test_no_element_can_change_a_list_while_it_is_read() -> None:
    class Emptying(int):
        def __index__(self) -> int:
            widths.clear()
            return 3

        __int__ = __index__

    widths: list[Any] = [Emptying(3), *range(2, 1000)]
    with pytest.raises(TypeError):
        program(widths=widths)
    assert len(widths) == 999, "the element's own code has run"


def test_parameters_whose_number_overflows_are_refused() -> None:
    engine, widest, count = variants.module(), 2**24 - 1, 2**15 + 1
    square = {**STEP, "inputs": widest, "outputs": widest, "bias": -1}
    steps = [{**square, "source": k, "target": k + 1, "weight": k * widest**2} for k in range(count)]
    made = [engine.Step(**words(step, engine.StepKind)) for step in steps]
    with pytest.raises(ValueError, match="theta: expected a size of all arrays"):
        program(widths=[widest] * (count + 1), steps=made, output=count, size=2**63 - 1)


def test_a_layer_whose_columns_overflow_is_refused() -> None:
    engine, widest, count = variants.module(), 2**24 - 1, 130
    steps: list[dict[str, Any]] = [
        {**STEP, "inputs": 3, "outputs": widest, "target": k + 1, "bias": -1, "weight": 3 * k * widest}
        for k in range(count)
    ]
    for k in range(1, count):
        steps[k]["addend"] = k
    columns = [0, *(min(k * widest, 2**31 - 1) for k in range(count))]
    places = [engine.DeltaPlace(block=min(k, 1) - 1, column=columns[k]) for k in range(count + 1)]
    with pytest.raises(ValueError, match=r"delta 2: expected a block of fewer than 2\^24 columns"):
        program(
            widths=[3] + [widest] * count,
            steps=[engine.Step(**words(step, engine.StepKind)) for step in steps],
            backward=[engine.BackwardStep(**words(learn(0, count), engine.BackwardKind))],
            deltas=places,
            output=count,
            size=3 * count * widest,
        )


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


@pytest.mark.parametrize(("plan", "size"), [({}, 8), (two_steps({}, {}), 14), (SIDE_BY_SIDE, 16)])
def test_the_unbroken_ones_are_taken(plan: dict[str, Any], size: int) -> None:
    """So that the tests above fail for the reason that they name."""
    grad = np.full(size, np.nan)
    model(**plan).value_and_grad(np.zeros(size), *data(), grad)
    assert np.isfinite(grad).all()
