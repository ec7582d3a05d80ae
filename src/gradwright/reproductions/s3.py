"""Report S3: three initialisations on MNIST, two networks of 97 %, a search, and finite differences."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from gradwright.data import Affine, Dataset, load, split_off
from gradwright.data.rows import Split
from gradwright.engine import Precision
from gradwright.engine.native import available
from gradwright.engine.variants import precisions
from gradwright.nn import L2, ReLU, mlp
from gradwright.nn.initializers import GlorotUniform, HeNormal, Normal, Zeros
from gradwright.nn.layer import Initializer
from gradwright.optim import SGD, CosineDecay
from gradwright.reproductions import finite_differences
from gradwright.reproductions.experiment import Experiment, Finding, Line, Setting
from gradwright.reproductions.mistakes import divided_twice
from gradwright.reproductions.runs import OverSeeds, finding_of, over_seeds, train_together
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table
from gradwright.training import RunConfig, make_config

BATCH, EPOCHS, ROWS = 100, 10, 12_000
GOAL = 0.97  # of the validation rows


def mnist(setting: Setting, *, raw: bool) -> Dataset:
    """The first 48,000 rows to train, the last 12,000 to validate; pixels of 0..255 where ``raw``."""
    data = load("mnist", data_dir=setting.data_dir)
    if setting.quick:
        data = replace(data, train=Split(data.train.x[:5000], data.train.y[:5000]))
    data = split_off(data, 0.2)
    return replace(data, features=Affine()) if raw else data


def as_written(
    widths: tuple[int, ...],
    start: Initializer,
    rate: float,
    decay: float,
    epochs: int,
    dtype: str = "float32",
    batch: int = BATCH,
) -> RunConfig:
    """The report's training: the gradient is divided by the batch size twice."""
    effective, penalty = divided_twice(rate, decay, batch)
    return make_config(
        network=mlp(*widths, activation=ReLU(), weight_init=start),
        learning_rate=effective,
        penalty=penalty if decay else None,
        batch_size=batch,
        epochs=epochs,
        dtype=dtype,
    )


CORRECTED_EPOCHS = 10


def products() -> Precision:
    """What our own wide networks multiply in: bfloat16 where the processor does, at half the time.

    Its curves lie within 1 % of float32's, and its accuracies within their spread over seeds.
    """
    return "bf16" if available() and "bf16" in precisions() else "float32"


def corrected(widths: tuple[int, ...], epochs: int) -> RunConfig:
    """He initialisation, momentum, a light penalty and a rate that goes down to 0, on pixels of 0..1."""
    return make_config(
        network=mlp(*widths, activation=ReLU(), weight_init=HeNormal()),
        optimizer=SGD(momentum=0.9),
        penalty=L2(5e-5),
        learning_rate=CosineDecay(0.1, end=0, duration=epochs),
        batch_size=BATCH,
        epochs=epochs,
        precision=products(),
    )


@lru_cache(maxsize=1)
def corrected_runs(setting: Setting) -> dict[str, OverSeeds]:
    """Both corrected networks over all seeds. Two experiments need them, and they are trained once."""
    epochs = setting.at_most(CORRECTED_EPOCHS, 1)
    cases = {name: corrected(widths, epochs) for name, (widths, *_) in SOLUTIONS.items()}
    return over_seeds(cases, mnist(setting, raw=False), setting.seeds)


WIDTHS = (784, 512, 512, 10)
STARTS: dict[str, tuple[Initializer, str, float, float, float, float]] = {
    # initialiser, dtype, then train loss and accuracy, validation loss and accuracy after ten epochs
    "Normal": (Normal(1.0), "float64", 2.3016, 0.1140, 2647632.1118, 0.1061),
    "Glorot": (GlorotUniform(), "float32", 0.0037, 0.9998, 0.4502, 0.9452),
    "Zeros": (Zeros(), "float32", 2.3016, 0.1140, 2.3020, 0.1060),
}


