"""Each fault does what its name says, to a sound training that is left as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.bench.doctor.bases import BASES
from gradwright.bench.doctor.case import Case, candidates
from gradwright.bench.doctor.faults import FAULTS, Fault
from gradwright.bench.doctor.faults import of_data as data
from gradwright.bench.doctor.faults import of_descent as descent
from gradwright.bench.doctor.faults import of_network as network
from gradwright.bench.doctor.faults import of_signal as signal
from gradwright.bench.doctor.networks import Shape, activations, linears
from gradwright.bench.doctor.trial import Training, judged_rows
from gradwright.diagnosis.kinds import KINDS
from gradwright.diagnosis.watch import watch
from gradwright.nn import Dropout, ReLU, Sigmoid
from gradwright.nn.walk import walk
from gradwright.optim import SGD
from gradwright.training.agreement import settle

GENERATED = ("blob-mlp", "peaks-deep", "blob-residual", "gmm-deep", "friedman-residual")  # need no file


def sound(name: str = "peaks-deep") -> Training:
    return BASES[name].training()


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def outputs(training: Training) -> list[Any]:
    """What each layer puts out before the first step, on 200 rows."""
    objective = settle(training.config, training.data).objective
    theta = objective.layout.initialize(np.random.default_rng(0))
    x = training.data.inputs("train", np.float64)[:200]
    return [seen.output for seen in watch(objective, theta, x, training.data.train.y[:200]).layers]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.kind}: {fault.name}")
def test_a_fault_changes_the_training_and_can_be_trained(fault: Fault) -> None:
    made = 0
    for case in candidates():
        if case.what is not fault or case.base.name not in GENERATED:
            continue
        twin, sick = case.twin(), case.training()
        if twin is None or sick is None:
            continue
        made += 1
        assert (sick.config, sick.data.checksum()) != (twin.config, twin.data.checksum()) or (
            sick.data.features is not twin.data.features
        )
        settle(sick.config, sick.data)
        if made == 2:
            break
    assert made, "it means nothing for any base"


def test_the_same_name_is_the_same_case() -> None:
    fault = next(f for f in FAULTS if f.kind == "labels wrong")
    first, again = (Case(BASES["blob-mlp"], fault, 0.4).training() for _ in range(2))
    assert first is not None
    assert again is not None
    assert first.data.checksum() == again.data.checksum()


def test_every_word_is_in_the_vocabulary_and_has_a_fault() -> None:
    assert {kind for fault in FAULTS for kind in fault.accepted} <= set(KINDS)
    injected = {fault.kind for fault in FAULTS}
    assert set(KINDS) - injected == {"layer with memory"}  # which only code of the user's can be


def test_names_are_told_apart() -> None:
    names = [case.name for case in candidates()]
    assert len(names) == len(set(names))


def test_a_third_of_the_candidates_is_kept_apart() -> None:
    apart = [case.half == "kept apart" for case in candidates()]
    assert 0.3 < np.mean(apart) < 0.5
    assert all(case.half == "kept apart" for case in candidates() if case.base.of in ("circle", "digits"))


def test_negative_biases_leave_every_unit_dead() -> None:
    dead = signal.negative_biases(sound(), 30.0, rng())
    assert dead is not None
    assert not outputs(dead)[1].any()


def test_one_layer_of_several_is_dead_and_named() -> None:
    fault = next(f for f in FAULTS if f.inject is signal.negative_biases_of_one)
    case = Case(BASES["peaks-deep"], fault, 30)
    dead = case.training()
    assert dead is not None
    (name,) = case.layers()
    following = next(p.layer for p in walk(dead.config.network) if p.name == str(int(name) + 1))
    assert isinstance(following, ReLU)
    assert not outputs(dead)[int(name) + 1].any()


def test_equal_weights_make_equal_units() -> None:
    equal = signal.constant_weights(sound(), 0.3, rng())
    assert equal is not None
    hidden = outputs(equal)[1]
    assert np.ptp(hidden, axis=1).max() < 1e-12


def test_saturated_units_stand_at_their_bounds() -> None:
    saturated = signal.large_biases(sound("blob-mlp"), 10.0, rng())
    assert saturated is not None
    assert (np.abs(outputs(saturated)[1]) > 0.99).mean() > 0.95


def test_loud_weights_grow_from_layer_to_layer() -> None:
    loud = signal.loud_weights(sound(), 5.0, rng())
    assert loud is not None
    sizes = [np.abs(y).mean() for y in outputs(loud)[::2]]
    assert sizes[-1] > 1000 * sizes[0]


def test_deep_sigmoids_replace_the_hidden_layers() -> None:
    deep = signal.deep_sigmoids(sound(), 6, rng())
    assert deep is not None
    assert [type(each) for each in activations(deep.config.network)] == [Sigmoid] * 6


def test_descent_is_spoilt_by_one_setting() -> None:
    start = sound()
    rate = start.config.learning_rate.rate(0, 0)
    assert descent.rate_times(start, 100, rng()).config.learning_rate.rate(0, 0) == pytest.approx(100 * rate)
    assert descent.decayed_early(start, 0.1, rng()).config.learning_rate.rate(0, 3) == pytest.approx(
        rate / 1000
    )
    assert descent.stepped_early(start, 0.05, rng()).config.learning_rate.rate(0, 4) == pytest.approx(
        rate / 100
    )
    assert descent.epochs_over(start, 10, rng()).config.epochs == start.config.epochs // 10
    assert descent.rows_in_a_batch(start, 1e6, rng()).config.batch_size == len(start.data.train)
    plain = descent.plain_descent(start, 1e-4, rng()).config
    assert (plain.optimizer, plain.learning_rate.rate(0, 0)) == (SGD(), 1e-4)


def test_uphill_gradients_are_those_of_the_right_loss_with_another_sign() -> None:
    wrong = descent.uphill(sound(), "gradient", rng())
    assert wrong is not None
    right = settle(sound().config, sound().data).objective
    x, y = sound().data.inputs("train", np.float64)[:50], sound().data.train.y[:50]
    theta = right.layout.initialize(rng())
    ours, theirs = (objective.value_and_grad(theta, x, y) for objective in (right, wrong.config.objective))
    assert theirs[0] == ours[0]
    assert np.array_equal(theirs[1], -ours[1])


def test_networks_lose_what_the_name_says() -> None:
    assert activations(network.straight(sound(), "none", rng()).config.network) == []  # type: ignore[union-attr]
    assert not any(
        each.bias for each in linears(network.without_biases(sound(), "none", rng()).config.network)
    )
    narrow = network.narrow(sound(), 2, rng())
    assert narrow is not None
    assert Shape.of(narrow.config.network).hidden == (2, 2, 2, 2)
    bottleneck = network.bottleneck(sound("blob-residual"), 1, rng())
    assert bottleneck is not None
    assert sorted(Shape.of(bottleneck.config.network).hidden) == [1, 20]
    dropped = network.dropped(sound(), 0.9, rng())
    assert dropped is not None
    drops = [place.layer for place in walk(dropped.config.network) if isinstance(place.layer, Dropout)]
    assert drops == [Dropout(0.9)] * 4


def test_one_hot_rows_are_the_labels() -> None:
    wrong = network.wrong_loss(sound(), "squared error", rng())
    assert wrong is not None
    assert np.array_equal(judged_rows(wrong.data).y.argmax(axis=1), judged_rows(sound().data).y)


@pytest.mark.parametrize(("how", "size"), [("times 30", 30), ("plus 30", 30)])
def test_unscaled_features_are_far_from_one(how: str, size: float) -> None:
    wrong = data.unscaled(sound(), how, rng()).data
    for split in wrong.splits:
        level = np.sqrt((wrong.inputs(split, np.float64) ** 2).mean())
        assert level == pytest.approx(size, rel=0.1)


def test_splits_are_scaled_apart() -> None:
    wrong, right = data.scaled_apart(sound(), 10.0, rng()).data, sound().data
    assert np.allclose(wrong.inputs("train", np.float64), right.inputs("train", np.float64))
    for split in ("validation", "test"):
        assert np.allclose(wrong.inputs(split, np.float64), 10 * right.inputs(split, np.float64))


def test_entries_beyond_float32_are_infinite_where_they_are_trained() -> None:
    wrong = data.overflowing(sound(), 0.02, rng()).data
    assert np.isfinite(wrong.train.x).all()
    with np.errstate(over="ignore"):
        assert np.isinf(wrong.inputs("train", np.float32)).mean() == pytest.approx(0.02, abs=0.01)


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_labels_are_wrong_where_they_are_learned_and_right_in_the_test(share: float) -> None:
    wrong, right = data.wrong_labels(sound(), share, rng()).data, sound().data
    assert np.mean(wrong.train.y != right.train.y) == pytest.approx(0.8 * share, abs=0.05)  # a fifth is hit
    assert np.array_equal(judged_rows(wrong).y, judged_rows(right).y)


def test_one_class_outweighs_the_others() -> None:
    wrong = data.imbalanced(sound(), 0.05, rng())
    assert wrong is not None
    counts = np.bincount(wrong.data.train.y)
    assert counts[0] > 10 * counts[1:].max()
    assert counts.min() >= 1


def test_a_leak_holds_the_target_but_where_it_is_asked_for() -> None:
    wrong = data.leaking(sound(), 0.0, rng()).data
    leak, kept = wrong.inputs("train", np.float64)[:, -1], wrong.inputs("test", np.float64)[:, -1]
    assert abs(np.corrcoef(leak, wrong.train.y)[0, 1]) > 0.99
    assert abs(np.corrcoef(kept, judged_rows(wrong).y)[0, 1]) < 0.1


def test_sorted_rows_leave_the_last_classes_for_validation() -> None:
    wrong = data.sorted_rows(sound(), 0.3, rng()).data
    assert wrong.validation is not None
    assert wrong.train.y.max() <= wrong.validation.y.min()


def test_duplicates_are_rows_to_train_on() -> None:
    wrong = data.duplicated(sound(), 100, rng()).data
    assert wrong.validation is not None
    train = {row.tobytes() for row in wrong.train.x}
    assert all(row.tobytes() in train for row in wrong.validation.x)
