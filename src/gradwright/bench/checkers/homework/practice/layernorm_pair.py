"""Layer normalisation over the features of each row, compact backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_pair

TEXT = """
import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mu = x.mean(axis=1, keepdims=True)
    var = x.var(axis=1, keepdims=True)
    std = np.sqrt(var + eps)
    x_norm = (x - mu) / std
    out = gamma * x_norm + beta
    return out, (x_norm, gamma, std)


def layernorm_backward(dout, cache):
    x_norm, gamma, std = cache
    D = x_norm.shape[1]
    dgamma = np.sum(dout * x_norm, axis=0)
    dbeta = np.sum(dout, axis=0)
    dnorm = dout * gamma
    dx = (
        dnorm
        - np.sum(dnorm, axis=1, keepdims=True) / D
        - x_norm * np.sum(dnorm * x_norm, axis=1, keepdims=True) / D
    ) / std
    return dx, dgamma, dbeta
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    x = 1.0 + 2.0 * rng.standard_normal((4, 7))
    gamma, beta = rng.standard_normal(7), rng.standard_normal(7)
    return check_pair(
        code.layernorm_forward, code.layernorm_backward, x=x, gamma=gamma, beta=beta, ln_param={"eps": 0.05}
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the variance held constant",
            "\n        - x_norm * np.sum(dnorm * x_norm, axis=1, keepdims=True) / D",
            "",
            "x",
            "MOMENT",
        ),
        fault(
            "the mean held constant",
            "\n        - np.sum(dnorm, axis=1, keepdims=True) / D",
            "",
            "x",
            "MOMENT",
        ),
        fault(
            "statistics held constant",
            "        dnorm\n        - np.sum(dnorm, axis=1, keepdims=True) / D\n        - x_norm * np.sum(dnorm * x_norm, axis=1, keepdims=True) / D\n",
            "        dnorm\n",
            "x",
            "MOMENT",
        ),
        fault(
            "the sums of batch normalisation",
            "        - np.sum(dnorm, axis=1, keepdims=True) / D\n        - x_norm * np.sum(dnorm * x_norm, axis=1, keepdims=True) / D",
            "        - np.sum(dnorm, axis=0, keepdims=True) / len(dnorm)\n        - x_norm * np.sum(dnorm * x_norm, axis=0, keepdims=True) / len(dnorm)",
            "x",
            "OTHER_AXIS",
            "ROWS_MIXED",
            "MOMENT",
        ),
        fault("gamma after the sums", "dnorm = dout * gamma", "dnorm = dout", "x", "FACTOR_DROPPED"),
        fault("not divided by the deviation", "    ) / std", "    )", "x", "FACTOR_DROPPED"),
        fault("divided by the variance", "    ) / std", "    ) / std ** 2", "x", "OTHER_VALUES"),
        fault(
            "gamma's summed over the features",
            "dgamma = np.sum(dout * x_norm, axis=0)",
            "dgamma = np.sum(dout * x_norm, axis=1).mean() * np.ones_like(gamma)",
            "gamma",
            "BIAS_AXIS",
            "OTHER_AXIS",
        ),
        slip(
            "a term too many",
            "dbeta = np.sum(dout, axis=0)",
            "dbeta = np.sum(dout, axis=0) + 0.01",
            "beta",
            "TERM_ADDED",
        ),
    ),
)