def initialisations(setting: Setting) -> Finding:
    """Three ways to begin, with the gradient divided by the batch size twice on raw pixels."""
    raw, epochs = mnist(setting, raw=True), setting.at_most(EPOCHS, 1)
    theirs: dict[str, OverSeeds] = {}
    for dtype in ("float32", "float64"):  # apart, so that the one in float64 gets all threads
        cases = {
            name: as_written(WIDTHS, start, 0.1, 0.0, epochs, dtype)
            for name, (start, needs, *_) in STARTS.items()
            if needs == dtype
        }
        theirs |= over_seeds(cases, raw, (0,))
    ours = corrected_runs(setting)["solution 2"]  # which has these widths
    lines = [
        Line(f"{name}, {split} accuracy", said, theirs[name](split), ours(split), rows)
        for name, (_, _, _, train, _, validation) in STARTS.items()
        for split, said, rows in (("train", train, 48_000), ("validation", validation, ROWS))
    ]
    lines.append(Line("He, test accuracy", None, None, ours("test")))
    why = (
        "The gradient is divided by the batch size in the loss and again in the backward pass: the rate "
        "0.1 is really 0.001. With pixels of 0..255 that is a rate which just serves Glorot's start.",
        "11.40 % and 10.60 % are the share of the digit 1: the network answers 1 whatever it sees. Zeros "
        "keeps all units equal. After Normal's first giant steps every ReLU may be off, so that the last "
        "bias alone learns: that was not looked at.",
        "Corrected, with pixels of 0..1 and the gradient divided once, validation chooses and the test set, "
        "which the report never used, is measured once.",
    )
    curves = {name: outcome.curve() for name, outcome in theirs.items() if outcome("validation")}
    curves["corrected"] = ours.curve()
    return finding_of(lines, why, {"corrected": ours}, raw, curves=curves)


TOLD_RATE, TOLD_BATCH = 0.14, 50  # in the report's text, where its code has other ones
SOLUTIONS: dict[str, tuple[tuple[int, ...], Initializer, float, float, float, float]] = {
    # widths, initialiser, rate, decay, then train and validation accuracy
    "solution 1": ((784, 600, 250, 10), GlorotUniform(), 0.14, 1e-3, 0.9844, 0.9712),
    "solution 2": ((784, 512, 512, 10), Normal(0.001), 0.1, 0.0, 0.9918, 0.9738),
}


def solutions(setting: Setting) -> Finding:
    """The report's two networks of at least 97 % validation accuracy."""
    raw, epochs = mnist(setting, raw=True), setting.at_most(EPOCHS, 1)
    written = {
        name: as_written(widths, start, rate, decay, epochs)
        for name, (widths, start, rate, decay, *_) in SOLUTIONS.items()
    }
    told = {
        name: as_written(widths, start, TOLD_RATE, decay, epochs, batch=TOLD_BATCH)
        for name, (widths, start, _, decay, *_) in SOLUTIONS.items()
    }
    theirs = over_seeds(written, raw, setting.seeds[:2])
    by_text = over_seeds(told, raw, (0,))
    ours = corrected_runs(setting)
    lines = []
    for name, (*_, train, validation) in SOLUTIONS.items():
        pairs = (("train", train, 48_000), ("validation", validation, ROWS))
        for split, said, rows in pairs:
            lines.append(Line(f"{name}, {split}", said, theirs[name](split), ours[name](split), rows))
        by_words = by_text[name]("validation")
        lines.append(Line(f"{name}, validation, as the text has it", validation, by_words, None, ROWS))
        lines.append(Line(f"{name}, test", None, theirs[name]("test"), ours[name]("test")))
    why = (
        "The decay is not divided by the batch size a second time: beside a gradient 100 times too small "
        "solution 1's 1e-3 acts like 0.1.",
        "Text and code disagree about batch 50 or 100, rate 0.14 or 0.1, deviation 0.001 or 1. The code's "
        f"settings give less than was reported, the text's (batch {TOLD_BATCH}, rate {TOLD_RATE}, whose rate "
        "is really 2.8 times as large) give more: the runs that were reported may have had others.",
    )
    curves = {f"{name}, as written": outcome.curve() for name, outcome in theirs.items()}
    curves |= {f"{name}, corrected": outcome.curve() for name, outcome in ours.items()}
    return finding_of(lines, why, ours, raw, curves=curves)


TRIALS, TRIAL_EPOCHS, CONFIRMED = 100, 3, 2


