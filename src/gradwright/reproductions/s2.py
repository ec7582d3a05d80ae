"""Report S2: derivations traced through a sample, the scalar network, and the synthetic set."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gradwright.check import check_gradient
from gradwright.data import load
from gradwright.nn import Objective, Sigmoid, SoftmaxCrossEntropy, mlp
from gradwright.nn.layer import Array
from gradwright.optim import SGD, ExponentialDecay
from gradwright.reproductions.experiment import Experiment, Finding, Line, Setting
from gradwright.reproductions.mistakes import accumulating_buffer
from gradwright.reproductions.runs import finding_of, over_seeds
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table
from gradwright.training import make_config

LAST_DIGIT = 1e-7  # the report cuts off after seven digits


def derivations(setting: Setting) -> Finding:  # noqa: ARG001
    """Each derivative with its shape and its numbers on one sample, and the checker's verdict."""
    rng = np.random.default_rng(0)
    objective = Objective(mlp(2, 3, 2, activation=Sigmoid()), SoftmaxCrossEntropy())
    theta, x, label = objective.layout.initialize(rng), np.array([[1.0, -1.0]]), np.array([0])
    named = objective.layout.named(theta)
    h = 1 / (1 + np.exp(-(x @ named["0.weight"] + named["0.bias"])))
    o = h @ named["2.weight"] + named["2.bias"]
    y = np.exp(o) / np.exp(o).sum()
    do = y - np.eye(2)[label]
    dk = (do @ named["2.weight"].T) * h * (1 - h)
    rows: tuple[tuple[str, str, Array], ...] = (
        ("o", "o = h V + c", o),
        ("y", "y = softmax(o)", y),
        ("dy/do", "diag(y) - y' y", np.diagflat(y) - y.T @ y),
        ("dl/do", "y - t", do),
        ("dl/dV", "h' (y - t)", h.T @ do),
        ("dl/dc", "y - t", do[0]),
        ("dl/dk", "((y - t) V') h (1 - h)", dk),
        ("dl/dW", "x' dl/dk", x.T @ dk),
        ("dl/db", "dl/dk", dk[0]),
    )
    table = Table(
        ("derivative", "formula", "shape", "on the sample"),
        "lllr",
        tuple((name, formula, str(value.shape), _numbers(value)) for name, formula, value in rows),
    )
    ours = objective.layout.named(objective.value_and_grad(theta, x, label)[1])
    pairs = {"0.weight": x.T @ dk, "0.bias": dk[0], "2.weight": h.T @ do, "2.bias": do[0]}
    worst = max(float(np.abs(ours[name] - value).max()) for name, value in pairs.items())
    verdict = check_gradient(
        lambda t: objective.value(t, x, label),
        lambda t: objective.value_and_grad(t, x, label)[1],
        theta,
        seed=0,
    ).verdict
    line = Line(
        "largest difference to the package's backward", 0.0, Estimate(worst), None, None, 1e-12, False
    )
    why = (
        f"The formulas give what the layers' backward gives, and check_gradient calls that {verdict}.",
        "The report's derivation drops a sum over outputs and a sign, and its 'diagonal softmax derivative' "
        "leaves out -y_i y_j: right only because softmax and cross-entropy are differentiated together.",
    )
    return Finding((line,), why, {"Derivatives of one sample, x = (1, -1), t = (1, 0)": table})


def _numbers(value: Array) -> str:
    return " ".join(f"{number:.4f}" for number in np.ravel(value))


