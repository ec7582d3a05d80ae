"""f or its gradient is NaN or infinite at x: which entries, the line that it began in, and what may help.

NumPy warns of what it divides by, takes the logarithm of, or cannot hold; the first such warning of a call is
where it began. Other libraries are silent, and then only what was found is told.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from gradwright.check.points import NotFiniteError
from gradwright.check.tracebacks import Line
from gradwright.check.verdict.conclude import Conclusion
from gradwright.check.verdict.oracle import Oracle
from gradwright.check.verdict.report import ParameterVerdict

REMEDIES = {
    "overflow encountered in exp": "subtract the largest entry before exp",
    "divide by zero encountered in log": "a logarithm of 0: add an epsilon inside, or take the logarithm of "
    "the softmax as scores less their log-sum-exp",
    "invalid value encountered in log": "a logarithm of a negative number",
    "divide by zero encountered in": "a division by 0: add an epsilon to what is divided by",
    "invalid value encountered in sqrt": "a root of a negative number",
    "invalid value encountered in": "0 / 0, or infinity less infinity",
    "overflow encountered in": "a number beyond the largest that the dtype holds",
}


def not_finite(oracle: Oracle, error: NotFiniteError) -> Conclusion:
    """The conclusion where f or its gradient was found not to be finite at x, or a little away from it."""

    def value() -> Any:
        return oracle.f(oracle.tree.point(oracle.x.copy()))

    def gradient() -> Any:
        value()
        return oracle.grad(oracle.tree.point(oracle.x.copy()))

    found = oracle.value_at(oracle.x)
    if not np.isfinite(found):
        return Conclusion("undecided", f"f(x) is {found:g}, and has no gradient there{_began(value)}")
    where = "" if _is_at_x(oracle) else ", a little away from x"
    if error.leaf is None:
        return Conclusion("undecided", f"f is {error.found}{where}, and finite at x itself")
    parameters = tuple(
        ParameterVerdict(leaf.name, "wrong" if leaf.name == error.leaf else "undecided", np.nan, np.nan)
        for leaf in oracle.tree.leaves
    )
    reason = f"f is finite, and the gradient {error.found}{where}{_began(gradient)}"
    return Conclusion("wrong", reason, parameters, location=error.place)


def _is_at_x(oracle: Oracle) -> bool:
    try:
        oracle.gradient(oracle.x)
    except NotFiniteError:
        return True
    return False


def _began(call: Callable[[], Any]) -> str:
    """What NumPy warned of first in a call, the user's line that it was in, and a remedy."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn"):
        warnings.simplefilter("always")
        call()
    seen = [each for each in caught if issubclass(each.category, RuntimeWarning)]
    if not seen:
        return ""
    first = str(seen[0].message)
    remedy = next((f": {words}" for start, words in REMEDIES.items() if first.startswith(start)), "")
    line = Line(seen[0].filename, seen[0].lineno, "")
    place = f", at {' '.join(str(line).split())}" if line.is_theirs else ""
    return f"; {first}{remedy}{place}"
