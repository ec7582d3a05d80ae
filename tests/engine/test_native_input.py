"""Whatever the compiled engine is handed, it answers with numbers or a Python error, never with a crash."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, choose_engine, native, variants
from gradwright.engine.models import make_model
from gradwright.errors import ConfigError, DivergenceError
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from tests.engine.doors import LEARN, REFUSED, STEP, data, model
from tests.programs import PATIENCE

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

OBJECTIVE = Objective(gw.mlp(3, 4, 2), gw.SoftmaxCrossEntropy())


def unaligned(array: Any) -> Any:
    """A copy that begins one byte past where its numbers should."""
    bytes_and_one = np.empty(array.nbytes + 1, np.uint8)
    copy = bytes_and_one[1:].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


BROKEN_DATA: dict[str, dict[str, Any]] = {
    "no rows": {"x": np.ones((0, 3)), "labels": np.zeros(0, np.int64)},
    "too few features": {"x": np.ones((5, 2))},
    "features in one row": {"x": np.ones(5)},
    "features of whole numbers": {"x": np.ones((5, 3), np.int64)},
    "features that are complex": {"x": np.ones((5, 3), complex)},
    "features not contiguous": {"x": np.ones((5, 6))[:, ::2]},
    "features by columns": {"x": np.asfortranarray(np.ones((5, 3)))},
    "features with their bytes turned": {"x": np.ones((5, 3), ">f8")},
    "features without a shape": {"x": np.float64(1.0)},
    "features from an odd address": {"x": unaligned(np.ones((5, 3)))},
    "features of ctypes": {"x": ((ctypes.c_double * 3) * 5)()},
    "features that a view lends": {"x": memoryview(bytes(5 * 3)).cast("B", (5, 3))},
    "features in a list": {"x": [[1.0, 2.0, 3.0]] * 5},
    "a shift of another length": {"shift": np.ones(2)},
    "a scale of another dtype": {"scale": np.ones(3, np.float32)},
    "a scale from an odd address": {"scale": unaligned(np.ones(3))},
    "too few labels": {"labels": np.zeros(4, np.int64)},
    "a label too large": {"labels": np.array([0, 1, 2, 0, 0])},
    "a label below 0": {"labels": np.array([0, 1, -1, 0, 0])},
    "labels of another dtype": {"labels": np.zeros(5, np.int32)},
    "labels in a matrix": {"labels": np.zeros((5, 1), np.int64)},
    "labels from an odd address": {"labels": unaligned(np.zeros(5, np.int64))},
    "no targets": {"labels": None},
    "labels and values": {"values": np.ones((5, 2))},
    "values of another width": {"labels": None, "values": np.ones((5, 3))},
    "values from an odd address": {"labels": None, "values": unaligned(np.ones((5, 2)))},
    "weights of another length": {"weights": np.ones(4)},
    "weights from an odd address": {"weights": unaligned(np.ones(5))},
    "weights of another dtype": {"weights": np.ones(5, np.float32)},
    "values of another dtype": {"labels": None, "values": np.ones((5, 2), np.float32)},
}


def evaluate(model: Any, theta: Any, *data: Any) -> Array:
    """The sum of the losses and the number of right answers."""
    sums = np.zeros((1, 2))
    model.evaluate(theta[np.newaxis], *data, sums)
    loss_and_right: Array = sums[0]
    return loss_and_right


@pytest.mark.parametrize("broken", BROKEN_DATA)
def test_broken_data_are_refused(broken: str) -> None:
    arrays = data(**BROKEN_DATA[broken])
    with pytest.raises((ValueError, TypeError)):
        evaluate(model(), np.zeros(8), *arrays)
    with pytest.raises((ValueError, TypeError)):
        model().value_and_grad(np.zeros(8), *arrays, np.zeros(8))


@pytest.mark.parametrize(
    "theta",
    [
        np.zeros(7),
        np.zeros(8, np.float32),
        np.zeros((8, 1)),
        np.zeros(16)[::2],
        np.zeros(8)[::-1],
        unaligned(np.zeros(8)),
    ],
)
def test_a_theta_that_does_not_fit_is_refused(theta: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        evaluate(model(), theta, *data())


@pytest.mark.parametrize("sums", [np.zeros((2, 2)), np.zeros((1, 3)), unaligned(np.zeros((1, 2)))])
def test_sums_that_do_not_fit_are_refused(sums: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        model().evaluate(np.zeros((1, 8)), *data(), sums)


def test_a_gradient_is_never_written_to_a_read_only_array() -> None:
    grad = np.zeros(8)
    grad.flags.writeable = False
    with pytest.raises((ValueError, TypeError)):
        model().value_and_grad(np.zeros(8), *data(), grad)
    assert not grad.any()


EPOCH: dict[str, Any] = {
    "theta": np.zeros((1, 8)),
    "m": None,
    "v": None,
    "t": 0,
    "mean": None,
    "step": 0,
    **dict(zip(("x", "shift", "scale", "labels", "values", "weights"), data(), strict=True)),
    "keys": None,
    "order": np.arange(5),
    "rates": np.array([[0.1]]),
    "optimizer": {"kind": "sgd"},
    "factors": np.ones((2, 2)),
    "objectives": np.zeros((1, 2)),
    "ask": None,
}
BROKEN_EPOCHS: dict[str, dict[str, Any]] = {
    "no order": {"order": None},
    "an order of nothing": {"order": np.zeros(0, np.int64)},
    "a row that is not there": {"order": np.array([0, 1, 5])},
    "a row below 0": {"order": np.array([-1])},
    "keys of another form": {"keys": np.zeros((1, 8, 3), np.uint32)},
    "no keys": {"keys": np.zeros((1, 0, 2), np.uint32)},
    "more rounds than any order needs": {"keys": np.zeros((1, 65, 2), np.uint32)},
    "keys from an odd address": {"keys": unaligned(np.zeros((1, 8, 2), np.uint32))},
    "an order from an odd address": {"order": unaligned(np.arange(5))},
    "too many rates": {"rates": np.ones((1, 3))},
    "no rate": {"rates": np.ones((1, 0))},
    "factors of more arrays than there are": {"factors": np.ones((3, 2))},
    "factors of fewer arrays": {"factors": np.ones((1, 2))},
    "a factor of the rate alone": {"factors": np.ones((2, 1))},
    "no factors": {"factors": None},
    "a factor below 0": {"factors": np.array([[1, 1], [-1, 1.0]])},
    "a decay that is no number": {"factors": np.array([[1, np.nan], [1, 1]])},
    "a rate without end": {"factors": np.array([[np.inf, 1], [1, 1]])},
    "factors of single precision": {"factors": np.ones((2, 2), np.float32)},
    "factors from an odd address": {"factors": unaligned(np.ones((2, 2)))},
    "no room for objectives": {"objectives": np.zeros((1, 1))},
    "an unknown optimizer": {"optimizer": {"kind": "newton"}},
    "a number that no optimizer has": {"optimizer": {"kind": "sgd", "friction": 0.1}},
    "a slot that the optimizer does not keep": {"m": np.zeros((1, 8))},
    "a missing slot": {"optimizer": {"kind": "momentum"}},
    "a slot of another length": {"optimizer": {"kind": "momentum"}, "m": np.zeros((1, 7))},
    "a theta of another length": {"theta": np.zeros((1, 9))},
    "a theta from an odd address": {"theta": unaligned(np.zeros((1, 8)))},
    "keys of dropouts that are not there": {"noise": np.zeros((1, 2, 1), np.uint64)},
    "rates from an odd address": {"rates": unaligned(np.array([[0.1]]))},
    "objectives to an odd address": {"objectives": unaligned(np.zeros((1, 2)))},
    "a number of updates below 0": {"t": -1},
    "a number of updates past all": {"t": 2**63 - 1},
    "a number of steps below 0": {"step": -1},
    "a mean that nobody asked for": {"mean": np.zeros((1, 8))},
    "no mean where one is asked for": {"optimizer": {"kind": "sgd", "average": 0.9}},
    "a mean of another length": {"optimizer": {"kind": "sgd", "average": 0.9}, "mean": np.zeros((1, 7))},
    "a decay of a mean that forgets nothing": {
        "optimizer": {"kind": "sgd", "average": 1.0},
        "mean": np.zeros((1, 8)),
    },
    "no epoch": {"theta": np.zeros((0, 8))},
    "an order for two epochs": {
        "theta": np.zeros((2, 8)),
        "rates": np.ones((2, 1)),
        "objectives": np.zeros((2, 2)),
    },
    "keys of more epochs": {"keys": np.zeros((2, 8, 2), np.uint32)},
    "rates of more epochs": {"rates": np.ones((2, 1))},
    "objectives of more epochs": {"objectives": np.zeros((2, 2))},
    "a slot of more epochs": {"optimizer": {"kind": "momentum"}, "m": np.zeros((2, 8))},
    "a mean of more epochs": {"optimizer": {"kind": "sgd", "average": 0.9}, "mean": np.zeros((2, 8))},
    "a momentum that is no number": {
        "optimizer": {"kind": "momentum", "momentum": np.nan},
        "m": np.zeros((1, 8)),
    },
    "a bound of the norm below 0": {"optimizer": {"kind": "sgd", "clip_norm": -1.0}},
}


def train(model: Any, **changes: Any) -> int:
    """The steps of an epoch of ``EPOCH`` with some of its fields changed."""
    engine, fields = variants.module(), {**EPOCH, **changes}
    numbers = dict(fields["optimizer"])
    optimizer = engine.Optimizer(kind=engine.OptimizerKind[numbers.pop("kind")], **numbers)
    steps: int = model.train(**{**fields, "optimizer": optimizer})
    return steps


@pytest.mark.parametrize("broken", BROKEN_EPOCHS)
def test_a_broken_epoch_is_refused(broken: str) -> None:
    with pytest.raises(REFUSED):
        train(model(), **BROKEN_EPOCHS[broken])


def test_the_unbroken_ones_are_taken() -> None:
    """So that the tests above fail for the reason that they name."""
    assert train(model()) == 2
    loss, _ = evaluate(model(), np.zeros(8), *data())
    assert loss == pytest.approx(5 * np.log(2))


def test_a_model_that_is_at_work_is_refused_and_goes_on() -> None:
    asked: list[str] = []
    busy = model(batch_size=1)
    many = {
        **dict.fromkeys(("shift", "scale", "values", "weights")),
        "x": np.ones((5, 3)),
        "labels": np.zeros(5, np.int64),
    }

    def use_it_again(_steps: int, _objective: float) -> bool:
        with pytest.raises(ValueError, match="expected one that is not at work"):
            evaluate(busy, np.zeros(8), *data())
        asked.append("once")
        return False

    order = np.zeros(4_000_000, np.int64)  # long enough to be asked within it
    train(busy, **many, order=order, objectives=np.zeros((1, len(order))), ask=use_it_again)
    assert asked == ["once"]
    evaluate(busy, np.zeros(8), *data())


def rows(x: Any, y: Any) -> Rows:
    return Rows(Split(x, y), Affine())


def test_inputs_that_are_not_finite_end_the_epoch_with_the_step_and_the_cause() -> None:
    x = np.ones((40, 3))
    x[17] = 1e300
    task = Task(Objective(gw.mlp(3, 2), gw.MeanSquaredError()), gw.SGD(), gw.Constant(0.1), 8, 0, "float64")
    with pytest.raises(DivergenceError, match=r"epoch 1, step \d.*the loss is (inf|nan)"):
        native.train_epoch(task, task.initial_state(), rows(x, np.ones((40, 2))))


def test_a_dtype_that_is_not_served_is_refused() -> None:
    with pytest.raises(ConfigError, match="float16"):
        make_model(OBJECTIVE, "float16", 1)


def test_labels_that_change_during_the_call_do_not_crash() -> None:
    """The engine looks at memory that is not its own; what it does with a wild label is its own affair."""
    objective = Objective(gw.mlp(3, 100, 2), gw.SoftmaxCrossEntropy())
    task = Task(objective, gw.SGD(), gw.Constant(0.1), 4, 0)
    y = np.zeros(1_000_000, np.int64)  # long enough to be asked within it
    asked: list[int] = []

    def spoil(steps: int, _objective: float) -> bool:
        y[:] = 2**40
        asked.append(steps)
        return len(asked) < 3

    arguments = native.epoch_arguments(task, task.initial_state(), rows(np.ones((len(y), 3), np.float32), y))
    make_model(objective, task.dtype, task.batch_size).train(**arguments, ask=spoil)
    assert asked


def test_rows_that_lie_at_an_odd_address_are_left_to_the_reference() -> None:
    """What a memory map with a header of an odd length gives."""
    task = Task(OBJECTIVE, gw.SGD(), gw.Constant(0.1), 4, 0)
    odd = rows(unaligned(np.ones((8, 3), np.float32)), unaligned(np.zeros(8, np.int64)))
    with pytest.raises(ConfigError, match=r"x: expected .*aligned.*, found float32, not aligned"):
        choose_engine("native", task, odd)
    assert choose_engine("auto", task, odd).name == "reference"
    straight = rows(np.ones((8, 3), np.float32), odd.split.y)  # targets are copied
    assert native.evaluate(OBJECTIVE, unaligned(np.zeros(OBJECTIVE.layout.size)), straight)["loss"] > 0


@pytest.fixture
def no_thread_to_be_had() -> Iterator[None]:
    """Whoever starts a thread asks for a stack of 64 TiB."""
    system = ctypes.CDLL(None)
    if not hasattr(system, "pthread_setattr_default_np"):
        pytest.skip("the C library has no such setting")
    before, huge = (ctypes.create_string_buffer(256) for _ in range(2))
    for attributes in (before, huge):
        assert system.pthread_getattr_default_np(attributes) == 0
    assert system.pthread_attr_setstacksize(huge, ctypes.c_size_t(2**46)) == 0
    assert system.pthread_setattr_default_np(huge) == 0
    yield
    assert system.pthread_setattr_default_np(before) == 0


@pytest.mark.usefixtures("no_thread_to_be_had")
def test_where_no_thread_can_be_started_fewer_do_the_work_to_the_same_bits() -> None:
    objective = Objective(gw.mlp(20, 600, 3), gw.SoftmaxCrossEntropy())
    task = Task(objective, gw.SGD(), gw.Constant(0.1), 600, 0)
    split = rows(np.ones((600, 20), np.float32), np.zeros(600, np.int64))
    alone, many = (native.train_epoch(task, task.initial_state(), split, at_most=n) for n in (1, 64))
    assert np.array_equal(alone.state.theta, many.state.theta)
    with pytest.raises(ValueError, match="threads: the system lends fewer: expected 64, found"):
        native.measure_limits(64)


WIDE = """
import threading
import numpy as np
import gradwright as gw
from gradwright.engine.models import make_model
from gradwright.nn import Objective

