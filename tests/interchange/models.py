"""Small models of every layer, with random parameters: what a file must be able to hold."""

from __future__ import annotations

import numpy as np

import gradwright as gw
from gradwright.data import Affine, Labels
from gradwright.interchange import Model
from gradwright.nn import Layer, Loss, ParameterLayout
from gradwright.training.target import Target

COLUMNS = 6
NETWORKS: dict[str, Layer] = {
    "activations": gw.Sequential(
        gw.Linear(6, 5), gw.ReLU(), gw.Linear(5, 5), gw.LeakyReLU(0.2),
        gw.Linear(5, 5, bias=False), gw.Tanh(), gw.Linear(5, 4), gw.Sigmoid(),
        gw.Linear(4, 5), gw.Softplus(), gw.Linear(5, 5), gw.GELU(), gw.Linear(5, 5),
        gw.ELU(0.5), gw.SELU(), gw.Linear(5, 5), gw.SiLU(), gw.Mish(), gw.Linear(5, 3),
    ),
    "branches": gw.Sequential(
        gw.Residual(gw.Linear(6, 6)),
        gw.Sum(gw.Linear(6, 5), gw.Sequential(gw.Linear(6, 5), gw.Tanh())),
        gw.Residual(gw.Sequential(gw.Linear(5, 7), gw.Residual(gw.Tanh()), gw.Linear(7, 5))),
        gw.Linear(5, 3),
    ),
    "norms": gw.Sequential(
        gw.BatchNorm(6), gw.Dropout(0.5), gw.Linear(6, 5), gw.LayerNorm(5), gw.Tanh(), gw.Linear(5, 3)
    ),
    "factors": gw.Sequential(
        gw.Scale(6), gw.Linear(6, 5), gw.Mixed(gw.SELU(), 5),
        gw.Linear(5, 4), gw.Mixed(gw.Mish(), 4), gw.Linear(4, 3),
    ),
    "one layer": gw.Linear(6, 3),
    "residual mlp": gw.residual_mlp(6, 4, 4, 3),
    "embedding": gw.Sequential(gw.Embedding(7, 2), gw.Tanh(), gw.Linear(12, 3)),
    "columns": gw.Sequential(
        gw.Columns(
            (gw.PeriodicEmbedding(2, frequencies=4), gw.Embedding(7, 2)), columns=((4, 0), (1, 3)), features=6
        ),
        gw.Linear(14, 3),
    ),
    "convolution": gw.Sequential(
        gw.Conv1d(2, 4, kernel_size=3, padding=1), gw.ReLU(), gw.Conv1d(4, 2, kernel_size=2, stride=2),
        gw.Linear(2, 3),
    ),
    "attention": gw.Sequential(gw.Residual(gw.SelfAttention(2, heads=2)), gw.Linear(6, 3)),
    "recurrence": gw.Sequential(gw.LSTM(2, 3, every_step=True), gw.LSTM(3, 3)),
}  # fmt: skip
ONE_OF_K = gw.SoftmaxCrossEntropy()


def model_of(
    network: Layer,
    loss: Loss = ONE_OF_K,
    *,
    dtype: str = "float32",
    labels: Labels | None = Labels(("cat", 'it\'s a "dog"', "owl")),
    target: Affine = Affine(),
    flat: bool = True,
    features: Affine = Affine(),
    in_features: int = COLUMNS,
    feature_names: tuple[str, ...] = (),
) -> Model:
    """A model with random parameters, its statistics too; by default a classifier of three animals."""
    layout = ParameterLayout.of(network)
    rng = np.random.default_rng(5)
    theta = layout.initialize(rng) + 0.3 * rng.random(layout.size)  # variances stay positive
    return Model(
        network, theta.astype(dtype), in_features, loss, Target(labels, target, flat), features, feature_names
    )


def scaled(columns: int = COLUMNS) -> Affine:
    """Features that are stored far from 0, each in a unit of its own."""
    return Affine(np.linspace(-50, 50, columns), np.geomspace(0.01, 10, columns))
