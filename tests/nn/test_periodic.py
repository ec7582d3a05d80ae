"""Periodic embeddings: what stands beside a number, its slope, and what they begin with."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ShapeError
from gradwright.nn import ParameterLayout, PeriodicEmbedding, network_from_json, network_to_json
from gradwright.nn.layer import Params

ROUNDING = 1e-12


def drawn(layer: PeriodicEmbedding) -> Params:
    layout = ParameterLayout.of(layer)
    return layout.tree(layout.initialize(np.random.default_rng(0)))


def test_a_feature_stays_and_its_numbers_stand_behind_it() -> None:
    layer = PeriodicEmbedding(2, frequencies=3, numbers=2)
    params, x = drawn(layer), np.array([[0.3, -1.2]])
    y, _ = layer.forward(params, x)
    assert y.shape == (1, 6) == (1, layer.output_features(2))
    for j in range(2):
        cosines = np.cos(2 * np.pi * x[0, j] * params["frequency"][j] + params["phase"][j])
        own = cosines @ params["weight"][j] + params["bias"][j]
        np.testing.assert_allclose(y[0, 3 * j : 3 * j + 3], [x[0, j], *own], rtol=ROUNDING)


def test_a_frequency_is_a_number_of_waves_for_a_step_of_1() -> None:
    layer = PeriodicEmbedding(1, frequencies=1, numbers=1)
    params = {
        "frequency": np.array([[3.0]]),
        "phase": np.array([[0.4]]),
        "weight": np.ones((1, 1, 1)),
        "bias": np.zeros((1, 1)),
    }
    at, next_to_it = (layer.forward(params, np.array([[x]]))[0][0, 1] for x in (0.1, 0.1 + 1 / 3))
    np.testing.assert_allclose(next_to_it, at, rtol=ROUNDING)


def test_it_begins_with_low_frequencies_and_any_phase() -> None:
    params = drawn(PeriodicEmbedding(200))
    assert 0.09 < params["frequency"].std() < 0.11
    assert 3.1 < abs(params["phase"]).max() < np.pi
    assert 0.24 < abs(params["weight"]).max() < 0.25
    assert params["weight"].shape == (200, 16, 3)


def test_it_comes_back_from_a_file() -> None:
    layer = PeriodicEmbedding(3, frequencies=4, numbers=1)
    assert network_from_json(network_to_json(layer)) == layer


def test_another_number_of_features_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"PeriodicEmbedding\(3\) takes 3 features, found 2"):
        PeriodicEmbedding(3).output_features(2)
