"""What is kept as a case: faults that harm, trainings that nothing simple improves, and no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gradwright.bench.doctor import select as selecting
from gradwright.bench.doctor.bases import BASES
from gradwright.bench.doctor.case import Case, in_order
from gradwright.bench.doctor.examined import Examined, read
from gradwright.bench.doctor.faults import Fault
from gradwright.bench.doctor.healthy import Variant
from gradwright.bench.doctor.select import Trials, examine, select
from gradwright.bench.doctor.selected import everything, selected, write
from gradwright.bench.doctor.statistics import Differences, material
from gradwright.bench.doctor.trial import Training, constant_error, error_of, is_one_hot, worth
from gradwright.errors import RecordError

pytest.importorskip("scipy", reason="intervals need SciPy")

BASE = BASES["blob-mlp"]


def base() -> Trials:
    return Trials(BASE.training())


def made_by(kind: str, severity: float = 1) -> Case:
    return next(
        case for case in in_order() if case.base is BASE and case.group == kind and case.severity == severity
    )


def test_a_fault_that_harms_is_kept_with_what_cures_it() -> None:
    found = examine(made_by("rate too low", 1e-5), base())
    assert found.verdict == "kept"
    assert found.error > found.sound + 0.3
    assert "Adam" in found.cures
    assert "rate / 10" not in found.cures


def test_a_fault_that_does_nothing_is_dropped() -> None:
    def nothing(sound: Training, _: float, __: np.random.Generator) -> Training:
        return sound

    assert (
        examine(Case(BASE, Fault("rate too high", "nothing", nothing, (1,)), 1), base()).verdict
        == "not worse"
    )


def test_a_fault_that_means_nothing_here_is_dropped() -> None:
    assert examine(made_by("target not scaled", 1000), base()).verdict == "means nothing here"


def test_a_sound_training_is_kept() -> None:
    found = examine(Case(BASE, Variant("twin", "as it is", lambda b, _, __: b, ("",)), ""), base())
    assert found.verdict == "kept"


def test_a_training_that_a_simple_change_improves_is_no_healthy_case() -> None:
    def slow(sound: Training, _: object, __: np.random.Generator) -> Training:
        return Training(sound.config.model_copy(update={"epochs": 1}), sound.data)

    found = examine(Case(BASE, Variant("small", "one epoch", slow, ("",)), ""), base())
    assert found.verdict.startswith("helped by")


def test_a_training_that_learns_nothing_is_no_healthy_case() -> None:
    def random(sound: Training, _: object, rng: np.random.Generator) -> Training:
        fault = made_by("features say nothing", 10).fault
        assert fault is not None
        return fault.inject(sound, 10.0, rng)  # type: ignore[return-value]

    found = examine(Case(BASE, Variant("noisy", "nothing left", random, ("",)), ""), base())
    assert found.verdict == "has not learned"


@pytest.mark.parametrize(
    ("values", "worse"),
    [
        ((0.1,) * 5, True),  # the same gap each time
        ((0.001,) * 5, False),  # certain, and too small to matter
        ((0.5, -0.4, 0.3, -0.2, 0.1), False),  # large in the mean, and chance
        ((-0.1,) * 5, False),  # better
    ],
)
def test_worse_means_by_more_than_chance_and_by_enough(values: tuple[float, ...], worse: bool) -> None:
    assert Differences(values).is_worse_by(0.02) is worse


def test_what_matters_grows_with_what_is_at_stake() -> None:
    assert material(0.1, 0.9) == pytest.approx(0.04)
    assert material(0.45, 0.5) == 0.02


def test_more_seeds_are_run_only_where_the_first_do_not_decide() -> None:
    assert Differences((0.1,) * 5).is_decided(0.02)
    assert Differences((0.001, 0.002, 0.001)).is_decided(0.02)
    assert not Differences((0.0, 0.05, 0.01, 0.03)).is_decided(0.02)


def test_errors_are_shares_of_labels_or_of_variance() -> None:
    assert error_of(np.array([0, 1, 1]), np.array([0, 1, 2])) == pytest.approx(1 / 3)
    assert error_of(np.array([[0.9, 0.2], [0.6, 0.5]]), np.array([[1.0, 0.0], [0.0, 1.0]])) == 0.5
    assert error_of(np.array([[0.0], [9.0]]), np.array([[1.0], [2.0]])) == 2.0  # cut
    assert not is_one_hot(np.array([[1.0], [0.0]]))


def test_divergence_is_worth_the_best_constant() -> None:
    training = BASE.training()
    found = worth(Training(training.config.model_copy(update=_rate(1e30)), training.data), 0)
    assert (found.error, found.loss) == (constant_error(training.data), np.inf)


def _rate(value: float) -> dict[str, object]:
    from gradwright.optim import Constant

    return {"learning_rate": Constant(value)}


def test_a_selection_goes_on_where_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [each for each in in_order() if each.base is BASE][:4]
    asked: list[str] = []

    def kept(case: Case, _: Trials) -> Examined:
        asked.append(case.name)
        return Examined(case.name, "kept", 0.1, 0.2, 5)

    monkeypatch.setattr(selecting, "in_order", lambda: tuple(cases[:2]))
    monkeypatch.setattr(selecting, "examine", kept)
    select(tmp_path, lambda _: None)
    monkeypatch.setattr(selecting, "in_order", lambda: tuple(cases))
    select(tmp_path, lambda _: None)
    assert asked == [case.name for case in cases]
    assert [each.name for each in read(tmp_path)] == asked


def test_a_record_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "examined.jsonl").write_text("{}\n")
    with pytest.raises(RecordError, match=r"examined\.jsonl: line 1"):
        read(tmp_path)


def test_the_cases_of_the_package_are_of_both_kinds_in_both_halves() -> None:
    for sick in (True, False):
        development, apart = selected("development", sick), selected("kept apart", sick)
        assert len(development) + len(apart) >= 800
        assert 0.3 < len(apart) / (len(development) + len(apart)) < 0.4
    for each in everything():
        if each.case.fault is not None:
            assert each.error > each.sound + 0.019
            assert each.case.fault.accepted <= each.accepted


def test_what_is_written_is_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gradwright.bench.doctor import selected as room

    sick = made_by("rate too low", 1e-5)
    lines = [Examined(sick.name, "kept", 0.1, 0.7, 5, ("Adam",)), Examined("x", "not worse")]
    write(lines, tmp_path / "selected.json")
    monkeypatch.setattr(room, "FILE", tmp_path / "selected.json")
    everything.cache_clear()
    (found,) = everything()
    everything.cache_clear()
    assert (found.case, found.sound, found.error, found.cures) == (sick, 0.1, 0.7, ("Adam",))
    assert "optimizer settings" in found.accepted
