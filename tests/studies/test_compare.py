"""A comparison says no more than the seeds allow: the best is in its set, and false winners are rare."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.errors import ConfigError, RecordError
from gradwright.studies.compare import Comparison, compare
from gradwright.studies.winners_curse import chosen_elsewhere
from tests.studies.studies import run_record, study_of

STUDIES = 200
ERROR = 0.05
SAMPLING = 3 * math.sqrt(ERROR * (1 - ERROR) / STUDIES)  # three standard errors of a share near 5 %


def points(comparison: Comparison) -> list[int]:
    return [each.point["a"] for each in comparison.contenders]


@pytest.mark.parametrize(("configurations", "seeds"), [(2, 3), (2, 5), (10, 5)])
def test_a_winner_among_equals_is_as_rare_as_promised(configurations: int, seeds: int) -> None:
    false = [
        len(compare(study_of([0.9] * configurations, seeds, seed=s)).contenders) == 1 for s in range(STUDIES)
    ]
    assert np.mean(false) <= ERROR + SAMPLING


@pytest.mark.parametrize("spreads", [(0.01,) * 6, (0.002, 0.05, 0.01, 0.002, 0.05, 0.01)])
def test_the_truly_best_is_in_the_set(spreads: tuple[float, ...]) -> None:
    """Also where configurations differ in their spread, and others are close to the best."""
    means, lost = (0.902, 0.9, 0.9, 0.9, 0.85, 0.9), 0
    for seed in range(STUDIES):
        rng = np.random.default_rng(seed)
        records = [
            run_record({"a": i}, s, mean + spread * rng.standard_normal())
            for i, (mean, spread) in enumerate(zip(means, spreads, strict=True))
            for s in range(5)
        ]
        lost += 0 not in points(compare(records))
    assert lost / STUDIES <= ERROR + SAMPLING


def test_without_the_correction_false_winners_would_be_common() -> None:
    """The planted fault: the best of ten against the second, as if nobody had chosen it."""
    false = 0
    for seed in range(STUDIES):
        standings = compare(study_of([0.9] * 10, seed=seed)).standings
        false += min(each.p / 9 for each in standings[1:]) < ERROR
    assert false / STUDIES > 3 * ERROR


def test_a_clear_difference_is_found() -> None:
    found = compare(study_of([0.9, 0.8, 0.7], spread=0.005))
    assert points(found) == [0]
    assert [each.gap for each in found.standings[1:]] == pytest.approx([0.1, 0.2], abs=0.01)
    low, high = found.standings[1].low, found.standings[1].high
    assert low is not None
    assert high is not None
    assert 0 < low < 0.1 < high


def test_a_loss_is_better_where_it_is_lower() -> None:
    found = compare(study_of([0.9, 0.5], spread=0.005), "validation.loss")
    assert found.winner.point == {"a": 0}
    assert found.corrected == pytest.approx(0.1, abs=0.02)


def test_the_best_of_many_flatters_itself_and_the_correction_does_not() -> None:
    """Twenty equal configurations: the winner's mean is about 0.9 + 1.87 standard errors."""
    found = [compare(study_of([0.9] * 20, seed=seed)) for seed in range(STUDIES)]
    naive = np.mean([each.winner.estimate.mean for each in found if each.winner.estimate])
    corrected = np.array([each.corrected for each in found])
    standard_error = 0.01 / math.sqrt(5)
    assert naive - 0.9 == pytest.approx(1.87 * standard_error, rel=0.1)
    assert corrected.mean() == pytest.approx(0.9, abs=3 * corrected.std() / math.sqrt(STUDIES))


def test_a_choice_is_never_read_on_the_seed_that_it_was_made_with() -> None:
    assert chosen_elsewhere(np.eye(3)) == 0
    assert chosen_elsewhere(np.ones((4, 1))) is None


def test_a_single_seed_tells_nothing_apart() -> None:
    found = compare(study_of([0.9, 0.5], seeds=1))
    assert len(found.contenders) == 2
    assert found.corrected is None
    assert found.standings[1].seeds is None


