"""The parameters that training begins with: drawn, or those that a user hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.parameters import Slot

FORMS = "a fitted estimator, its parameters_, or a pair (coefs, intercepts)"


def begin_with(theta: Array, layout: ParameterLayout, given: Any) -> Array:
    """``theta`` with the arrays that ``given`` has in place of its own.

    Args:
        theta: the parameters as they were drawn.
        layout: where each of them lies.
        given: a fitted estimator, scikit-learn's or gradwright's; its ``parameters_``; or a pair of lists,
            ``(coefs_, intercepts_)``, beside which all else begins as it was drawn.

    Raises ``ConfigError`` for anything else, ``ShapeError`` for arrays of other shapes.
    """
    theta = theta.copy()
    views = layout.named(theta)
    for slot, array in _placed(layout, given):
        if array.shape != slot.shape:
            raise ShapeError(
                f"init_params: {slot.name}: expected the shape {slot.shape}, found {array.shape}"
            )
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ConfigError(f"init_params: {slot.name}: expected finite numbers")
        views[slot.name][...] = array
    return theta


def _placed(layout: ParameterLayout, given: Any) -> list[tuple[Slot, Array]]:
    """Each array beside its place."""
    all_of_it = given if isinstance(given, Mapping) else getattr(given, "parameters_", None)
    if all_of_it is not None:
        return _side_by_side("parameters_", layout.slots, list(all_of_it.values()))
    if isinstance(given, tuple | list) and len(given) == 2:
        coefs, intercepts = given
    else:
        coefs, intercepts = getattr(given, "coefs_", None), getattr(given, "intercepts_", None)
    if coefs is None or intercepts is None:
        forgets = "; clone and searches forget what an estimator learned, but not FrozenEstimator(estimator)"
        found = f"{type(given).__name__}" + (" that is not fitted" if hasattr(given, "fit") else "")
        raise ConfigError(
            f"init_params: expected {FORMS}, found {found}{forgets if hasattr(given, 'fit') else ''}"
        )
    return [
        *_side_by_side("coefs", named_so(layout, "weight"), coefs),
        *_side_by_side("intercepts", named_so(layout, "bias"), intercepts),
    ]


def named_so(layout: ParameterLayout, last: str) -> list[Slot]:
    """The places of all arrays that their layers call ``last``."""
    return [slot for slot in layout.slots if slot.name.split(".")[-1] == last]


def _side_by_side(what: str, slots: Sequence[Slot], arrays: Any) -> list[tuple[Slot, Array]]:
    arrays = [np.asarray(array) for array in arrays]
    if len(arrays) != len(slots):
        raise ShapeError(f"init_params: {what}: expected {len(slots)} arrays, found {len(arrays)}")
    return list(zip(slots, arrays, strict=True))
