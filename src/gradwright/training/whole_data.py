"""What does not go together with an optimizer that takes all rows in each step, and compares its steps.

Settings that speak of batches or of the size of a gradient mean nothing to it, and a layer that is another
function in each step leaves it nothing to compare.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.errors import ConfigError
from gradwright.nn import EVAL, BatchNorm, Dropout, Layer, Mode, ParameterLayout
from gradwright.nn.spec import LAYERS
from gradwright.nn.walk import Container, walk
from gradwright.optim import Constant, WholeData
from gradwright.training.config import RunConfig

ROWS_TRIED = 64


def require_whole(config: RunConfig, features: int) -> None:
    """Raise ``ConfigError`` for what cannot be meant where all rows are in each step, a line for each.

    ``features`` are the columns of the data.
    """
    if not isinstance(config.optimizer, WholeData):
        return
    name = type(config.optimizer).__name__
    if wrong := [*_settings(config, name), *_layers(config, name, features)]:
        raise ConfigError("\n".join(wrong))


def _settings(config: RunConfig, name: str) -> Iterator[str]:
    rows, rate = f"{name}, which takes all rows in each step", config.learning_rate
    length = f"{name}, which searches for the length of its steps"
    if config.batch_size is not None:
        yield f"batch_size: expected none with {rows}, found {config.batch_size}"
    if config.sampling == "replacement":
        yield f"sampling: expected 'shuffle' with {rows}, found 'replacement'"
    if config.clip_norm is not None:
        yield f"clip_norm: expected none with {length}, found {config.clip_norm:g}"
    if not isinstance(rate, Constant) or not rate.value:
        yield f"learning_rate: expected a number > 0 with {length}, found {rate}"
    if config.groups:
        patterns = ", ".join(group.parameters for group in config.groups)
        yield f"groups: expected none with {name}, whose steps have one length for all, found {patterns}"
    if config.average is not None:
        yield f"average: expected none with {name}, whose steps do not scatter, found {config.average}"
    if config.precision not in ("float32", "auto"):
        found = repr(config.precision)
        yield f"precision: expected 'float32' with {name}, which compares close values, found {found}"


def _layers(config: RunConfig, name: str, features: int) -> Iterator[str]:
    for where, layer, columns in walk(config.network, features):
        if _changes(layer, columns, config.dtype):
            yield (
                f"layer {where or '0'}: expected one that computes the same in training and in evaluation "
                f"with {name}, which makes one function of theta small, found {type(layer).__name__}"
            )


def _changes(layer: Layer, columns: int | None, dtype: str) -> bool:
    """Whether a layer is another function in training; one that is not ours is tried on some rows."""
    if isinstance(layer, Dropout):
        return layer.rate > 0
    if isinstance(layer, BatchNorm):
        return True
    if type(layer) in LAYERS or isinstance(layer, Container) or columns is None:
        return False
    rng = np.random.default_rng(0)
    layout = ParameterLayout.of(layer)
    params = layout.tree(layout.initialize(rng, dtype))
    x = rng.standard_normal((ROWS_TRIED, columns)).astype(dtype)
    training, _ = layer.forward(params, x, Mode(training=True, rng=rng))
    evaluation, _ = layer.forward(params, x, EVAL)
    return not np.array_equal(training, evaluation, equal_nan=True)
