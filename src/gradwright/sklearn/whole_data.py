"""``solver="lbfgs"``: the objective over all rows is made small by SciPy's L-BFGS-B."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning

from gradwright.engine import Engine, Rows, Task
from gradwright.nn.layer import Array


def minimized(
    engine: Engine, task: Task, theta: Array, rows: Rows, unit: float, constant: float, **options: Any
) -> tuple[Array, float, int]:
    """theta where unit F(theta) + constant is small, F being the objective; its value, and the iterations.

    Warns with ``ConvergenceWarning`` where the iterations or calls that ``options`` allow were used up.
    """

    def value_and_grad(at: Array) -> tuple[float, Array]:
        value, grad = engine.value_and_grad(task.objective, at.astype(theta.dtype), rows)
        return unit * float(value) + constant, unit * grad.astype(np.float64)

    start = theta.astype(np.float64)
    found = minimize(value_and_grad, start, method="L-BFGS-B", jac=True, options=options)
    if found.status == 1:
        warnings.warn(
            f"lbfgs failed to converge after {found.nit} iterations and {found.nfev} evaluations "
            f"({found.message}): allow more by max_iter and max_fun, or scale the features",
            ConvergenceWarning,
            stacklevel=5,
        )
    return found.x.astype(theta.dtype), float(found.fun), int(found.nit)