def trial(rate: float, decay: float, epochs: int, seed: int) -> RunConfig:
    """One trial of the search; the decay acts in the gradient, as the report's code has it."""
    return make_config(
        network=mlp(*WIDTHS, activation=ReLU()),
        penalty=L2(decay / 2),
        learning_rate=rate,
        batch_size=BATCH,
        epochs=epochs,
        seed=seed,
        precision=products(),
    )


def search(setting: Setting) -> Finding:
    """The random search that the report left commented out: rate 10^U(-2, 0), decay 10^U(-5, 0)."""
    data, rng = replace(mnist(setting, raw=False), test=None), np.random.default_rng(0)
    points = [(10 ** rng.uniform(-2, 0), 10 ** rng.uniform(-5, 0)) for _ in range(setting.at_most(TRIALS, 4))]
    epochs = setting.at_most(TRIAL_EPOCHS, 1)
    trials = [trial(*point, epochs, seed) for seed, point in enumerate(points)]
    runs = train_together(trials, data, points=1)
    scored = sorted(
        (
            (run.measured("validation")["accuracy"], *point)
            for run, point in zip(runs, points, strict=True)
            if not run.diverged
        ),
        reverse=True,
    )
    fresh = [TRIALS + seed for seed in setting.seeds]
    best = {f"rate {r:.3g}, decay {d:.1e}": trial(r, d, epochs, 0) for _, r, d in scored[:CONFIRMED]}
    again = over_seeds(best, data, fresh, points=1)
    passed = sum(accuracy >= GOAL for accuracy, *_ in scored)
    table = Table(
        ("validation accuracy", "rate", "decay"),
        "rrr",
        tuple((f"{a:.2%}", f"{rate:.4g}", f"{decay:.2e}") for a, rate, decay in scored[:10]),
    )
    lines = (
        Line("trials of at least 97 %", None, None, Estimate(passed / len(points))),
        Line("best of the trials, validation", None, None, Estimate(scored[0][0])),
        *(Line(f"{name}, again", None, None, outcome("validation")) for name, outcome in again.items()),
    )
    why = (
        f"{passed} of {len(points)} trials of {epochs} epochs reach the report's goal of 97 %, "
        f"{len(runs) - len(scored)} diverge. The trials multiply in {trials[0].precision}.",
        f"The best of many noisy runs is flattered by the choice, so the first {CONFIRMED} were trained "
        f"again with {len(fresh)} new seeds: these are the figures to believe.",
    )
    return finding_of(lines, why, again, data, tables={"The ten best trials": table}, curves={})


def differences(setting: Setting) -> Finding:  # noqa: ARG001
    """The error of central differences with the step 1/N, at ten weights."""
    curve, floor = finite_differences.s3_curve()
    last = curve[-1]
    lines = (
        Line("largest error, N = 20,000", None, Estimate(last.left_out), Estimate(last.in_it), share=False),
    )
    why = (
        "The gradient that is checked holds decay W, the loss that is differentiated no penalty: the error "
        f"ends at {floor:.1e}, the largest decay W among the ten weights, whatever the step.",
        "Steps of 1 to 1/24 are far too large; they may lead over kinks of ReLU, which was not tested.",
        "One sample hides a gradient divided by the batch size twice: 1 divided by 1 is 1.",
    )
    curves = {
        "penalty left out": [(float(row.n), row.left_out) for row in curve],
        "penalty in it": [(float(row.n), row.in_it) for row in curve],
    }
    return Finding(lines, why, curves=curves, axis="N, for steps of 1/N", unit="largest error", log="xy")


EXPERIMENTS = (
    Experiment(
        "S3-initialisation",
        "Normal, Glorot and zero weights on MNIST",
        "Glorot 94.5 % of the validation rows; Normal and Zeros 10.6 %.",
        initialisations,
        needs=("mnist",),
        seconds=100,
    ),
    Experiment(
        "S3-solutions",
        "Two networks of at least 97 %",
        "97.12 % and 97.38 % of the validation rows.",
        solutions,
        needs=("mnist",),
        seconds=55,
    ),
    Experiment(
        "S3-search",
        "The search of 100 trials that was never run",
        "Code that is commented out, and no result.",
        search,
        needs=("mnist",),
        seconds=165,
    ),
    Experiment(
        "S3-differences",
        "Finite differences against N",
        "The error does not fall to 0.",
        differences,
    ),
)