def scalar(setting: Setting) -> Finding:  # noqa: ARG001
    """The network 2-3-2 in plain Python, number by number."""
    x, t = (1.0, -1.0), (1.0, 0.0)
    W, V = [[1.0] * 3, [-1.0] * 3], [[1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]]
    k1 = [x[0] * W[0][j] + x[1] * W[1][j] for j in range(3)]
    h = [1 / (1 + math.exp(-k)) for k in k1]
    k2 = [sum(h[j] * V[j][m] for j in range(3)) for m in range(2)]
    total = sum(math.exp(k) for k in k2)
    y = [math.exp(k) / total for k in k2]
    loss = -sum(t[m] * math.log(y[m]) for m in range(2))
    dk2 = [y[m] - t[m] for m in range(2)]
    dV = [[h[j] * dk2[m] for m in range(2)] for j in range(3)]
    dk1 = [sum(V[j][m] * dk2[m] for m in range(2)) * h[j] * (1 - h[j]) for j in range(3)]
    quantities: tuple[tuple[str, float, float], ...] = (
        ("k1", 2.0, k1[0]),
        ("h", 0.8807970, h[0]),
        ("k2", -0.8807970, k2[0]),
        ("y", 0.5, y[0]),
        ("dV, first column", -0.4403985, dV[0][0]),
        ("dV, second column", 0.4403985, dV[0][1]),
        ("dc, first", -0.5, dk2[0]),
        ("dc, second", 0.5, dk2[1]),
        ("dW", 0.0, x[0] * dk1[0]),
        ("db", 0.0, dk1[0]),
    )
    lines = [
        Line(name, said, Estimate(value), Estimate(value), None, LAST_DIGIT, False)
        for name, said, value in quantities
    ]
    lines.append(Line("loss", 0.693, Estimate(loss), Estimate(loss), None, 5e-4, False))
    why = (
        "Every number comes out again.",
        "The start is symmetric: both columns of V are equal, so nothing reaches W and b. dW = 0 tests "
        "nothing; a backward pass that forgets W altogether would give the same.",
    )
    return Finding(tuple(lines), why)


W_START = np.array([[2.8684894, -7.6767074, 6.6785715], [-1.6898393, -2.0112816, -7.7109503]])
V_START = np.array([[-7.2348454, 1.1665972], [1.9808355, -7.8209344], [5.7780672, -8.5619845]])
RATE = 0.01


def synthetic(setting: Setting) -> Finding:
    """The two sides of a quadratic form: the report's run stays at the entropy of the labels."""
    data = load("quadratic", data_dir=setting.data_dir)
    rows, epochs = setting.at_most(60_000, 6000), 4
    x, labels = data.train.x[:rows], data.train.y[:rows]

    def run(resets: bool) -> list[float]:
        return accumulating_buffer(x, labels, W_START, V_START, RATE, epochs, resets=resets).training

    stuck, right = run(resets=False), run(resets=True)
    share = float(labels.mean())
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    networks = {"2-3-2": ((2, 3, 2), 20), "2-50-50-2": ((2, 50, 50, 2), 20)}
    corrected = {name: _corrected(widths, setting.at_most(n, 4)) for name, (widths, n) in networks.items()}
    ours = over_seeds(corrected, data, setting.seeds)
    lines = [
        Line("training loss, end", 0.69044, Estimate(stuck[-1]), Estimate(right[-1]), None, 0.003, False),
        *(
            Line(f"test accuracy, {name}", None, None, outcome("validation"))
            for name, outcome in ours.items()
        ),
    ]
    why = (
        f"{entropy:.4f} is the entropy of the labels, {share:.1%} of which are 1: the loss of a network that "
        "answers the same whatever it sees.",
        "The report does not print this loop. Where k1[j] += w x adds to what the last sample left, from "
        f"epoch 2 on the training loss stays at {stuck[1]:.5f}. Set to 0 first, the same code has "
        f"{right[1]:.3f} in epoch 2 and {right[-1]:.3f} in epoch {epochs}.",
        "Weights up to 8.6 are no draws of N(0, 1), as the report says; the corrected runs begin by Glorot.",
    )
    losses = {"buffer accumulates": stuck, "buffer is reset": right}
    curves = {name: [(float(e), float(y)) for e, y in enumerate(run, 1)] for name, run in losses.items()}
    return finding_of(lines, why, ours, data, curves=curves, unit="training loss (nats per sample)")


def _corrected(widths: tuple[int, ...], epochs: int) -> Any:
    activation = Sigmoid() if len(widths) == 3 else None
    network = mlp(*widths, activation=activation) if activation else mlp(*widths)
    return make_config(
        network=network,
        optimizer=SGD(momentum=0.9),
        learning_rate=ExponentialDecay(0.5 if activation else 0.05, 0.7 if activation else 0.8),
        batch_size=16,
        epochs=epochs,
    )


EXPERIMENTS = (
    Experiment(
        "S2-derivations",
        "The derivatives of softmax, cross-entropy and a layer",
        "Derivations on paper, with dl/do = y - t.",
        derivations,
    ),
    Experiment(
        "S2-scalar",
        "A network of 2-3-2 units in plain Python",
        "All intermediate values of one sample, to seven digits.",
        scalar,
    ),
    Experiment(
        "S2-synthetic",
        "The synthetic set by single samples",
        "The loss ends at 0.690 and 'converges after 30 epochs': the network is called capable of training.",
        synthetic,
        seconds=4,
    ),
)
