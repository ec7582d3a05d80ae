"""Arrays with rates and decays of their own: alike in both engines and all families, and frozen bits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, State, Task, native, reference, variants
from gradwright.engine.models import make_model
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.optim import Optimizer, ParameterGroup

# Of the change of theta after some steps: both sum in their own order, see test_native.py
CLOSE = {"float64": 1e-9, "float32": 2e-3}
COUNT = 37
OPTIMIZERS: list[Optimizer] = [
    *(gw.SGD(), gw.SGD(momentum=0.9), gw.SGD(momentum=0.9, nesterov=True)),
    *(gw.Adam(), gw.AdamW(weight_decay=0.3), gw.RMSProp()),
]
NORMS = gw.Sequential(
    *(gw.BatchNorm(4), gw.Linear(4, 9, bias=False), gw.LayerNorm(9), gw.Tanh(), gw.BatchNorm(9)),
    gw.Linear(9, 3),
)
NETWORKS: dict[str, Layer] = {
    "narrow": gw.mlp(4, 9, 3),
    "wide": gw.mlp(4, 140, 3),
    "many inputs": gw.mlp(70, 9, 3),  # single samples are learnt from in blocks
    "side by side": gw.residual_mlp(4, 20, 20, 3),  # some of its weights share a product
    "norms": NORMS,
    "scale and mix": gw.Sequential(gw.Scale(4), gw.Linear(4, 9), gw.Mixed(gw.Tanh(), 9), gw.Linear(9, 3)),
}
compiled = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")
ENGINES = [reference, pytest.param(native, marks=compiled)]


def task(network: Layer, optimizer: Optimizer, *groups: ParameterGroup, **changes: Any) -> Task:
    settings: dict[str, Any] = {"batch_size": 8, "seed": 1, "dtype": "float64", "groups": groups}
    objective = Objective(network, gw.SoftmaxCrossEntropy(), changes.pop("penalty", None))
    return Task(objective, optimizer, gw.Constant(0.01), **{**settings, **changes})


def rows(task: Task) -> Rows:
    rng = np.random.default_rng(0)
    inputs = task.objective.layout.slots[0].shape[0]
    return Rows(Split(rng.normal(size=(COUNT, inputs)), rng.integers(3, size=COUNT)), Affine())


def trained(engine: Any, task: Task, epochs: int = 2) -> State:
    state = task.initial_state()
    for _ in range(epochs):
        state = engine.train_epoch(task, state, rows(task)).state
    return state


def all_apart(network: Layer) -> tuple[ParameterGroup, ...]:
    """A group for each array: every factor is another one, and the third array is frozen."""
    names = [slot.name for slot in Objective(network, gw.SoftmaxCrossEntropy()).layout.trained]
    return tuple(
        ParameterGroup(name, rate=0 if k == 2 else 0.5 + 0.25 * k, decay=None) for k, name in enumerate(names)
    )


def decays(optimizer: Optimizer) -> list[ParameterGroup]:
    return [ParameterGroup("*.bias", decay=2), ParameterGroup("0.*", decay=0.5)] * isinstance(
        optimizer, gw.AdamW
    )


def relative(ours: Array, theirs: Array, start: Array) -> float:
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs - start))


@compiled
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_both_engines_move_every_array_with_its_factors(
    optimizer: Optimizer, network: str, batch_size: int, dtype: str
) -> None:
    net = NETWORKS[network]
    wanted = task(net, optimizer, *all_apart(net), *decays(optimizer), batch_size=batch_size)
    theirs = trained(reference, wanted)
    ours = trained(native, replace(wanted, dtype=dtype))
    assert relative(ours.theta, theirs.theta, wanted.initial_state().theta) <= CLOSE[dtype]


@compiled
@pytest.mark.parametrize("penalty", [gw.L2(0.01), gw.L1(0.01)], ids=repr)
@pytest.mark.parametrize("clip_norm", [None, 0.3])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_penalties_and_clipping_come_before_the_factors(
    optimizer: Optimizer, clip_norm: float | None, penalty: Any
) -> None:
    net = NETWORKS["narrow"]
    wanted = task(net, optimizer, *all_apart(net), penalty=penalty, clip_norm=clip_norm)
    ours, theirs = (trained(engine, wanted) for engine in (native, reference))
    assert relative(ours.theta, theirs.theta, wanted.initial_state().theta) <= CLOSE["float64"]


@compiled
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_every_family_of_kernels_moves_them_alike(optimizer: Optimizer, network: str) -> None:
    net = NETWORKS[network]
    wanted = task(net, optimizer, *all_apart(net), *decays(optimizer))
    start = wanted.initial_state()

    def by(family: Any) -> Array:
        arguments = native.epoch_arguments(wanted, start, rows(wanted))
        make_model(wanted.objective, "float64", 8, family=family).train(**arguments, ask=None)
        theta: Array = arguments["theta"][0]
        return theta

    plain = by("plain")
    for family in ["panels"] if network == "wide" else ["lanes", "panels"]:
        assert relative(by(family), plain, start.theta) <= CLOSE["float64"]


@compiled
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_the_bits_do_not_depend_on_the_number_of_threads(optimizer: Optimizer) -> None:
    net = gw.mlp(4, 200, 200, 3)
    wanted = task(net, optimizer, *all_apart(net), *decays(optimizer), dtype="float32", batch_size=32)
    start = wanted.initial_state()
    once, twice = (
        native.train_epoch(wanted, start, rows(wanted), at_most=threads).state for threads in (1, 2)
    )
    assert once.theta.tobytes() == twice.theta.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("network", "batch_size"), [*((name, 8) for name in NETWORKS), ("narrow", 1), ("many inputs", 1)]
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_a_frozen_array_keeps_its_bits_and_the_optimizer_nothing_of_it(
    engine: Any, optimizer: Optimizer, network: str, batch_size: int, dtype: str
) -> None:
    """Zeros keep their signs too, which an update by 0 would not."""
    net = NETWORKS[network]
    layout = Objective(net, gw.SoftmaxCrossEntropy()).layout
    frozen = [slot for slot in layout.trained if "weight" in slot.name or "beta" in slot.name]
    groups = (ParameterGroup(slot.name, rate=0) for slot in frozen)
    wanted = task(net, optimizer, *groups, dtype=dtype, batch_size=batch_size)
    start = wanted.initial_state()
    for slot in frozen:
        start.theta[slot.start : slot.stop : 3] = -0.0
    after = start
    for _ in range(2):
        after = engine.train_epoch(wanted, after, rows(wanted)).state
    for slot in layout.slots:
        at = slice(slot.start, slot.stop)
        assert (after.theta[at].tobytes() == start.theta[at].tobytes()) == (slot in frozen), slot.name
        for name, vector in after.optimizer.items():
            assert name == "t" or slot not in frozen or not vector[at].any(), f"{name} of {slot.name}"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS[1:], ids=repr)
def test_a_factor_of_all_there_is_is_another_rate(engine: Any, optimizer: Optimizer) -> None:
    """A factor of 2 rounds nothing. Plain descent takes other kernels with one, see below."""
    alone = gw.Linear(4, 3, bias=False)
    with_factor = task(alone, optimizer, ParameterGroup("weight", rate=2))
    with_rate = replace(with_factor, groups=(), schedule=gw.Constant(0.02))
    assert trained(engine, with_factor).theta.tobytes() == trained(engine, with_rate).theta.tobytes()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("batch_size", [1, 8])
def test_plain_descent_with_a_factor_is_that_at_another_rate(engine: Any, batch_size: int) -> None:
    alone = gw.Linear(4, 3, bias=False)
    with_factor = task(alone, gw.SGD(), ParameterGroup("weight", rate=2), batch_size=batch_size)
    with_rate = replace(with_factor, groups=(), schedule=gw.Constant(0.02))
    found, wanted = (trained(engine, each).theta for each in (with_factor, with_rate))
    assert relative(found, wanted, with_factor.initial_state().theta) <= CLOSE["float64"]


@pytest.mark.parametrize("engine", ENGINES)
def test_weights_decay_and_biases_and_norms_do_not(engine: Any) -> None:
    """Of one step from one start: it is the decay alone in which the two differ."""
    layout = Objective(NORMS, gw.SoftmaxCrossEntropy()).layout
    with_decay, without = (
        task(NORMS, gw.AdamW(weight_decay=decay), batch_size=COUNT) for decay in (0.5, 0.0)
    )
    start = with_decay.state_at(np.linspace(0.5, 1.5, layout.size))
    decayed, plain = (
        engine.train_epoch(each, start, rows(each)).state.theta for each in (with_decay, without)
    )
    for slot in layout.trained:
        at = slice(slot.start, slot.stop)
        shrunk = 0.01 * 0.5 * start.theta[at] if slot.name.endswith("weight") else 0.0
        np.testing.assert_allclose(plain[at] - decayed[at], shrunk, atol=1e-15)
        assert np.any(shrunk) or plain[at].tobytes() == decayed[at].tobytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_group_lets_biases_decay_and_the_rate_scales_what_decays(engine: Any) -> None:
    """At a gradient of 0: the data are 0, and so are the weights and the slope of the loss by the bias."""
    net = gw.Linear(4, 2)
    group = ParameterGroup("bias", rate=3, decay=2)
    objective = Objective(net, gw.MeanSquaredError())
    wanted = Task(objective, gw.AdamW(weight_decay=0.5), gw.Constant(0.01), 8, 0, "float64", groups=(group,))
    theta = np.concatenate([np.ones(8), [2.0, 4.0]])
    still = Rows(Split(np.zeros((8, 4)), np.tile([2.0, 4.0], (8, 1))), Affine())
    moved = engine.train_epoch(wanted, wanted.state_at(theta), still).state.theta
    np.testing.assert_allclose(moved[:8], 1 - 0.01 * 0.5)
    np.testing.assert_allclose(moved[8:], theta[8:] * (1 - 3 * 0.01 * 2 * 0.5))


@pytest.mark.parametrize("engine", ENGINES)
def test_the_norm_that_is_clipped_is_that_of_the_whole_gradient(engine: Any) -> None:
    """What moves moves as it would if nothing were frozen."""
    net = NETWORKS["narrow"]
    free = task(net, gw.SGD(), clip_norm=0.05, batch_size=COUNT)
    frozen = replace(free, groups=(ParameterGroup("0.*", rate=0),))
    layout = free.objective.layout
    found, wanted = (layout.named(trained(engine, each, epochs=1).theta) for each in (frozen, free))
    np.testing.assert_array_equal(found["2.weight"], wanted["2.weight"])
    np.testing.assert_array_equal(found["2.bias"], wanted["2.bias"])


@pytest.mark.parametrize("engine", ENGINES)
def test_statistics_are_moved_by_the_data_whatever_is_frozen(engine: Any) -> None:
    frozen = task(NORMS, gw.SGD(momentum=0.9), ParameterGroup("*", rate=0))
    layout, start = frozen.objective.layout, frozen.initial_state().theta
    after = trained(engine, frozen).theta
    for slot in layout.slots:
        at = slice(slot.start, slot.stop)
        assert (after[at].tobytes() == start[at].tobytes()) == slot.parameter.trained, slot.name
