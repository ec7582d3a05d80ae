"""An ensemble: which rows its networks have, what it answers, and what is said where it was cut short."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import ConfigError
from gradwright.recipes import fit_members, recipe
from gradwright.recipes.folds import folds
from gradwright.recipes.members import FEWEST, MEMBERS, member_sets
from tests.recipes.tables import classes, numbers

EPOCHS = 6


def test_a_single_fit_is_of_networks_that_hold_out_different_rows() -> None:
    first, second = (part.validation for part in member_sets(classes(), 1, seed=0))
    assert first is not None
    assert second is not None
    assert len(first) == len(second) == len(classes().train) // 5
    assert not {*map(tuple, first.x.tolist())} & {*map(tuple, second.x.tolist())}


def test_folds_hold_out_every_row_once() -> None:
    sets = member_sets(classes(), 4, seed=0)
    assert [len(part.validation or ()) for part in sets] == [30] * 4


def test_rows_that_were_set_aside_tell_every_network_its_best_epoch() -> None:
    [data] = folds(classes(), 5, 1, seed=0)
    assert all(part.validation is data.validation for part in member_sets(data, 1, seed=0))
    with pytest.raises(ConfigError, match="n_cv: the data set 'classes' brings its own validation rows"):
        member_sets(data, 3, seed=0)


def test_of_few_rows_none_is_held_out() -> None:
    few = classes(FEWEST - 1)
    assert all(part is few for part in member_sets(few, 1, seed=0))


def test_the_answer_is_the_mean_over_networks() -> None:
    ensemble = fit_members(classes(), epochs=EPOCHS, calibrate=False)
    x = classes(50, seed=1).train.x
    each = [run.predict_proba(x) for run in ensemble.runs]
    np.testing.assert_allclose(ensemble.predict_proba(x), np.mean(each, axis=0), rtol=1e-5)  # two engines
    np.testing.assert_array_equal(ensemble.predict(x), ensemble.predict_proba(x).argmax(axis=1))


def test_calibration_is_fitted_on_rows_that_their_network_did_not_see() -> None:
    """Labels that are noise: in training they are learned by heart, and held-out rows know better."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 8)).astype(np.float32), rng.integers(2, size=80)
    data = Dataset("noise", "made for a test", Split(x, y))
    ensemble = fit_members(data, n_cv=4, epochs=40)
    assert ensemble.temperature > 1
    plain = fit_members(data, n_cv=4, epochs=40, calibrate=False)
    assert plain.temperature == 1
    assert ensemble.predict_proba(x).max() < plain.predict_proba(x).max()


def test_numbers_stay_within_those_that_were_seen() -> None:
    data = numbers()
    ensemble = fit_members(data, epochs=EPOCHS)
    far = np.array([[-50.0], [50.0]], np.float32)
    inside = ensemble.predict(far)
    assert ensemble.seen is not None
    free = np.mean([ensemble.outputs_of(run, far) for run in ensemble.runs], axis=0)
    assert np.abs(free).max() > data.train.y.max()
    assert data.train.y.min() <= inside.min() <= inside.max() <= data.train.y.max()


def test_the_same_seed_makes_the_same_ensemble_on_any_number_of_threads() -> None:
    one, two = (fit_members(classes(), seed=5, epochs=EPOCHS, threads=threads) for threads in (1, 2))
    for left, right in zip(one.runs, two.runs, strict=True):
        np.testing.assert_array_equal(left.theta, right.theta)
    assert one.temperature == two.temperature
    assert one.runs[0].config.seed != one.runs[1].config.seed


def test_a_time_limit_plans_fewer_epochs_and_says_so() -> None:
    ensemble = fit_members(classes(), time_limit=1e-6, threads=1)
    assert [run.history[-1].epoch for run in ensemble.runs] == [1]
    assert ensemble.remarks == (f"cut short: 1 of {MEMBERS} networks were trained, 1 of 192 epochs",)


def test_a_fit_that_comes_to_its_end_has_no_remark() -> None:
    assert fit_members(classes(), epochs=EPOCHS, time_limit=1e6).remarks == ()


def test_a_recipe_of_ones_own_is_what_is_trained() -> None:
    [data] = folds(classes(), 5, 1, seed=0)
    own = recipe(data, epochs=3, seed=9).model_copy(update={"batch_size": 20})
    ensemble = fit_members(classes(), config=own)
    assert [(run.config.batch_size, run.config.epochs) for run in ensemble.runs] == [(20, 3)] * MEMBERS
    assert ensemble.runs[0].config.seed == 9


@pytest.mark.parametrize(
    ("data", "loss", "message"),
    [
        (classes(), gw.Hinge(), "expected one of SoftmaxCrossEntropy, Focal for labels, .* found Hinge"),
        (numbers(), gw.Poisson(), "expected one of MeanSquaredError, .* for numbers, .* found Poisson"),
    ],
)
def test_answers_that_cannot_be_averaged_are_refused(data: Dataset, loss: gw.nn.Loss, message: str) -> None:
    own = recipe(data, epochs=1).model_copy(update={"loss": loss})
    with pytest.raises(ConfigError, match=message):
        fit_members(data, config=own)
