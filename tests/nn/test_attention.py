"""Self-attention: whom each step looks at, and the rows that it takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import ParameterLayout, SelfAttention
from gradwright.nn.layer import Array

ROUNDING = 1e-12
ROWS, STEPS, FEATURES = 3, 5, 4


def drawn(layer: SelfAttention) -> tuple[Any, Array]:
    """Random parameters and rows."""
    rng, layout = np.random.default_rng(0), ParameterLayout.of(layer)
    return layout.tree(layout.initialize(rng)), rng.standard_normal((ROWS, STEPS * FEATURES))


def test_a_strong_question_finds_the_step_that_answers_it() -> None:
    eye, strong = {"weight": np.eye(2)}, {"weight": 1e4 * np.eye(2)}
    params = {"query": strong, "key": eye, "value": eye, "output": eye}
    x = np.array([[1.0, 0, 0, 1]])  # two steps at right angles: each finds itself
    assert SelfAttention(2).forward(params, x)[0].tolist() == x.tolist()


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_it_is_the_formula_written_out_for_each_head_and_step(heads: int) -> None:
    layer = SelfAttention(FEATURES, heads=heads)
    params, rows = drawn(layer)
    y, _ = layer.forward(params, rows)
    width = FEATURES // heads
    for n in range(ROWS):
        x = rows[n].reshape(STEPS, FEATURES)
        q, k, v = (x @ params[name]["weight"] for name in ("query", "key", "value"))
        gathered = np.zeros_like(x)
        for t in range(STEPS):
            for head in range(heads):
                own = slice(head * width, (head + 1) * width)
                weights = np.exp([q[t, own] @ k[s, own] / width**0.5 for s in range(STEPS)])
                gathered[t, own] = (weights / weights.sum()) @ v[:, own]
        expected = gathered @ params["output"]["weight"]
        np.testing.assert_allclose(y[n].reshape(STEPS, FEATURES), expected, rtol=0, atol=ROUNDING)


def test_steps_in_another_order_give_the_same_in_that_order() -> None:
    layer, order = SelfAttention(FEATURES, heads=2), [3, 0, 4, 1, 2]
    params, x = drawn(layer)

    def reordered(rows: Array) -> Array:
        return rows.reshape(ROWS, STEPS, FEATURES)[:, order].reshape(ROWS, -1)

    y, turned = layer.forward(params, x)[0], layer.forward(params, reordered(x))[0]
    np.testing.assert_allclose(turned, reordered(y), rtol=0, atol=ROUNDING)


def test_far_scores_do_not_overflow() -> None:
    layer = SelfAttention(FEATURES)
    params, x = drawn(layer)
    y, cache = layer.forward(params, 1e4 * x)
    assert np.isfinite(y).all()
    assert np.isfinite(layer.backward(params, cache, y)[0]).all()


def test_what_does_not_fit_is_refused() -> None:
    assert SelfAttention(4).output_features(8) == 8
    assert SelfAttention(4).output_features(None) is None
    with pytest.raises(ShapeError, match=r"SelfAttention\(4\) takes steps of 4 features .*, found 6"):
        SelfAttention(4).output_features(6)
    with pytest.raises(ConfigError, match=r"SelfAttention.heads: expected a divisor of 4 .*, found 3"):
        SelfAttention(4, heads=3)
