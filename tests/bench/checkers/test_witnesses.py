"""The models that are written independently of the layers bear witness for them: both come to the same."""

from __future__ import annotations

import numpy as np

from gradwright import nn
from gradwright.bench.checkers.models.attention import PLACES, WIDTH, Attention
from gradwright.bench.checkers.models.embedding import VOCABULARY, Embedding
from gradwright.bench.checkers.models.lstm import FEATURES, LSTM
from gradwright.bench.checkers.models.lstm import WIDTH as UNITS
from gradwright.bench.checkers.models.pieces import cross_entropy_slope

ROUNDING = 1e-12


def test_the_lstm() -> None:
    model = LSTM.draw(np.random.default_rng(0))
    p, rows = model.point, model.X.reshape(len(model.X), -1)
    params = {"input": {"weight": p["W"], "bias": p["b"]}, "hidden": {"weight": p["U"]}}
    layer = nn.LSTM(FEATURES, UNITS)
    y, cache = layer.forward(params, rows)
    np.testing.assert_allclose(y, model.forward(p)[-1].h, rtol=0, atol=ROUNDING)
    _, dparams = layer.backward(params, cache, cross_entropy_slope(y @ p["V"], model.labels) @ p["V"].T)
    right = model.gradient(p)
    np.testing.assert_allclose(dparams["input"]["weight"], right["W"], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(dparams["input"]["bias"], right["b"], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(dparams["hidden"]["weight"], right["U"], rtol=0, atol=ROUNDING)


def test_bilinear_attention_which_is_self_attention_whose_keys_are_the_steps_themselves() -> None:
    model = Attention.draw(np.random.default_rng(0))
    p = model.point
    hidden, _, pooled = model.forward(p)
    eye = {"weight": np.eye(WIDTH)}
    params = {"query": {"weight": p["A"]}, "key": eye, "value": {"weight": p["V"]}, "output": eye}
    layer = nn.SelfAttention(WIDTH)
    y, cache = layer.forward(params, hidden.reshape(len(hidden), -1))
    steps = y.reshape(len(y), PLACES, WIDTH)
    np.testing.assert_allclose(steps.mean(axis=1), pooled, rtol=0, atol=ROUNDING)
    dpooled = cross_entropy_slope(pooled @ p["U"], model.labels) @ p["U"].T
    _, dparams = layer.backward(params, cache, np.tile(dpooled / PLACES, PLACES))
    right = model.gradient(p)
    np.testing.assert_allclose(dparams["query"]["weight"], right["A"], rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(dparams["value"]["weight"], right["V"], rtol=0, atol=ROUNDING)


def test_the_embedding() -> None:
    model = Embedding.draw(np.random.default_rng(0))
    p, words = model.point, model.tokens.shape[1]
    layer, params = nn.Embedding(VOCABULARY, p["E"].shape[1]), {"weight": p["E"]}
    y, cache = layer.forward(params, model.tokens)
    h = np.tanh(y.reshape(len(y), words, -1).mean(axis=1))
    np.testing.assert_allclose(h, model.hidden(p), rtol=0, atol=ROUNDING)
    dmean = cross_entropy_slope(h @ p["W"], model.labels) @ p["W"].T * (1 - h**2)
    _, dparams = layer.backward(params, cache, np.tile(dmean / words, words))
    np.testing.assert_allclose(dparams["weight"], model.gradient(p)["E"], rtol=0, atol=ROUNDING)
