"""The compiled engine: the same epochs and measurements as the reference, in C++.

A call takes a model of the plan from ``models``, or makes one and drops it: calls from several threads do not
meet, and many models are trained side by side by as many threads.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradwright.data import Affine
from gradwright.data.batches import LARGEST, epoch_order, order_keys
from gradwright.engine import whole_data
from gradwright.engine.divergence import diverged
from gradwright.engine.in_turn import in_turn
from gradwright.engine.lower import lower
from gradwright.engine.metrics import Metrics, means
from gradwright.engine.models import Models, make_model
from gradwright.engine.program import compiled, output_width
from gradwright.engine.task import Epoch, OnStep, Rows, State, Task, always, noise_generator, steps_per_epoch
from gradwright.engine.updates import numbers_of, slots_of
from gradwright.engine.variants import module, supported, threads
from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import Classifying, Columns, Dropout, Embedding, Objective, OfClasses
from gradwright.nn.layer import Array
from gradwright.nn.noise import draw_keys
from gradwright.nn.walk import walk
from gradwright.optim import Constant, Schedule

AT_ONCE = 256  # rows, in evaluation and prediction
MOST_ROWS = 2**24  # of a batch, as csrc/valid.h has it
Words: TypeAlias = tuple[tuple[Embedding, tuple[int, ...]], ...]
STORED = tuple(np.dtype(name) for name in ("uint8", "float32", "float64"))


def available() -> bool:
    """Whether the compiled engine is part of this installation."""
    return bool(supported())


def require(task: Task, *rows: Rows) -> None:
    """Raise ``ConfigError`` for what the compiled engine does not serve, with the reason."""
    try:
        compiled(task.objective, module(), task.dtype)
    except TypeError:
        lower(task.objective)  # refuses a layer that it has no words for, which may have no hash
        raise
    if task.whole_data is None:
        numbers_of(task.optimizer, task.clip_norm, task.average)
    for split in rows:
        stored(split, task.dtype)
        for name, found, most in (
            ("batch_size", room_for(task, split), MOST_ROWS),
            ("rows", len(split.split), LARGEST),
        ):
            if found > most:
                raise ConfigError(f"{name}: expected at most {most} for the compiled engine, found {found}")
    if task.precision != "float32":
        make_model(task.objective, task.dtype, min(task.batch_size, 2), precision=task.precision)


def train_epoch(
    task: Task,
    state: State,
    rows: Rows,
    on_step: OnStep | None = None,
    *,
    order: NDArray[np.int64] | None = None,
    at_most: int | None = None,
    models: Models | None = None,
) -> Epoch:
    """The next epoch of ``task`` from ``state``, as ``reference.train_epoch`` makes it.

    Its arguments and what it raises are those of ``train_epochs``; ``order`` has the row numbers that it
    visits, by default those of the task's seed and the epoch.
    """
    (epoch,) = train_epochs(task, state, rows, on_step, order=order, at_most=at_most, models=models)
    return epoch


def train_epochs(
    task: Task,
    state: State,
    rows: Rows,
    on_step: OnStep | None = None,
    count: int = 1,
    *,
    order: NDArray[np.int64] | None = None,
    at_most: int | None = None,
    models: Models | None = None,
) -> Iterator[Epoch]:
    """The next ``count`` epochs of ``task`` from ``state``, all made in one call before the first is there.

    ``on_step`` is asked about every 20 ms rather than after each step: also within a long step, with the last
    objective or, before there is one, NaN. A step that it ends in its middle was never begun.

    Steps that take long enough are shared by ``at_most`` threads, by default ``variants.threads()``; the bits
    do not depend on how many.

    Raises ``DivergenceError`` where the objective is not finite, after the epochs before it, and
    ``ConfigError`` for what the compiled engine does not serve.
    """
    if task.whole_data is not None:
        ours = partial(value_and_grad, at_most=at_most, models=models)
        one = partial(whole_data.train_epoch, ours, task.whole_data)
        yield from in_turn(one, task, state, rows, on_step or always, count)
        return
    if task.replace and count > 1:  # an order that is drawn is handed over whole
        one = partial(train_epoch, at_most=at_most, models=models)
        yield from in_turn(one, task, state, rows, on_step or always, count)
        return
    arguments = epoch_arguments(task, state, rows, order, count)
    objectives = arguments["objectives"]
    wanted = (task.objective, task.dtype, room_for(task, rows), at_most or threads(), task.precision)
    began = time.perf_counter()
    with (models or Models()).one(*wanted) as model:
        made = model.train(**arguments, ask=on_step)
    seconds = time.perf_counter() - began
    sizes = batch_sizes(rows, task.batch_size)
    whole, steps = divmod(made, len(sizes))
    for k in range(whole):
        after = _state_after(state, arguments, k, (k + 1) * len(sizes))
        yield Epoch(after, objectives[k], sizes, complete=True, seconds=seconds * len(sizes) / made)
    if whole == count:
        return
    if not math.isfinite(value := float(objectives[whole, steps])):
        rate = float(arguments["rates"][whole].take(steps, mode="clip"))
        batch = slice(steps * task.batch_size, (steps + 1) * task.batch_size)
        if order is None:
            order = epoch_order(task.seed, state.epoch + whole, len(rows.split), task.replace)
        x = rows.features(rows.split.x[order[batch]], task.dtype)
        where = f"in epoch {state.epoch + whole + 1}, step {steps + 1}"
        raise diverged(task.objective, arguments["theta"][whole], x, value, rate, where)
    after = replace(_state_after(state, arguments, whole, made), epoch=state.epoch + whole)
    yield Epoch(after, objectives[whole, :steps], sizes[:steps], complete=False, seconds=seconds)


def _state_after(before: State, arguments: Mapping[str, Any], k: int, steps: int) -> State:
    """The state after epoch ``k`` of those of a call, and so many steps of all of them."""
    slots = zip(slots_of(before.optimizer), (arguments["m"], arguments["v"]), strict=False)
    optimizer = {name: vectors[k] for name, vectors in slots}
    if "t" in before.optimizer:
        optimizer["t"] = np.array(int(before.optimizer["t"]) + steps, np.int64)
    mean = None if before.mean is None else arguments["mean"][k]
    return State(arguments["theta"][k], optimizer, before.epoch + k + 1, before.step + steps, mean)


def room_for(task: Task, rows: Rows) -> int:
    """The rows of a batch: no more than there are, but at least 2, since other kernels serve batches of 1."""
    return min(task.batch_size, max(len(rows.split), 2))


def epoch_arguments(
    task: Task, state: State, rows: Rows, order: NDArray[np.int64] | None = None, count: int = 1
) -> dict[str, Any]:
    """What some epochs read and, row by row, write: by the names of the compiled call's arguments.

    The first row of ``theta`` (count, P), and of the optimizer's vectors, is where the first epoch begins.
    """
    engine, steps = module(), steps_per_epoch(rows.split, task.batch_size)
    kind, numbers = numbers_of(task.optimizer, task.clip_norm, task.average)
    slots = [_begun(state.optimizer[name], count) for name in slots_of(state.optimizer)]
    m, v = (*slots, None, None)[:2]
    epochs = range(state.epoch, state.epoch + count)
    if order is None and task.replace:
        order = epoch_order(task.seed, state.epoch, len(rows.split), True)
    return {
        "theta": _begun(state.theta.astype(task.dtype, copy=False), count),
        "m": m,
        "v": v,
        "t": int(state.optimizer.get("t", 0)),
        "mean": None if state.mean is None else _begun(state.mean.astype(task.dtype, copy=False), count),
        "step": state.step,
        **inputs(task.objective, rows, task.dtype),
        "keys": np.array([order_keys(task.seed, epoch) for epoch in epochs]) if order is None else None,
        "noise": noise_keys(task, epochs, steps),
        "order": order,
        "rates": step_rates(task.schedule, state.step, epochs, steps),
        "optimizer": engine.Optimizer(kind=engine.OptimizerKind[kind], **numbers),
        "factors": task.factor_table,
        "objectives": np.zeros((count, steps)),  # finite where no step was made
    }


def _begun(vector: Array, count: int) -> Array:
    """Room for a vector (P,) after each of ``count`` epochs, (count, P), which begins with the vector."""
    rows = np.empty((count, len(vector)), vector.dtype)
    rows[0] = vector
    return rows


def noise_keys(task: Task, epochs: Sequence[int], steps: int) -> NDArray[np.uint64] | None:
    """The key of each dropout's mask in each batch of each epoch (epochs, steps, dropouts), as the layers
    draw them in turn.
    """
    dropouts = _dropouts(task.objective)
    if dropouts == 0:
        return None
    drawn = [draw_keys(noise_generator(task.seed, epoch), steps * dropouts) for epoch in epochs]
    return np.reshape(drawn, (len(epochs), steps, dropouts))


@lru_cache(maxsize=64)
def _dropouts(objective: Objective) -> int:
    return sum(isinstance(layer, Dropout) for _, layer, _ in walk(objective.network))


def evaluate(
    objective: Objective,
    theta: Array,
    rows: Rows,
    at_most: int | None = None,
    models: Models | None = None,
) -> Metrics:
    """Loss, accuracy and, with a penalty, the objective over all rows: means over examples, as they count.

    Many rows are shared by ``at_most`` threads, by default ``variants.threads()``.
    """
    (metrics,) = evaluate_each(objective, theta[np.newaxis], rows, at_most, models)
    return metrics


def evaluate_each(
    objective: Objective,
    thetas: Array,
    rows: Rows,
    at_most: int | None = None,
    models: Models | None = None,
) -> list[Metrics]:
    """``evaluate`` of each of some parameters (E, P), in one call."""
    dtype = name_of(thetas.dtype)
    arrays = inputs(objective, rows, dtype)
    weights = arrays["weights"]
    sums = np.empty((len(thetas), 2))
    with (models or Models()).one(objective, dtype, AT_ONCE, at_most or threads()) as model:
        model.evaluate(np.require(thetas, requirements=["C", "A"]), **arrays, sums=sums)
    classifying = isinstance(objective.loss, Classifying)
    count = len(rows.split) if weights is None else float(weights.sum())
    return [
        means(objective, theta, total, right if classifying else math.nan, count)
        for theta, (total, right) in zip(thetas, sums.tolist(), strict=True)
    ]


def value_and_grad(
    objective: Objective,
    theta: Array,
    rows: Rows,
    at_most: int | None = None,
    models: Models | None = None,
) -> tuple[float, Array]:
    """The objective over all rows, and its gradient (P,) in the dtype of theta.

    Many rows are shared by ``at_most`` threads, by default ``variants.threads()``.
    """
    dtype = name_of(theta.dtype)
    grad = np.empty_like(theta)
    arrays = inputs(objective, rows, dtype)
    with (models or Models()).one(objective, dtype, AT_ONCE, at_most or threads()) as model:
        value = model.value_and_grad(np.require(theta, requirements=["C", "A"]), **arrays, grad=grad)
    return value, grad


def predict(
    objective: Objective,
    theta: Array,
    x: Array,
    features: Affine = Affine(),
    at_most: int | None = None,
    models: Models | None = None,
) -> Array:
    """The network's output (N, o) for the stored rows ``x``, shared by threads as ``evaluate`` is."""
    dtype = name_of(theta.dtype)
    output = np.empty((len(x), output_width(objective)), dtype)
    arrays = _features(x, features, dtype)
    check_words(_words(objective), x, features, dtype)
    with (models or Models()).one(objective, dtype, AT_ONCE, at_most or threads()) as model:
        model.predict(np.require(theta, requirements=["C", "A"]), *arrays, output)
    return output


