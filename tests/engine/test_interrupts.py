"""Ctrl-C, or a caller who has had enough: heard in the middle of a step, however large it is."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.data.batches import epoch_order
from gradwright.engine import Rows, Task, native, variants
from gradwright.engine.models import make_model
from gradwright.engine.program import Family
from gradwright.nn import Objective

pytestmark = [
    pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built"),
    pytest.mark.waits,
]

FEATURES, CLASSES = 20, 3
# of each family: a width, and rows that no processor goes through before it is first asked, after 20 ms
LARGE: dict[Family, tuple[int, int]] = {
    "lanes": (100, 60_000),
    "panels": (400, 12_000),
    "plain": (100, 3_000),
}


def large(family: Family, batches: int) -> tuple[Task, Rows]:
    """A task whose steps are long, and the rows of some of them."""
    width, batch = LARGE[family]
    rng = np.random.default_rng(0)
    x = rng.normal(size=(batch * batches, FEATURES)).astype(np.float32)
    network = gw.mlp(FEATURES, width, width, width, CLASSES, activation=gw.ReLU())
    task = Task(Objective(network, gw.SoftmaxCrossEntropy()), gw.SGD(), gw.Constant(0.1), batch, seed=1)
    return task, Rows(Split(x, rng.integers(CLASSES, size=len(x))), Affine())


def train(task: Task, rows: Rows, family: Family, **changes: Any) -> tuple[int, dict[str, Any]]:
    """The steps of an epoch, and its arguments, of which theta is what was trained."""
    model = make_model(task.objective, task.dtype, task.batch_size, family=family)
    arguments = {**native.epoch_arguments(task, task.initial_state(), rows), **changes}
    return model.train(**arguments), arguments


@pytest.mark.parametrize("family", LARGE)
def test_a_caller_is_asked_within_a_step_and_a_step_that_is_left_was_never_begun(family: Family) -> None:
    task, rows = large(family, batches=1)
    told: list[int] = []

    def enough(steps: int, _objective: float) -> bool:
        told.append(steps)
        return False

    steps, arguments = train(task, rows, family, ask=enough)
    assert told == [0]
    assert steps == 0
    assert np.array_equal(arguments["theta"][0], task.initial_state().theta)


@pytest.mark.parametrize("family", LARGE)
@pytest.mark.parametrize("patience", [2, 7])  # the second half of a step learns in place
def test_what_was_trained_before_the_step_that_is_left_is_kept_bit_for_bit(
    family: Family, patience: int
) -> None:
    task, rows = large(family, batches=2)
    within: list[int] = []

    def enough(steps: int, _objective: float) -> bool:
        within.extend([steps] * (steps == 1))
        return len(within) < patience

    steps, arguments = train(task, rows, family, ask=enough)
    assert steps >= 1  # 2 where the processor is faster than our patience
    made = epoch_order(task.seed, 0, len(rows.split))[: steps * task.batch_size]
    _, alone = train(task, rows, family, keys=None, order=made, objectives=np.zeros((1, steps)), ask=None)
    assert np.array_equal(arguments["theta"], alone["theta"])


class AlarmError(Exception):
    """Raised by the handler of a signal, as KeyboardInterrupt is by that of Ctrl-C."""


@pytest.fixture
def alarmed() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Makes a call in which an alarm goes off, or on a busy machine before it, so that it is not made."""

    def ring(_signal: int, _frame: FrameType | None) -> None:
        raise AlarmError

    before = signal.signal(signal.SIGALRM, ring)

    def make(call: Callable[[], object]) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        call()

    yield make
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("family", LARGE)
def test_a_signal_ends_a_prediction_and_a_gradient_in_their_middle(
    family: Family, alarmed: Callable[[Callable[[], object]], None]
) -> None:
    task, rows = large(family, batches=4)
    theta = task.initial_state().theta
    model = make_model(task.objective, task.dtype, 256, family=family)
    output = np.full((len(rows.split), CLASSES), np.nan, np.float32)
    with pytest.raises(AlarmError):
        alarmed(lambda: model.predict(theta, rows.split.x, None, None, output))
    assert np.isnan(output[-1]).all(), "it went on to the end"
    grad = np.full_like(theta, np.nan)
    with pytest.raises(AlarmError):
        alarmed(lambda: model.value_and_grad(theta, rows.split.x, None, None, rows.split.y, None, None, grad))
    assert np.isnan(grad).all(), "it went on to the end"