def test_what_seeds_share_does_not_hide_a_difference() -> None:
    luck = np.random.default_rng(0).normal(0, 0.05, 5)
    jitter = np.random.default_rng(1).normal(0, 0.001, (2, 5))
    records = [
        run_record({"a": a}, s, 0.8 - 0.02 * a + luck[s] + jitter[a, s]) for a in range(2) for s in range(5)
    ]
    assert points(compare(records)) == [0]


def test_configurations_with_seeds_of_their_own_are_compared_without_pairing() -> None:
    records = [run_record({"a": a}, 10 * a + s, 0.9 - 0.3 * a + 0.01 * s) for a in range(2) for s in range(4)]
    found = compare(records)
    assert not found.paired
    assert points(found) == [0]


def test_survivors_of_a_configuration_that_breaks_do_not_win() -> None:
    records = study_of([0.9, 0.8])
    records += [run_record({"a": 7}, 0, 0.99), *(run_record({"a": 7}, s, 0, "diverged") for s in range(1, 5))]
    found = compare(records)
    assert found.winner.point == {"a": 0}
    assert [(each.point["a"], each.broken) for each in found.rest] == [(7, 4)]


def test_survivors_of_pruning_do_not_win_either() -> None:
    pruned = [run_record({"a": 7}, s, 0.99, "finished" if s < 4 else "pruned") for s in range(5)]
    found = compare([*study_of([0.9, 0.8]), *pruned])
    assert found.winner.point == {"a": 0}
    assert found.rest[0].pruned == 1


def test_one_lucky_run_does_not_win_against_five() -> None:
    found = compare([*study_of([0.9, 0.8]), run_record({"a": 7}, 0, 0.99)])
    assert found.winner.point == {"a": 0}


def test_the_largest_budget_of_a_seed_counts() -> None:
    short = [run_record({"a": 0}, s, 0.5, budget=1, id=f"short-{s}") for s in range(5)]
    found = compare([*study_of([0.9]), *short])
    assert found.winner.estimate is not None
    assert found.winner.estimate.mean == pytest.approx(0.9, abs=0.02)


def test_runs_on_other_data_are_not_mixed_in() -> None:
    other = run_record({"a": 0}, 2, 0.99, id="other", data="another checksum")
    with pytest.raises(RecordError, match=r"other\.json: expected runs with the same settings .* same data"):
        compare([*study_of([0.9, 0.8]), other])


def test_the_noise_of_the_rows_stands_beside_that_of_the_seeds() -> None:
    assert compare(study_of([0.9]), rows=900).row_deviation == pytest.approx(0.01, rel=0.05)
    assert compare(study_of([0.9]), "validation.loss", rows=900).row_deviation is None
    assert compare(study_of([0.9])).row_deviation is None


def test_resampled_seeds_agree_on_a_clear_winner_and_disagree_among_equals() -> None:
    clear, equal = compare(study_of([0.9, 0.5])), compare(study_of([0.9] * 5))
    assert clear.standings[0].wins == 1
    assert sum(each.wins or 0 for each in equal.standings) == pytest.approx(1)
    assert (equal.standings[0].wins or 0) < 1


def test_the_test_set_cannot_be_compared_by() -> None:
    with pytest.raises(ConfigError, match="sealed"):
        compare(study_of([0.9]), "test.accuracy")


def test_a_metric_that_no_run_has_is_named_beside_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"validation\.accuracy, validation\.loss, found 'validation\.f1'"):
        compare(study_of([0.9]), "validation.f1")


def test_a_study_without_a_finished_run_says_so() -> None:
    with pytest.raises(RecordError, match="finished run"):
        compare([run_record({"a": 0}, 0, 0, "failed")])
    with pytest.raises(RecordError, match="finished run"):
        compare([run_record({"a": 0}, 0, 0, "failed")], "validation.loss")


def test_where_every_configuration_broke_somewhere_the_survivors_are_compared() -> None:
    records = [*study_of([0.9, 0.8]), *(run_record({"a": a}, 9, 0, "diverged") for a in range(2))]
    assert compare(records).winner.broken == 1