def measure_limits(threads: int) -> dict[str, float]:
    """The limits of the processor: float32 operations (``flops``) and bytes (``bandwidth``) a second."""
    flops, bandwidth = module().measure_limits(threads)
    return {"flops": flops, "bandwidth": bandwidth}


def step_rates(schedule: Schedule, step: int, epochs: Sequence[int], count: int) -> Array:
    """The learning rates (epochs, count) of epochs of so many steps each, from step number ``step`` on;
    (epochs, 1) where an epoch has but one.
    """
    steady = isinstance(schedule, Constant) or getattr(schedule, "per", None) == "epoch"
    steps = range(1 if steady else count)
    rates = [[schedule.rate(step + k * count + s, epoch) for s in steps] for k, epoch in enumerate(epochs)]
    return np.array(rates, dtype=np.float64)


@cache
def name_of(dtype: np.dtype[Any]) -> str:
    """Its name, which NumPy puts together anew each time."""
    return dtype.name


def inputs(objective: Objective, rows: Rows, dtype: str) -> dict[str, Array | None]:
    """Rows and targets by the names of the compiled calls' arguments: made once for each dtype and form."""
    form = dtype, rows.split.has_labels and isinstance(objective.loss, OfClasses)
    if (words := _words(objective)) and words not in rows.forms:
        check_words(words, rows.split.x, rows.features, dtype)
        rows.forms[words] = {}
    if form not in rows.forms:
        arrays = *stored(rows, dtype), *targets_of(objective, rows, dtype), weights_of(rows, dtype)
        names = "x", "shift", "scale", "labels", "values", "weights"
        rows.forms[form] = dict(zip(names, arrays, strict=True))
    found: dict[str, Array | None] = rows.forms[form]
    return found


