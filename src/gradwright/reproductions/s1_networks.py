"""Report S1: feed-forward networks on Peaks, residual networks on GMM, and 200 samples of GMM."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from gradwright.data import Dataset, load, subset
from gradwright.diagnosis import diagnose
from gradwright.nn import Layer, Sequential, mlp, residual_mlp
from gradwright.nn.initializers import Uniform
from gradwright.nn.residual import residual_block
from gradwright.optim import SGD, CosineDecay, ExponentialDecay
from gradwright.reproductions.experiment import Experiment, Finding, Line, Setting
from gradwright.reproductions.runs import OverSeeds, finding_of, over_seeds
from gradwright.training import make_config

TRAIN_ROWS, VALIDATION_ROWS = 25_000, 6250
# Every weight and bias, over ORDER_NORM, which the report does not tell. With 1 the validation accuracies of
# the 200 samples come out again; with 5 and more they do not.
POSITIVE = Uniform(0, 1)
WIDTH = 50
SPLITS = ("train", "validation")


def feed_forward(depth: int) -> Layer:
    """The report's network of ``depth`` layers of tanh, all weights and biases positive at first."""
    return mlp(2, *[WIDTH] * (depth - 1), 5, weight_init=POSITIVE, bias_init=POSITIVE)


def feed_forward_study(setting: Setting) -> Finding:
    """Width 50 on Peaks: depth 2 and 4, three batch sizes, and the rate that would not learn."""
    data = load("peaks", data_dir=setting.data_dir)
    reported: dict[str, tuple[int, float, int, int, float, float]] = {
        # depth, rate, batch, epochs, train, validation
        "depth 2, rate 0.1": (2, 0.1, 16, 50, 0.92125, 0.92075),
        "depth 4, rate 0.001": (4, 0.001, 16, 250, 0.40, 0.40),
        "depth 4, batch 8": (4, 0.1, 8, 150, 0.93496, 0.93152),
        "depth 4, batch 16": (4, 0.1, 16, 150, 0.93476, 0.93232),
        "depth 4, batch 32": (4, 0.1, 32, 150, 0.93548, 0.93104),
    }
    written, corrected = {}, {}
    for name, (depth, rate, batch, epochs, _, _) in reported.items():
        count = setting.at_most(epochs, 2)
        written[name] = make_config(
            network=feed_forward(depth),
            learning_rate=ExponentialDecay(rate, 0.99),
            batch_size=batch,
            epochs=count,
            sampling="replacement",
        )
        corrected[name] = make_config(
            network=mlp(2, *[WIDTH] * (depth - 1), 5),
            optimizer=SGD(momentum=0.9),
            learning_rate=CosineDecay(0.02, end=0, duration=setting.at_most(60, 2)),
            batch_size=batch,
            epochs=setting.at_most(60, 2),
        )
    theirs = over_seeds(written, data, setting.seeds[:2])
    ours = over_seeds(corrected, data, setting.seeds)
    lines = []
    for name, (*_, train, validation) in reported.items():
        slack = 0.05 if train == validation else 0.0005  # "about 40 %"; else printed to three digits
        pairs = (("train", train, TRAIN_ROWS), ("validation", validation, VALIDATION_ROWS))
        for split, value, rows in pairs:
            title = f"{name}, {split}"
            lines.append(Line(title, value, theirs[name](split), ours[name](split), rows, slack))
    layers = diagnose(written["depth 4, rate 0.001"], data, budget=0).layers
    saturated = ", ".join(f"{row.saturated:.0%}" for row in layers if row.saturated is not None)
    why = (
        "Batches 8, 16 and 32 differ by 5 and 8 of 6,250 rows: one run each, noise; on the training rows the "
        "order is the opposite of what the text says.",
        "92.125 % of 25,000 and 92.075 % of 6,250 are no whole numbers of rows.",
        f"Weights of U(0, 1) saturate: at the start of depth 4 the share of units with |h| > 0.99 is "
        f"{saturated} by layer. That is why a small rate stays near 40 %: with Glorot's start, and nothing "
        "else changed, the same run ends at 91.7 % of the training rows (measured apart, two seeds).",
        _ceiling(data, ours),
    )
    return finding_of(lines, why, ours, data)


RESIDUAL = {  # widths of the blocks: printed train and validation accuracy
    (20, 20): (0.95344, 0.9536),
    (100,): (0.94508, 0.94816),
    (10, 10, 10): (0.94668, 0.94704),
}


def clipped_residual(*widths: int) -> Sequential:
    """The report's residual network: its last block, too, ends in ReLU, and no logit can be negative."""
    return Sequential(
        *(residual_block(i, o, weight_init=POSITIVE, bias_init=POSITIVE) for i, o in pairwise(widths))
    )


