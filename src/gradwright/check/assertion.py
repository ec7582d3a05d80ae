"""A gradient as a line of a test: nothing where it is correct, a failure that can be read where it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradwright.check.present.report import GradientReport
from gradwright.check.tracebacks import without_ours
from gradwright.check.verdict.gradient import check_gradient

default_seed = 0  # pytest --gradwright-seed sets another


def assert_gradient(
    f: Callable[[Any], Any],
    grad: Callable[[Any], Any],
    x: Any,
    *,
    seed: int | None = None,
    max_evaluations: int = 4000,
) -> GradientReport:
    """Assert that ``grad`` is the gradient of ``f`` at ``x``; the report, where one wants to read more.

    The arguments are those of ``check_gradient``, ``max_evaluations`` among them; without a ``seed`` it is 0,
    or what ``pytest --gradwright-seed`` says. The traceback of a failure ends in the test's own line, and
    that of an exception from f or grad in theirs: no frame of gradwright is in between.

    Raises ``CheckError`` with the whole report where the gradient is wrong, or where that is undecided; and
    what ``check_gradient`` raises.

    >>> import numpy as np
    >>> x = np.array([1.0, 2.0])
    >>> assert_gradient(lambda x: (x**2).sum(), lambda x: 2 * x, x).verdict
    'correct'
    >>> assert_gradient(lambda x: (x**2).sum(), lambda x: x, x)
    Traceback (most recent call last):
        ...
    gradwright.errors.CheckError: wrong: x is 0.5 x the true gradient in every entry...
    """
    seed = default_seed if seed is None else seed
    try:
        report = check_gradient(f, grad, x, seed=seed, max_evaluations=max_evaluations)
        report.assert_correct()
    except Exception as error:
        error.__traceback__ = without_ours(error.__traceback__)
        raise  # as it stands: raising it by name would put this frame back
    return report
