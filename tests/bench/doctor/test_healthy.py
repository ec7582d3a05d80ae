"""Healthy variants are what their names say, and the simple changes change what theirs say."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.bench.doctor import healthy
from gradwright.bench.doctor.bases import BASES
from gradwright.bench.doctor.case import candidates
from gradwright.bench.doctor.changes import SIMPLE
from gradwright.bench.doctor.faults import of_data, of_descent, of_signal
from gradwright.bench.doctor.healthy import VARIANTS, Variant
from gradwright.bench.doctor.networks import linears
from gradwright.bench.doctor.trial import Training, judged_rows
from gradwright.nn.initializers import HeNormal
from gradwright.optim import Adam
from gradwright.training.agreement import settle


def sound(name: str = "peaks-deep") -> Training:
    return BASES[name].training()


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_can_be_trained(variant: Variant) -> None:
    made = [
        training
        for case in candidates()
        if case.what is variant and case.base.name in ("peaks-deep", "friedman-residual", "blob-softmax")
        if (training := case.training()) is not None
    ]
    assert made, "it means nothing for any base"
    for training in made[:4]:
        settle(training.config, training.data)


def test_noise_is_in_the_test_rows_too() -> None:
    noisy = healthy.noisy_targets(sound(), 0.2, rng()).data
    for split, before in zip(noisy.splits.values(), sound().data.splits.values(), strict=True):
        assert np.mean(split.y != before.y) == pytest.approx(0.16, abs=0.04)


def test_classes_are_as_uneven_in_the_test_as_in_training() -> None:
    uneven = healthy.one_class_rare(sound(), 0.2, rng())
    assert uneven is not None
    for split in (uneven.data.train, judged_rows(uneven.data)):
        counts = np.bincount(split.y)
        assert counts[-1] / counts[0] == pytest.approx(0.2, abs=0.08)


def test_slow_trainings_go_as_far() -> None:
    start, slow = sound().config, healthy.slowly(sound(), 4, rng()).config
    far = [c.learning_rate.rate(0, 0) * c.epochs for c in (start, slow)]
    assert far[1] == pytest.approx(far[0])


def changed(name: str) -> Training:
    """What a simple change makes of a training that is sick in several ways."""
    sick = of_signal.negative_biases(of_data.unscaled(sound(), "times 30", rng()), 5.0, rng())
    assert sick is not None
    spoilt = of_descent.impatient(of_descent.rows_in_a_batch(sick, 1, rng()), 0.1, rng())
    made = next(each for each in SIMPLE if each.name == name).make(spoilt)
    assert made is not None
    return made


def test_simple_changes_mend_what_they_say() -> None:
    assert np.allclose(changed("standardised").data.inputs("train", np.float64).std(axis=0), 1)
    first = linears(changed("usual start").config.network)[0]
    assert (first.weight_init, first.bias_init.draw((2,), rng()).tolist()) == (HeNormal(), [0.0, 0.0])
    assert changed("batches of 32").config.batch_size == 32
    assert changed("no early stopping").config.early_stopping is None
    rates = [each.config.learning_rate.rate(0, 0) for each in (changed("rate / 10"), sound())]
    assert rates[0] == pytest.approx(rates[1] / 10)


def test_a_simple_change_that_changes_nothing_is_none() -> None:
    assert sound().config.optimizer == Adam()
    for name in (
        "Adam",
        "standardised",
        "usual start",
        "batches of 32",
        "no early stopping",
        "constant rate",
    ):
        assert next(each for each in SIMPLE if each.name == name).make(sound()) is None
