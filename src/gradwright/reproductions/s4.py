"""Report S4: CIFAR-10 by 3072-50-10 with a cyclical learning rate, and the choice of lambda."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradwright.data import Dataset, Split, load, split_off, standardize
from gradwright.nn import L2, ReLU, mlp
from gradwright.nn.initializers import HeNormal, Normal
from gradwright.nn.layer import Initializer
from gradwright.optim import TriangularCycle
from gradwright.reproductions import finite_differences
from gradwright.reproductions.experiment import NOTHING, Experiment, Finding, Line, Setting
from gradwright.reproductions.runs import OverSeeds, best_on_validation, finding_of, over_seeds
from gradwright.show.wording import accuracy_text
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table
from gradwright.training import RunConfig, make_config

LOW, HIGH, BATCH, ROWS = 1e-5, 0.1, 100, 10_000
CURVE = 10  # points: reading the images costs more than the small network


def batches(setting: Setting) -> Dataset:
    """Batch 1 to train, batch 2 to validate, and the test batch; standardised by batch 1."""
    two = load("cifar10", data_dir=setting.data_dir, batches=(1, 2))
    x, y, half = two.train.x, two.train.y, len(two.train) // 2
    return standardize(replace(two, train=Split(x[:half], y[:half]), validation=Split(x[half:], y[half:])))


def leaked(setting: Setting) -> Dataset:
    """All five batches to train, and batch 2, which is among them, to validate."""
    data = load("cifar10", data_dir=setting.data_dir)
    fifth = len(data.train) // 5
    two = slice(fifth, 2 * fifth)
    return standardize(replace(data, validation=Split(data.train.x[two], data.train.y[two])))


def everything(setting: Setting) -> Dataset:
    """All five batches, the last tenth of them to validate."""
    return standardize(split_off(load("cifar10", data_dir=setting.data_dir), 0.1))


def cyclic(
    factor: float,
    step_size: int,
    cycles: int,
    rows: int,
    batch: int = BATCH,
    start: Initializer = Normal(0.01),
) -> RunConfig:
    """The report's network and cycle; ends with the last cycle."""
    steps_per_epoch = -(-rows // batch)
    return make_config(
        network=mlp(3072, 50, 10, activation=ReLU(), weight_init=start),
        penalty=L2(factor),
        learning_rate=TriangularCycle(LOW, HIGH, step_size=step_size, cycles=cycles),
        batch_size=batch,
        epochs=max(1, 2 * step_size * cycles // steps_per_epoch),
    )


def loaders(setting: Setting) -> Finding:
    """What is loaded: rows, classes, mean and deviation after standardising."""
    data = batches(setting)
    x = data.inputs("train", np.float64)
    counts = np.bincount(data.train.y)
    lines = (
        Line("mean of the training features", 0.0, Estimate(float(x.mean())), None, None, 1e-9, False),
        Line("deviation of the training features", 1.0, Estimate(float(x.std())), None, None, 1e-9, False),
    )
    rows = tuple((name, f"{len(part):,}", str(part.x.shape[1])) for name, part in data.splits.items())
    why = (
        f"Batch 1 has {len(data.train):,} rows, {counts.min()} to {counts.max()} of each class. Mean and "
        "deviation are those of batch 1 alone, for every split; the report does not say whose it takes.",
        f"The images are from {data.source}.",
    )
    return Finding(lines, why, {"Splits": Table(("split", "rows", "features"), "lrr", rows)})


def gradients(setting: Setting) -> Finding:  # noqa: ARG001
    """Both numerical gradients, by absolute and by relative error."""
    counts, active = finite_differences.s4_counts()
    rows = tuple(
        (count.method, count.measure, *(str(number) for number in count.wrong.values())) for count in counts
    )
    table = Table(("method", "error", "W1 of 1000", "b1 of 50", "W2 of 500", "b2 of 10"), "llrrrr", rows)
    planted = counts[-2].wrong
    names = list(planted)
    lines = tuple(
        Line(
            f"wrong entries of {label} by active unit, slow",
            said / 26,
            Estimate(planted[name] / active),
            share=False,
        )
        for label, said, name in (("W1", 520, names[0]), ("W2", 260, names[2]))
    )
    why = (
        "520 and 260 wrong weights are 26 x 20 and 26 x 10: every weight of 26 active units, and no bias. "
        f"A routine that does not step its weights back leaves that mark, here {active} x 20 and {active} x "
        "10.",
        "The right central difference has no wrong entry: it is more accurate, as the report says, and its "
        "routine is wrong.",
        "9 of 10 is 90 %, not 9.0; 520 of 1,000 is 52 %, not .52.",
    )
    return Finding(lines, why, {"Entries that differ by more than 1e-6": table})


RUNS = {  # step size, cycles: train, validation and test accuracy
    "one cycle": ((500, 1), (0.49536, 0.4954, 0.4784)),
    "three cycles": ((800, 3), (0.5368, 0.53088, 0.511)),
}
SPLITS = ("train", "validation", "test")


def cycles(setting: Setting) -> Finding:
    """One cycle of 1000 updates and three of 4800, on the images that fit the figures, and on 45,000."""
    stated, fitting, large = batches(setting), leaked(setting), everything(setting)
    size = {
        name: (setting.at_most(step, 100), setting.at_most(n, 1)) for name, ((step, n), _) in RUNS.items()
    }

    def runs(data: Dataset, seeds: Sequence[int], points: int) -> dict[str, OverSeeds]:
        cases = {name: cyclic(0.01, *size[name], len(data.train)) for name in RUNS}
        return over_seeds(cases, data, seeds, points=points)

    few, theirs = runs(stated, setting.seeds[:2], 1), runs(fitting, setting.seeds, 1)
    ours = runs(large, setting.seeds, CURVE)
    lines = tuple(
        Line(f"{name}, {split}", said, theirs[name](split), ours[name](split), ROWS, 0.0)
        for name, (_, reported) in RUNS.items()
        for split, said in zip(SPLITS, reported, strict=True)
    )
    why = (
        ".49536 and .53088 are no k/n for 10,000 images: they need a multiple of 3,125 rows, such as "
        "25,000 or 50,000. On the 10,000 that the report states, training accuracy runs far ahead of "
        "validation; in the report both are alike, and the test set alone is lower.",
        "So it is where validation images were trained on. 'As written' is therefore read as all "
        "50,000 to train and batch 2 of them to validate; 'corrected' has 45,000 to train and 5,000 apart.",
        f"The images here are from {large.source}. Where these are a JPEG re-encoding, accuracies may be "
        "below those on the originals, which were not tried here.",
    )
    rows = tuple(
        (
            name,
            *(NOTHING if (found := few[name](split)) is None else accuracy_text(found) for split in SPLITS),
        )
        for name in RUNS
    )
    tables = {"Read as stated, with 10,000 images to train": Table(("run", *SPLITS), "lrrr", rows)}
    return finding_of(lines, why, ours, large, tables=tables)


COARSE = {7.141445874680704e-05: 0.4907, 3.239347447896492e-05: 0.4894, 0.0014859207773860062: 0.4893}
FINE = {0.004: 0.4911, 0.001: 0.4899, 0.003: 0.4897}


def search(setting: Setting) -> Finding:
    """Coarse and fine search for lambda; as written the test set chooses."""
    small, large = batches(setting), everything(setting)
    step = setting.at_most(800, 20)
    factors = {**COARSE, **FINE}
    names = {factor: f"lambda {factor:.3g}" for factor in factors}
    written = {n: cyclic(f, step // 4, 2, len(small.train), 500) for f, n in names.items()}
    wide = {n: cyclic(f, step, 2, len(large.train)) for f, n in names.items()}
    theirs = over_seeds(written, small, setting.seeds[:2], points=1)
    ours = over_seeds(wide, large, setting.seeds, points=1)
    lines = tuple(
        Line(f"{names[f]}, test", said, theirs[names[f]]("test"), ours[names[f]]("test"), ROWS)
        for f, said in factors.items()
    )
    chosen, _ = best_on_validation(ours)
    means = [found.mean for outcome in ours.values() if (found := outcome("test")) is not None]
    spread = max(means) - min(means)
    why = (
        "The report chooses lambda on the test set, and its three best differ by at most .0014 with a "
        "standard error of .005: noise, chosen on the wrong rows.",
        f"Corrected, the validation rows choose, over {len(setting.seeds)} seeds: {chosen}; on the test rows "
        f"the six means lie within {spread:.2%} of each other.",
        "'0.001 to 0.008' is arange(0, .008, .001): 0 to 0.007. Five of eight coarse results are left out.",
    )
    return finding_of(lines, why, ours, large, curves={})


FACTORS = (0.002, 0.004)  # of the corrected run, between which the validation rows choose


def final(setting: Setting) -> Finding:
    """The final run with lambda 0.004 on all images."""
    data = everything(setting)
    step, rows = setting.at_most(900, 50), len(data.train)
    written = {"written": cyclic(0.004, step, 2, rows)}
    longer = {f"{f:g}": cyclic(f, 2 * step, 3, rows, start=HeNormal()) for f in FACTORS}
    theirs = over_seeds(written, data, setting.seeds[:2], points=1)["written"]
    factor, chosen = best_on_validation(over_seeds(longer, data, (0,), points=1))
    ours = over_seeds({factor: chosen.config}, data, setting.seeds, points=CURVE)[factor]
    lines = (
        Line("test accuracy", 0.5237, theirs("test"), ours("test"), ROWS),
        Line("validation accuracy", None, theirs("validation"), ours("validation")),
    )
    why = (
        "Step size and cycles of the final run are missing in the report; taken here as written: two "
        f"cycles of {2 * step:,} updates. Corrected: three of {4 * step:,}, He initialisation, and lambda "
        f"chosen from {' and '.join(longer)} by the validation accuracy of one seed: {factor}. The test "
        "images were measured afterwards, for that one alone.",
        "It is compared with runs of another batch size: what lambda does to the gain was not tested.",
    )
    curves = {"corrected, validation": ours.curve()}
    return finding_of(lines, why, {"corrected": ours}, data, curves=curves)


NEEDS = ("cifar10",)
EXPERIMENTS = (
    Experiment(
        "S4-loaders", "Loading and standardising CIFAR-10", "Zero mean and unit deviation.", loaders, NEEDS
    ),
    Experiment(
        "S4-gradients",
        "Two numerical gradients, absolute and relative",
        "The slow one, called more accurate, is wrong at 52 % of the weights and at no bias.",
        gradients,
    ),
    Experiment(
        "S4-cycles",
        "One cycle of 1000 updates, three of 4800",
        "47.8 % and 51.1 % of the test rows.",
        cycles,
        NEEDS,
        seconds=40,
    ),
    Experiment(
        "S4-search",
        "Coarse and fine search for lambda",
        "lambda = .004 is best, with 49.11 % of the test rows.",
        search,
        NEEDS,
        seconds=50,
    ),
    Experiment(
        "S4-final", "The final run, lambda = .004", "52.37 % of the test rows.", final, NEEDS, seconds=40
    ),
)
