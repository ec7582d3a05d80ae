"""Models that wait between calls: made once, one for each caller, and each call as if its model were new."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, choose_engine, models, native, variants
from gradwright.engine.models import Models
from gradwright.nn.layer import Array

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")


def task(*widths: int, batch_size: int, optimizer: gw.Adam | gw.SGD) -> Task:
    objective = gw.Objective(gw.mlp(*widths), gw.SoftmaxCrossEntropy())
    return Task(objective, optimizer, gw.Constant(0.1), batch_size=batch_size, seed=0)


NARROW = task(3, 20, 4, batch_size=8, optimizer=gw.Adam())
TASKS = [
    NARROW,
    task(3, 150, 4, batch_size=8, optimizer=gw.SGD(momentum=0.9)),
    task(3, 20, 4, batch_size=1, optimizer=gw.SGD()),
]


@pytest.fixture
def rows() -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.normal(size=(201, 3)).astype(np.float32), rng.integers(4, size=201)), Affine())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every model that ``Models`` makes."""
    made: list[Any] = []
    make: Callable[..., Any] = models.make_model

    def noted(*wanted: Any) -> Any:
        made.append(make(*wanted))
        return made[-1]

    monkeypatch.setattr(models, "make_model", noted)
    return made


def test_an_engine_makes_one_model_for_all_its_epochs_and_one_to_evaluate(
    rows: Rows, made: list[Any]
) -> None:
    engine, state = choose_engine("native", NARROW, rows), NARROW.initial_state()
    for _ in range(3):
        state = engine.train_epoch(NARROW, state, rows).state
        engine.evaluate(NARROW.objective, state.theta, rows)
    assert len(made) == 2


@pytest.mark.parametrize("task", TASKS, ids=["narrow", "wide", "one sample a step"])
def test_a_model_that_has_seen_other_parameters_and_nan_answers_as_a_new_one(task: Task, rows: Rows) -> None:
    kept, start = Models(), task.initial_state()
    native.train_epoch(task, start, rows, models=kept)
    broken = replace(start, theta=np.full_like(start.theta, np.nan))
    with kept.one(task.objective, "float32", native.room_for(task, rows), variants.threads()) as model:
        model.train(**native.epoch_arguments(task, broken, rows), ask=None)
    native.evaluate(task.objective, broken.theta, rows, models=kept)
    calls: tuple[Callable[[Models | None], Array], ...] = (
        lambda models: native.train_epoch(task, start, rows, models=models).state.theta,
        lambda models: native.value_and_grad(task.objective, start.theta, rows, models=models)[1],
        lambda models: native.predict(task.objective, start.theta, rows.split.x, models=models),
    )
    for call in calls:
        assert np.array_equal(call(kept), call(None))


def test_a_call_within_another_has_a_model_of_its_own(made: list[Any]) -> None:
    kept, wanted = Models(), (NARROW.objective, "float32", 8)
    with kept.one(*wanted) as first, kept.one(*wanted) as second:
        assert first is not second
    with kept.one(*wanted) as again:
        assert again in (first, second)
    assert len(made) == 2


def test_a_model_whose_call_failed_is_not_used_again(rows: Rows, made: list[Any]) -> None:
    kept, start = Models(), NARROW.initial_state()
    short = replace(start, theta=start.theta[1:].copy())
    with pytest.raises(ValueError, match="theta"):
        native.train_epoch(NARROW, short, rows, models=kept)
    native.train_epoch(NARROW, start, rows, models=kept)
    assert len(made) == 2


def test_an_engine_is_pickled_without_its_models(rows: Rows) -> None:
    engine, state = choose_engine("native", NARROW, rows), NARROW.initial_state()
    epoch = engine.train_epoch(NARROW, state, rows)
    again = pickle.loads(pickle.dumps(engine)).train_epoch(NARROW, state, rows)
    assert np.array_equal(epoch.state.theta, again.state.theta)
