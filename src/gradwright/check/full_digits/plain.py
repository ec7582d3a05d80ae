"""Functions of NumPy arrays with the casts inside left out, whichever library they compute in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from gradwright.check.full_digits import numpy as of_numpy
from gradwright.check.full_digits import torch as of_torch
from gradwright.check.full_digits.casts import Casts, FullDigits


def full_digits(f: Callable[[Any], Any], grad: Callable[[Any], Any]) -> FullDigits:
    """f and grad with the casts of NumPy left out, and those of PyTorch where it is loaded.

    >>> import numpy as np
    >>> full = full_digits(lambda x: x.astype(np.float16).sum(), np.ones_like)
    >>> bool(full.f(np.array([1 / 3])) == 1 / 3), full.casts.coarsest
    (True, 'float16')
    """
    casts = Casts()
    f, grad = of_numpy.both_without_casts(f, grad, casts)
    if "torch" in sys.modules:
        f, grad = of_torch.casts_left_out(f, casts), of_torch.casts_left_out(grad, casts)
    return FullDigits(f, grad, casts)