def residual_study(setting: Setting) -> Finding:
    """Three residual networks on GMM."""
    data, epochs = load("gmm", data_dir=setting.data_dir), setting.at_most(150, 2)
    names = {widths: f"depth {len(widths) + 1}, width {widths[0]}" for widths in RESIDUAL}
    written = {
        names[widths]: make_config(
            network=clipped_residual(5, *widths, 5),
            learning_rate=ExponentialDecay(0.001, 0.999),
            epochs=epochs,
            sampling="replacement",
        )
        for widths in RESIDUAL
    }
    corrected = {name: _residual(widths, setting) for widths, name in names.items()}
    theirs = over_seeds(written, data, setting.seeds[:2])
    ours = over_seeds(corrected, data, setting.seeds)
    lines = [
        Line(f"{name}, {split}", said, theirs[name](split), ours[name](split), rows)
        for widths, name in names.items()
        for split, said, rows in zip(SPLITS, RESIDUAL[widths], (TRAIN_ROWS, VALIDATION_ROWS), strict=True)
    ]
    why = (
        "ReLU after the last block forbids negative logits: a wrong class can be made no less likely than a "
        "logit of 0 makes it. Corrected, a linear layer comes last.",
        "Corrected, momentum and a rate that goes down to 0 are new as well: which of the changes helps how "
        "much was not tested.",
        _ceiling(data, ours),
    )
    return finding_of(lines, why, ours, data)


def _residual(widths: tuple[int, ...], setting: Setting) -> Any:
    epochs = setting.at_most(60, 2)
    return make_config(
        network=residual_mlp(5, *widths, 5),
        optimizer=SGD(momentum=0.9),
        learning_rate=CosineDecay(0.02, end=0, duration=epochs),
        batch_size=32,
        epochs=epochs,
    )


FEW = {(100,): (0.995, 0.91504), (20, 20): (0.99, 0.87968), (10, 10, 10): (0.985, 0.82288)}


def few_samples(setting: Setting) -> Finding:
    """Three residual networks on 200 random rows of GMM, which they learn by heart."""
    whole, epochs = load("gmm", data_dir=setting.data_dir), setting.at_most(300, 20)
    data = subset(whole, 200, np.random.default_rng(0))
    names = {widths: f"depth {len(widths) + 1}, width {widths[0]}" for widths in FEW}
    written = {
        names[widths]: make_config(
            network=clipped_residual(5, *widths, 5),
            learning_rate=0.01,
            batch_size=8,
            epochs=epochs,
            sampling="replacement",
        )
        for widths in FEW
    }
    corrected = {
        names[widths]: make_config(
            network=residual_mlp(5, *widths, 5), learning_rate=0.01, batch_size=8, epochs=epochs, keep="best"
        )
        for widths in FEW
    }
    theirs, ours = over_seeds(written, data, setting.seeds), over_seeds(corrected, data, setting.seeds)
    lines = [
        Line(f"{name}, {split}", said, theirs[name](split), ours[name](split), rows)
        for widths, name in names.items()
        for split, said, rows in zip(SPLITS, FEW[widths], (200, VALIDATION_ROWS), strict=True)
    ]
    why = (
        "The report draws 200 rows once and shows one run; what another draw would change was not tested.",
        "200 rows are learned by heart, as they should be: the gap to the validation rows is overfitting. "
        "Corrected, the epoch with the best validation loss is kept, which is before the gap is largest.",
    )
    return finding_of(lines, why, ours, data)


def _ceiling(data: Dataset, ours: Mapping[str, OverSeeds]) -> str:
    """The best corrected mean beside what the Bayes rule reaches."""
    best = max((spread.mean, name) for name, o in ours.items() if (spread := o("validation")) is not None)
    if data.bayes_accuracy is None:
        return f"Corrected, the best mean is {best[0]:.2%} ({best[1]})."
    rule = f"the Bayes rule has {data.bayes_accuracy:.2%}"
    return f"Corrected, the best mean is {best[0]:.2%} ({best[1]}); {rule}."


EXPERIMENTS = (
    Experiment(
        "S1-feed-forward",
        "Networks of width 50 on Peaks",
        "93.2 % with depth 4 and batch 16, called the best; about 40 % with the rate 0.001.",
        feed_forward_study,
        seconds=20,
    ),
    Experiment(
        "S1-residual",
        "Residual networks on GMM",
        "95.4 % with depth 3 and width 20, called the best.",
        residual_study,
        seconds=4,
    ),
    Experiment(
        "S1-200-samples",
        "200 samples of GMM learned by heart",
        "99.5 % of the 200 and 91.5 % of the validation rows with depth 2 and width 100.",
        few_samples,
    ),
)