def check_words(words: Words, x: Array, features: Affine, dtype: str) -> None:
    """Raise ``DataError`` where a column that is to be looked up holds something else than its words."""
    for embedding, columns in words:
        embedding.rows(features(x, dtype)[:, columns])


@lru_cache(maxsize=64)
def _words(objective: Objective) -> Words:
    """The embeddings of the network's columns, and what each takes."""
    of = [layer for _, layer, _ in walk(objective.network) if isinstance(layer, Columns)]
    pairs = (pair for layer in of for pair in zip(layer.layers, layer.columns, strict=True))
    return tuple((layer, columns) for layer, columns in pairs if isinstance(layer, Embedding))


def batch_sizes(rows: Rows, batch_size: int) -> Array:
    """The rows in each batch of an epoch, read-only: the last one has what is left over."""
    if batch_size not in rows.forms:
        starts = np.arange(0, len(rows.split), batch_size)
        rows.forms[batch_size] = np.minimum(batch_size, len(rows.split) - starts)
        rows.forms[batch_size].flags.writeable = False
    sizes: Array = rows.forms[batch_size]
    return sizes


def stored(rows: Rows, dtype: str) -> tuple[Array, Array | None, Array | None]:
    """A split's features as the compiled engine takes them: the stored rows, the shift and the scale."""
    return _features(rows.split.x, rows.features, dtype)


