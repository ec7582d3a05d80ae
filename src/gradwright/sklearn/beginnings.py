"""The parameters that training begins with: drawn, or those that a user hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.parameters import Slot
from gradwright.training.start import checked_theta

FORMS = "a fitted estimator, its parameters_, or a pair (coefs, intercepts)"


def begin_with(theta: Array, layout: ParameterLayout, given: Any) -> Array:
    """``theta`` with the arrays that ``given`` has in place of its own.

    Args:
        theta: the parameters as they were drawn.
        layout: where each of them lies.
        given: a fitted estimator, scikit-learn's or gradwright's; its ``parameters_``; or a pair of lists,
            ``(coefs_, intercepts_)``, beside which all else begins as it was drawn.

    Raises ``ConfigError`` for anything else, arrays of other shapes, and entries that are not finite.
    """
    drawn = layout.named(theta)
    handed = given if isinstance(given, Mapping) else drawn | _placed(layout, given)
    return checked_theta("init_params", handed, layout, theta.dtype.name)


def _placed(layout: ParameterLayout, given: Any) -> dict[str, Array]:
    """The arrays of an estimator or a pair by the names of this network, in the order in which they stand."""
    if (every := getattr(given, "parameters_", None)) is not None:
        return _named("parameters_", layout.slots, list(every.values()))
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
    return _named("coefs", named_so(layout, "weight"), coefs) | _named(
        "intercepts", named_so(layout, "bias"), intercepts
    )


def named_so(layout: ParameterLayout, last: str) -> list[Slot]:
    """The places of all arrays that their layers call ``last``."""
    return [slot for slot in layout.slots if slot.name.split(".")[-1] == last]


def _named(what: str, slots: Sequence[Slot], arrays: Any) -> dict[str, Array]:
    arrays = [np.asarray(array) for array in arrays]
    if len(arrays) != len(slots):
        raise ShapeError(f"init_params: {what}: expected {len(slots)} arrays, found {len(arrays)}")
    return {slot.name: array for slot, array in zip(slots, arrays, strict=True)}
