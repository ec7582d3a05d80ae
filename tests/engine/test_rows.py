"""Rows are brought into the engine's form once; what is kept of them never stands in for another form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, variants
from gradwright.nn.layer import Array

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

COUNT = 37
TASK = Task(
    gw.Objective(gw.mlp(3, 6, 1), gw.MeanSquaredError()), gw.SGD(), gw.Constant(0.1), batch_size=8, seed=0
)
LABELS = replace(TASK, objective=gw.Objective(gw.mlp(3, 6, 2), gw.SoftmaxCrossEntropy()))


def rows(labels: bool = False, weights: Array | None = None, features: Affine = Affine()) -> Rows:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(COUNT, 3)), rng.integers(2, size=COUNT)
    return Rows(Split(x, y if labels else y + 0.5, weights), features)


@pytest.mark.parametrize(
    ("first", "then", "labels"),
    [
        (TASK, replace(TASK, dtype="float64"), False),
        (replace(TASK, dtype="float64"), TASK, False),
        (TASK, replace(TASK, batch_size=5), False),
        (TASK, replace(TASK, batch_size=COUNT), False),
        (LABELS, replace(TASK, objective=gw.Objective(gw.mlp(3, 1), gw.BinaryCrossEntropy())), True),
        (replace(TASK, objective=gw.Objective(gw.mlp(3, 1), gw.BinaryCrossEntropy())), LABELS, True),
        (TASK, replace(TASK, optimizer=gw.Adam(), schedule=gw.Constant(0.01)), False),
        (TASK, replace(TASK, seed=1), False),
    ],
    ids=["float64", "float32", "smaller batches", "one batch", "yes or no", "classes", "optimizer", "seed"],
)
def test_rows_that_served_another_task_serve_as_new_ones(first: Task, then: Task, labels: bool) -> None:
    used = rows(labels)
    native.train_epoch(first, first.initial_state(), used)
    native.evaluate(first.objective, first.initial_state().theta, used)
    start, new = then.initial_state(), rows(labels)
    found, expected = (native.train_epoch(then, start, each) for each in (used, new))
    assert found.state.theta.tobytes() == expected.state.theta.tobytes()
    assert found.objectives.tobytes() == expected.objectives.tobytes()
    assert found.sizes.tolist() == expected.sizes.tolist()
    measured = (native.evaluate(then.objective, start.theta, each) for each in (used, new))
    assert next(measured) == next(measured)


@pytest.mark.parametrize(
    "change",
    [
        lambda first: Rows(replace(first.split, weights=np.arange(COUNT) % 3.0), first.features),
        lambda first: Rows(first.split, Affine(0.1, 1.3)),
        lambda first: Rows(replace(first.split, y=first.split.y + 1), first.features),
        lambda first: Rows(replace(first.split, x=first.split.x + 1), first.features),
    ],
    ids=["weights", "features", "targets", "x"],
)
def test_what_is_kept_of_rows_does_not_pass_on_to_others_made_of_them(change: Callable[[Rows], Rows]) -> None:
    used, new, theta = rows(), rows(), TASK.initial_state().theta
    before = native.evaluate(TASK.objective, theta, used)
    assert native.evaluate(TASK.objective, theta, change(used)) == native.evaluate(
        TASK.objective, theta, change(new)
    )
    assert native.evaluate(TASK.objective, theta, change(used)) != before


def test_the_last_batch_has_what_is_left_over_and_sizes_cannot_be_written() -> None:
    sizes = native.train_epoch(TASK, TASK.initial_state(), rows()).sizes
    assert sizes.tolist() == [8, 8, 8, 8, 5]
    with pytest.raises(ValueError, match="read-only"):
        sizes[0] = 1


def test_an_epoch_that_is_ended_has_the_sizes_of_its_steps_alone() -> None:
    count = 2_000_000  # which take many times as long as it is until somebody is asked
    long = Rows(Split(np.zeros((count, 3), np.float32), np.zeros(count, np.float32)), Affine())
    epoch = native.train_epoch(TASK, TASK.initial_state(), long, lambda *_: False)
    assert not epoch.complete
    assert epoch.sizes.tolist() == [8] * len(epoch.objectives)