def targets_of(objective: Objective, rows: Rows, dtype: str) -> tuple[Array | None, Array | None]:
    """A split's targets as labels or as rows of numbers; the other is None."""
    y = rows.split.y
    if rows.split.has_labels and isinstance(objective.loss, OfClasses):
        return np.require(y, np.int64, ["C", "A"]), None
    return None, np.require(y.reshape(len(y), -1), dtype, ["C", "A"])


def weights_of(rows: Rows, dtype: str) -> Array | None:
    """What each row of a split counts, in the dtype of the engine; None where all count the same."""
    weights = rows.split.weights
    return None if weights is None else np.require(weights, dtype, ["C", "A"])


def _features(x: Array, features: Affine, dtype: str) -> tuple[Array, Array | None, Array | None]:
    if x.ndim != 2:
        raise ShapeError(f"x: expected the shape (N, features), found {x.shape}")
    if x.dtype not in STORED or not (x.flags.c_contiguous and x.flags.aligned):
        lies = "" if x.flags.c_contiguous else ", not contiguous"
        lies += "" if x.flags.aligned else ", not aligned"
        raise ConfigError(
            "x: expected a C-contiguous, aligned array of uint8, float32 or float64 for the compiled engine, "
            f"found {x.dtype}{lies}; "
            "numpy.require(x, requirements='CA') makes one, and engine = 'reference' takes it as it is"
        )
    return x, _map(features.shift, 0.0, x.shape[1], dtype), _map(features.scale, 1.0, x.shape[1], dtype)


def _map(value: Any, neutral: float, width: int, dtype: str) -> Array | None:
    """A shift or a scale as one number for each feature; None where it changes nothing."""
    if value == neutral if isinstance(value, float) else np.all(value == neutral):
        return None
    return np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype), (width,)))
