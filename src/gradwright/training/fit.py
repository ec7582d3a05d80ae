"""The door to training: a network, data and settings in, a run out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, Never

from numpy.typing import ArrayLike

from gradwright.console import note
from gradwright.data import ClassWeights, Dataset, Rows
from gradwright.engine import EngineName, PrecisionName
from gradwright.errors import ConfigError
from gradwright.nn import Layer, Loss, Penalty
from gradwright.optim import EMA, SGD, Optimizer, ParameterGroup, Schedule, WholeData
from gradwright.specs import suggestion
from gradwright.training.callbacks import Callback, EarlyStopping
from gradwright.training.config import RunConfig, make_config
from gradwright.training.measured_rows import TRAIN_ROWS, MeasureTrain
from gradwright.training.metrics import Metric
from gradwright.training.remarks import advice, remarks
from gradwright.training.run import Run
from gradwright.training.start import Start
from gradwright.training.train import train


def fit(
    network: Layer,
    data: Dataset | Rows,
    *more: Never,
    validation: Rows | float | int | None = None,
    weights: ArrayLike | str | None = None,
    class_weights: ClassWeights | None = None,
    loss: Loss | str | None = None,
    optimizer: Optimizer | WholeData | str = SGD(),
    learning_rate: Schedule | float | None = None,
    batch_size: int | None = None,
    epochs: int = 10,
    penalty: Penalty | None = None,
    clip_norm: float | None = None,
    groups: Sequence[ParameterGroup] = (),
    average: EMA | None = None,
    early_stopping: EarlyStopping | None = None,
    metrics: Sequence[str | Metric | Callable[..., float]] = (),
    monitor: str = "validation.loss",
    measure_train: MeasureTrain = TRAIN_ROWS,
    keep: Literal["last", "best"] = "last",
    sampling: Literal["shuffle", "replacement"] = "shuffle",
    seed: int = 0,
    start: Start | None = None,
    dtype: Literal["float32", "float64"] = "float32",
    precision: PrecisionName = "float32",
    engine: EngineName = "auto",
    record_steps: bool = False,
    name: str = "run",
    callbacks: Sequence[Callback] = (),
    folder: Path | str | None = None,
    resume: bool = False,
    progress: bool | None = None,
    open_test: bool = False,
    **unknown: Never,
) -> Run:
    """Train ``network`` on ``data`` and return the run.

    What may be given by name is written as in a TOML file: ``optimizer="Adam"`` is ``Adam()``.

    Args:
        network: the layers, such as ``Sequential(Linear(2, 50), Tanh(), Linear(50, 5))``.
        data: a ``Dataset``, or one's own rows ``(x, y)``: x (N, d) and y (N,) or (N, k), as arrays, lists or
            frames; see ``Dataset.from_arrays``.
        validation: rows ``(x, y)`` that are measured and never trained on, or a share (0.2) or number of the
            rows of ``data`` to set aside.
        weights: how much each row of ``data`` counts (N,), by default all the same: a weight is a number of
            copies. A text names the column of a frame that holds them.
        class_weights: what the training rows of each class count, such as ``{"rare": 10}``, 1 where a label
            is not named; ``"balanced"`` lets each class count the same. Other rows are measured as they are.
        loss: what is made small; by default ``SoftmaxCrossEntropy`` for labels and
            ``MeanSquaredError`` for floats.
        optimizer: how a gradient becomes a step.
        learning_rate: a number, or a schedule such as ``ExponentialDecay(0.1, 0.97)``; by default the usual
            one of the optimizer: 0.1 for SGD, 0.001 for Adam, AdamW and RMSProp, 1 for LBFGS.
        batch_size: rows in a step; by default 32, and with LBFGS all of them.
        epochs: passes over the training rows.
        penalty: what is added to the loss for large weights, such as ``L2(1e-4)``.
        clip_norm: the largest norm that a gradient keeps; a longer one is shortened to it.
        groups: factors of the rate and of AdamW's decay for parameters by name, such as
            ``[ParameterGroup("*.bias", rate=0.1)]``; at ``rate=0`` they stay as they are.
        average: ``EMA(0.999)`` evaluates and keeps the mean of the parameters over about the last thousand
            steps, batch norm's statistics among them, in place of the last ones.
        early_stopping: ends the run when ``monitor`` no longer becomes better.
        metrics: what is measured beside loss and accuracy, by name (``"f1"``) or as a function of y_true and
            the prediction.
        monitor: the metric, such as ``"validation.f1"``, that early stopping and ``keep`` look at.
        measure_train: how many training rows are measured after each epoch; ``"epoch"`` measures all of them,
            ``"running"`` none but the objective while the parameters moved. In the end all are.
        keep: the parameters of the ``"last"`` epoch, or of the ``"best"`` one by ``monitor``, the last of
            equals and the start among them.
        sampling: each row once an epoch in random order (``"shuffle"``), or rows drawn with
            ``"replacement"``.
        seed: of the initial parameters, of the order of rows and of dropout; equal seeds make equal runs.
        start: parameters to begin with in place of drawn ones: the folder of a run, a ``.safetensors`` file,
            in Python also a ``Run`` or arrays by name, such as ``run.parameters``. Names and shapes are those
            of the network; how features are scaled follows the new rows.
        dtype: of the parameters and of the arithmetic.
        precision: of the factors of matrix products in the compiled engine; see docs/benchmarks.md.
            ``"auto"`` has the digits of float32, by the fastest products that the processor has.
        engine: ``"native"`` is the compiled one, ``"reference"`` NumPy; ``"auto"`` takes the compiled one
            where it serves.
        record_steps: write the objective of every step too.
        name: of the run in tables and reports.
        callbacks: called after each epoch; one that returns True ends the run.
        folder: a new folder in which the run is recorded while it happens.
        resume: go on with the run in ``folder`` that was stopped or killed, or that ended and now has more
            ``epochs``, to the same last bit.
        progress: show a moving line, and say what was chosen where a setting was left out, and whether the
            run diverged, learned nothing or stopped early; by default the line moves on a terminal and in a
            notebook. False is silent.

        open_test: measure the test rows too, once the run has ended; else they stay sealed.

    Ctrl-C ends the run after the step that it is in; the run that is returned has the status "interrupted".

    Raises ``ConfigError`` for impossible settings, ``ShapeError`` where network and data do not meet,
    ``DataError`` for rows that cannot be trained on, ``DivergenceError`` where the loss is no longer finite,
    ``RecordError`` where the folder cannot serve.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 16, 2), data, epochs=2, learning_rate=0.1, batch_size=32, progress=False)
    >>> sorted(run.metrics["validation"])
    ['accuracy', 'loss']
    """
    _refuse(more, unknown)
    if isinstance(network, Dataset | tuple) or isinstance(data, Layer):
        raise ConfigError("fit(network, data): expected the network first, then the data, found them swapped")
    config = make_config(
        network=network,
        loss=loss,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
        epochs=epochs,
        penalty=penalty,
        clip_norm=clip_norm,
        groups=groups,
        average=average,
        early_stopping=early_stopping,
        metrics=metrics,
        monitor=monitor,
        measure_train=measure_train,
        keep=keep,
        sampling=sampling,
        seed=seed,
        dtype=dtype,
        precision=precision,
        engine=engine,
        record_steps=record_steps,
        name=name,
    )
    run = train(
        config,
        data,
        validation=validation,
        weights=weights,
        class_weights=class_weights,
        start=start,
        callbacks=callbacks,
        folder=folder,
        resume=resume,
        progress=progress,
        open_test=open_test,
    )
    if progress is not False and (said := remarks(run)):
        note("\n".join([*map(str, said), advice(folder)]))
    return run


def _refuse(more: tuple[object, ...], unknown: Mapping[str, object]) -> None:
    """Raise ``ConfigError`` for what ``fit`` does not take, with what was probably meant."""
    if more:
        raise ConfigError(
            "fit(network, data): expected rows as one pair, fit(network, (x, y)), and settings by name, "
            f"found {2 + len(more)} positions"
        )
    for name in unknown:
        if name in ("lr", "rate"):
            raise ConfigError(f"{name}: there is no such setting; the learning rate is learning_rate")
        raise ConfigError(f"{name}: there is no such setting{suggestion(name, RunConfig.model_fields)}")
