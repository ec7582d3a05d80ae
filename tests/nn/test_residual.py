"""Branches: sums and skips worked by hand, the block of report S1, and bodies that do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    Linear,
    ParameterLayout,
    ReLU,
    Residual,
    Sequential,
    Sum,
    Tanh,
    initializers,
    residual_block,
)

ROUNDING = 1e-14  # a handful of float64 operations near 1
X = np.array([[1.0, -1.0]])


# The identity skip


def test_a_residual_adds_its_body_to_its_input() -> None:
    params = {"weight": np.array([[0.0, 1], [2, 0]]), "bias": np.array([0.5, 0])}
    layer = Residual(Linear(2, 2))
    y, cache = layer.forward(params, X)
    assert y.tolist() == [[1 - 2 + 0.5, -1 + 1]]
    dx, dparams = layer.backward(params, cache, np.array([[1.0, 10.0]]))
    assert dx.tolist() == [[1 + 10, 10 + 2]]
    assert dparams["weight"].tolist() == [[1, 10], [-1, -10]]


def test_a_residual_keeps_any_width_that_its_body_keeps() -> None:
    assert Residual(Tanh()).output_features(None) is None
    assert Residual(Tanh()).output_features(7) == 7
    assert Residual(Linear(2, 2)).output_features(None) == 2


def test_a_body_that_does_not_take_what_it_puts_out_is_refused() -> None:
    message = r"Residual: the body cannot take what it puts out: Linear\(2, 3\) takes 2 features, found 3"
    with pytest.raises(ShapeError, match=message):
        Residual(Linear(2, 3))


def test_a_body_that_would_be_broadcast_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"layer 1: Linear\(3, 1\) takes 3 features, found 1"):
        Residual(Sequential(Tanh(), Linear(3, 1)))


def test_features_that_the_body_does_not_keep_are_refused() -> None:
    class Halving(Tanh):
        def output_features(self, features: int | None) -> int | None:
            return None if features is None else features // 2

    message = "Residual: expected a body that keeps its 4 features, found 2 after it"
    with pytest.raises(ShapeError, match=message):
        Residual(Halving()).output_features(4)


# The sum of branches


def test_a_sum_adds_its_branches() -> None:
    params = {"1": {"weight": np.array([[0.0, 1], [2, 0]])}}
    layer = Sum(ReLU(), Linear(2, 2, bias=False), ReLU())
    y, cache = layer.forward(params, X)
    assert y.tolist() == [[1 - 2 + 1, 0 + 1 + 0]]
    dx, dparams = layer.backward(params, cache, np.array([[1.0, 10.0]]))
    assert dx.tolist() == [[1 + 10 + 1, 0 + 2 + 0]]
    assert list(dparams) == ["1"]
    assert dparams["1"]["weight"].tolist() == [[1, 10], [-1, -10]]


def test_the_branches_may_come_as_arguments_or_as_a_sequence() -> None:
    assert Sum(Tanh(), ReLU()) == Sum(branches=[Tanh(), ReLU()])


def test_a_sum_says_what_its_branches_agree_on() -> None:
    assert Sum(Tanh(), ReLU()).output_features(None) is None
    assert Sum(Tanh(), Linear(2, 2)).output_features(None) == 2
    assert Sum(Tanh(), ReLU()).output_features(5) == 5


def test_branches_of_different_sizes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"Sum: expected branches of one size, found \[3, 4\]"):
        Sum(Linear(2, 3), Linear(2, 4))
    with pytest.raises(ShapeError, match=r"Sum: expected branches of one size, found \[2, 3\]"):
        Sum(Tanh(), Linear(2, 3)).output_features(2)


def test_a_sum_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="Sum: expected at least one branch, found none"):
        Sum()


# The block of report S1


def test_the_block_of_report_s1_is_its_formula() -> None:
    """y = relu(W2 x + b2 + tanh(W1 x + b1)), and the gradients that the report derives from it."""
    rng = np.random.default_rng(9)
    block = residual_block(5, 20, bias_init=initializers.Normal())
    layout = ParameterLayout.of(block)
    theta, x, dy = layout.initialize(rng), rng.normal(size=(3, 5)), rng.normal(size=(3, 20))
    (w2, b2, w1, b1) = layout.named(theta).values()

    y, cache = block.forward(layout.tree(theta), x)
    h = np.tanh(x @ w1 + b1)
    np.testing.assert_allclose(y, np.maximum(x @ w2 + b2 + h, 0), rtol=0, atol=ROUNDING)

    dx, dparams = block.backward(layout.tree(theta), cache, dy)
    v = np.where(y > 0, dy, 0)
    s = v * (1 - h**2)
    expected = {"W2": x.T @ v, "b2": v.sum(axis=0), "W1": x.T @ s, "b1": s.sum(axis=0)}
    np.testing.assert_allclose(dx, v @ w2.T + s @ w1.T, rtol=0, atol=ROUNDING)
    for found, by_hand in zip(layout.named(layout.pack(dparams)).values(), expected.values(), strict=True):
        np.testing.assert_allclose(found, by_hand, rtol=0, atol=ROUNDING)


def test_the_block_may_change_the_width_because_its_skip_is_learned() -> None:
    assert residual_block(5, 20).output_features(5) == 20
    assert ParameterLayout.of(residual_block(5, 20)).size == 2 * (5 * 20 + 20)
