"""What a backward is told beside dy: nothing, or again what forward was given and gave.

A recurrent cell may take ``backward(dy, x, h)`` or ``backward(dy, y, x, h)``, whatever it calls them; a loss
``backward(y_pred, y_true)`` without any dy: it is that of the number, the mean or the sum of the numbers that
forward returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.check.conventions.calls import argument_names, require_arguments, takes

Y, PREDICTION = "(y)", "(prediction)"  # what forward gave; the first input of a loss, or what it has left
CACHES = ("cache", "ctx")  # arguments that are neither, and that nobody knows
DOUTS = ("dout", "dy", "dz", "da", "delta", "grad", "grad_output", "grad_out", "upstream")


def as_backward_takes(
    name: object, layer: Any, inputs: tuple[str, ...], y: Any, x: Any
) -> tuple[bool, tuple[str, ...]]:
    """Whether backward is called with dy, and what it is told again after that.

    Raises ``ConfigError`` unless it can be called so.
    """
    if takes(layer.backward, 0) and not takes(layer.backward, 1):
        return False, ()
    if takes(layer.backward, 1):
        return True, ()
    first, *others = argument_names(layer.backward) or ("dy",)
    is_of_a_loss = tuple(others) == inputs[1:] or (len(others) == len(inputs) - 1 > 0)
    if is_of_a_loss and np.shape(y) != np.shape(x) and first not in DOUTS:
        again = (PREDICTION, *inputs[1:])
    elif set(others) <= set(inputs):
        again = tuple(others)
    else:
        again = {len(inputs): inputs, len(inputs) + 1: (Y, *inputs)}.get(len(others), ())
    with_dy = PREDICTION not in again
    if set(others) & set(CACHES) or not takes(layer.backward, len(again) + with_dy):
        again = ()
        require_arguments(layer.backward, name, "dy")
    return with_dy, again
