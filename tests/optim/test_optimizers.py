"""What holds for every optimizer: it converges, keeps the dtype, and leaves alone what it is handed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from gradwright.optim import SGD, Adam, AdamW, CosineDecay, Optimizer, RMSProp, State
from gradwright.optim.optimizer import Array

BOWL_SCALES = np.array([1.0, 10.0])
BOWL_MINIMUM = np.array([1.0, -2.0])
ROSENBROCK_MINIMUM = np.array([1.0, 1.0])
# float32 carries 7 digits, and Rosenbrock's valley is flat: a gradient of 1e-5 is 1e-2 from its end
NEAR = 0.02


def bowl_gradient(x: Array) -> Array:
    """Of sum_i scale_i (x_i - minimum_i)^2 / 2."""
    gradient: Array = BOWL_SCALES.astype(x.dtype) * (x - BOWL_MINIMUM.astype(x.dtype))
    return gradient


def rosenbrock_gradient(x: Array) -> Array:
    """Of (1 - x_0)^2 + 10 (x_1 - x_0^2)^2: a curved valley, ten and not a hundred times as steep as long."""
    climb = 20 * (x[1] - x[0] ** 2)
    return np.array([-2 * (1 - x[0]) - 2 * x[0] * climb, climb])


OPTIMIZERS: list[tuple[Optimizer, float]] = [
    (SGD(), 0.02),
    (SGD(momentum=0.9), 0.005),
    (SGD(momentum=0.9, nesterov=True), 0.005),
    (Adam(), 0.05),
    (AdamW(weight_decay=1e-4), 0.05),
    (RMSProp(), 0.02),
]
NAMES = ["SGD", "momentum", "nesterov", "Adam", "AdamW", "RMSProp"]

every_optimizer = pytest.mark.parametrize("optimizer", [o for o, _ in OPTIMIZERS], ids=NAMES)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@every_dtype
@pytest.mark.parametrize(
    ("gradient", "minimum"),
    [(bowl_gradient, BOWL_MINIMUM), (rosenbrock_gradient, ROSENBROCK_MINIMUM)],
    ids=["bowl", "Rosenbrock"],
)
@pytest.mark.parametrize(("optimizer", "rate"), OPTIMIZERS, ids=NAMES)
def test_an_optimizer_finds_the_minimum(
    optimizer: Optimizer, rate: float, gradient: Callable[[Array], Array], minimum: Array, dtype: type
) -> None:
    steps = 2000
    schedule = CosineDecay(rate, end=0.0, duration=steps, per="step")
    theta: Array = np.array([-1.0, 1.0], dtype)
    state = optimizer.init(theta)
    for step in range(steps):
        theta, state = optimizer.update(theta, gradient(theta), state, schedule.rate(step, 0))
    assert theta.dtype == dtype
    np.testing.assert_allclose(theta, minimum, rtol=0, atol=NEAR)


def two_updates(optimizer: Optimizer, theta: Array, grad: Array, rate: float) -> tuple[Array, State]:
    theta, state = optimizer.update(theta, grad, optimizer.init(theta), rate)
    return optimizer.update(theta, grad, state, rate)


@every_dtype
@every_optimizer
def test_parameters_and_state_keep_dtype_and_shape(optimizer: Optimizer, dtype: type) -> None:
    theta, state = two_updates(optimizer, np.ones((2, 3), dtype), np.ones((2, 3), dtype), 0.1)
    assert theta.dtype == dtype
    assert theta.shape == (2, 3)
    for name, array in state.items():
        assert array.dtype == (np.int64 if name == "t" else dtype), name
        assert array.shape == (() if name == "t" else (2, 3)), name


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(momentum=np.float64(0.9)),
        Adam(beta1=np.float64(0.9), beta2=np.float64(0.999), epsilon=np.float64(1e-8)),
        AdamW(weight_decay=np.float64(0.1)),
        RMSProp(decay=np.float64(0.9), epsilon=np.float64(1e-8)),
        SGD(),
    ],
    ids=["momentum", "Adam", "AdamW", "RMSProp", "SGD"],
)
def test_numpy_scalars_do_not_promote_float32(optimizer: Optimizer) -> None:
    ones = np.ones(3, np.float32)
    theta, state = two_updates(optimizer, ones, ones, np.float64(0.1))
    assert theta.dtype == np.float32
    assert {array.dtype for name, array in state.items() if name != "t"} <= {np.dtype(np.float32)}


@every_optimizer
def test_what_is_handed_in_is_only_read_and_shared_with_nothing(optimizer: Optimizer) -> None:
    theta, grad = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    first, state = optimizer.update(theta, grad, optimizer.init(theta), 0.1)
    given = [first, grad, *state.values()]
    copies = [array.copy() for array in given]
    for array in given:
        array.flags.writeable = False  # a write in place is an error from here on

    second, new_state = optimizer.update(first, grad, state, 0.1)
    returned = [second, *new_state.values()]
    assert not any(np.shares_memory(new, old) for new in returned for old in given)
    for array, copy in zip(given, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@every_optimizer
def test_the_first_state_shares_no_memory_with_the_parameters(optimizer: Optimizer) -> None:
    theta = np.ones(3)
    assert not any(np.shares_memory(array, theta) for array in optimizer.init(theta).values())


@every_optimizer
def test_the_same_inputs_give_the_same_update(optimizer: Optimizer) -> None:
    theta, grad = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    once, again = (two_updates(optimizer, theta, grad, 0.1)[0] for _ in range(2))
    np.testing.assert_array_equal(once, again)


@every_optimizer
def test_entries_do_not_mix(optimizer: Optimizer) -> None:
    theta, grad = np.array([1.0, -2.0, 3.0]), np.array([0.5, 3.0, -1e-3])
    together, _ = two_updates(optimizer, theta, grad, 0.1)
    alone = [two_updates(optimizer, theta[i : i + 1], grad[i : i + 1], 0.1)[0] for i in range(3)]
    np.testing.assert_array_equal(together, np.concatenate(alone))


@every_optimizer
def test_a_rate_of_zero_moves_nothing(optimizer: Optimizer) -> None:
    theta = np.array([1.0, -2.0])
    np.testing.assert_array_equal(two_updates(optimizer, theta, np.array([0.5, 3.0]), 0.0)[0], theta)


@every_optimizer
def test_an_optimizer_is_one_by_its_methods(optimizer: Optimizer) -> None:
    assert isinstance(optimizer, Optimizer)
    assert not isinstance(object(), Optimizer)