objective = Objective(gw.mlp(20, 600, 3), gw.SoftmaxCrossEntropy())
theta = np.ones(objective.layout.size, np.float32)
x, labels = np.ones((5000, 20), np.float32), np.zeros(5000, np.int64)
model = make_model(objective, "float32", 600, threads=2)

def loss():
    sums = np.zeros((1, 2))
    model.evaluate(theta[np.newaxis], x, None, None, labels, None, None, sums)
    return sums[0, 0]
"""
LEFT_BEHIND = """
started = threading.Event()

def for_ever():
    while True:
        loss()
        started.set()

threading.Thread(target=for_ever, daemon=True).start()
started.wait()
"""


@pytest.mark.waits
def test_python_ends_while_a_daemon_thread_is_at_work() -> None:
    command = [sys.executable, "-c", WIDE + LEFT_BEHIND]
    program = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (program.returncode, program.stderr) == (0, "")


def test_a_plan_of_many_steps_is_taken_in_order() -> None:
    steps = [
        {**STEP, "source": k, "target": k + 1, "inputs": 1, "outputs": 1, "weight": k, "bias": -1}
        for k in range(3_000)
    ]
    back = [
        {**LEARN, "kind": kind, "first": k, "last": k + 1}
        for k in reversed(range(3_000))
        for kind in (["input_product"] if k else []) + ["parameter_product"]
    ]
    deep = model(
        widths=[1] * 3_001,
        steps=steps,
        backward=back,
        deltas=[(-1, 0), *((k, 0) for k in range(3_000))],
        output=3_000,
        size=3_000,
        loss="mean_squared_error",
    )
    theta, output = np.ones(3_000), np.zeros((2, 1))
    theta[[5, 2_999]] = 3, 0.5
    deep.predict(theta, np.ones((2, 1)), None, None, output)
    assert output.tolist() == [[1.5], [1.5]]
