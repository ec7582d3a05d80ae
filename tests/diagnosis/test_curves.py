"""Curves of known shape are called by their names; sound ones are left alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.diagnosis.curves import Curves, of_curves, scatter
from gradwright.training import EpochRecord, History


def kinds(**curves: Any) -> list[str]:
    return [finding.kind for finding in of_curves(Curves(**curves))]


def fallen(epochs: int = 40, speed: float = 4.0, floor: float = 0.2) -> Any:
    """A loss that falls from 1 to its floor, and is there well before the end."""
    return floor + (1 - floor) * np.exp(-np.arange(epochs) / speed)


def noise(epochs: int, size: float, seed: int = 0) -> Any:
    return size * np.random.default_rng(seed).normal(size=epochs)


def test_a_loss_that_has_arrived_is_healthy() -> None:
    assert kinds(train=fallen(), validation=fallen(floor=0.25), begun=True) == []


@pytest.mark.parametrize("seed", range(20))
def test_the_usual_scatter_of_batches_is_healthy(seed: int) -> None:
    """A hundredth of the loss, which is less than a tenth of what was gained."""
    train, validation = fallen() + noise(40, 0.01, seed), fallen(floor=0.25) + noise(40, 0.01, seed + 100)
    assert kinds(train=train, validation=validation, begun=True) == []


def test_a_loss_that_still_falls_is_called_so() -> None:
    (found,) = of_curves(Curves(fallen(speed=20.0), begun=True))
    assert found.kind == "still falling"
    assert "The training loss is still falling" in found.message
    assert found.numbers["last"] < found.numbers["before"]


def test_the_validation_loss_decides_where_there_is_one() -> None:
    """A training loss may fall for ever, by learning its rows by heart."""
    assert kinds(train=fallen(speed=20.0), validation=fallen(floor=0.5), begun=True) == []
    assert kinds(train=fallen(), validation=fallen(speed=20.0), begun=True) == ["still falling"]


def test_a_loss_that_is_small_already_may_fall_on() -> None:
    """From 0.004 to 0.002 is half, and nothing beside the 1 that it began at."""
    assert kinds(train=np.exp(-np.arange(40) / 6), begun=True) == []


def test_a_loss_that_never_moves_is_flat_from_the_start() -> None:
    flat = np.full(10, 1.609) + noise(10, 1e-4)
    assert kinds(train=flat, begun=True) == ["flat from the start"]
    (found,) = of_curves(Curves(flat))  # the first epoch may have been all that it took
    assert "nothing was learned after the first" in found.message


def test_a_loss_that_goes_up_is_called_so() -> None:
    assert kinds(train=1 + np.arange(10) / 10, begun=True) == ["rising from the start"]


def test_divergence_is_all_that_is_said_of_a_run_that_broke() -> None:
    assert kinds(train=np.array([1.0, 3.0]), diverged=True) == ["diverged"]
    assert kinds(train=np.array([1.0, 0.9, 5.0, 80.0]), begun=True) == ["diverged"]
    assert kinds(train=np.array([]), diverged=True) == ["diverged"]


def test_a_loss_that_jumps_by_a_good_part_of_what_was_gained_oscillates() -> None:
    (found,) = of_curves(Curves(fallen(200) + noise(200, 0.3), begun=True))
    assert found.kind == "oscillating"
    assert found.numbers["swing"] == pytest.approx(0.3, rel=0.3)  # of a hundred numbers


def test_a_validation_loss_that_turns_is_overfitting() -> None:
    turned = fallen(20, floor=0.4)
    turned = np.concatenate([turned, turned[-1] + 0.02 * np.arange(20)])
    (found,) = of_curves(Curves(fallen(), turned, begun=True))
    assert found.kind == "overfitting"
    assert found.numbers["entry"] == pytest.approx(20, abs=2)  # averaged over four


def test_a_validation_loss_that_only_wanders_is_healthy() -> None:
    assert kinds(train=fallen(), validation=fallen(floor=0.4) + noise(40, 0.02), begun=True) == []


def test_a_wide_gap_in_accuracy_is_overfitting() -> None:
    right, found = np.linspace(0.5, 1.0, 10), np.linspace(0.5, 0.8, 10)
    loss = fallen(10, speed=1.0)
    assert kinds(train=loss, train_accuracy=right, validation_accuracy=found, begun=True) == ["overfitting"]
    assert kinds(train=loss, train_accuracy=right, validation_accuracy=right - 0.05, begun=True) == []


@pytest.mark.parametrize("epochs", [0, 1, 2, 5])
def test_of_a_few_epochs_no_course_is_told(epochs: int) -> None:
    assert kinds(train=fallen(speed=20.0)[:epochs], begun=True) == []


def test_scatter_is_about_the_course_and_not_about_the_mean() -> None:
    line = np.arange(400.0)
    assert scatter(line + noise(400, 3.0)) == pytest.approx(3.0, rel=0.2)


def test_the_curves_of_a_run_leave_out_what_was_not_measured() -> None:
    """With measure_train = "running" there is no training loss before the first step."""
    records = [EpochRecord(0, 0, None, {"loss": 1.0})]
    records += [EpochRecord(e, e, None, {"loss": 1 / e}, running=2 / e) for e in (1, 2)]
    curves = Curves.of(History(tuple(records)))
    assert curves.train.tolist() == [2.0, 1.0]
    assert curves.validation is not None
    assert curves.validation.tolist() == [1.0, 0.5]
    assert not curves.begun
    assert curves.train_accuracy is None
