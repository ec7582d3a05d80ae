"""A gradient as a line of a test: nothing where it is correct, a failure that can be read where it is not.

``pytest`` shows the first part of the report, and all of it with ``-v``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gradwright.check.pairs import check_pair
from gradwright.check.present.report import GradientReport
from gradwright.check.tracebacks import without_ours
from gradwright.check.verdict.gradient import check_gradient

default_seed = 0  # pytest --gradwright-seed sets another


def assert_gradient(
    f: Callable[..., Any] | None = None,
    grad: Callable[..., Any] | None = None,
    x: Any = None,
    *,
    value_and_grad: Callable[..., Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    names: str | Sequence[str] | None = None,
    seed: int | None = None,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
) -> GradientReport:
    """Assert that ``grad`` is the gradient of ``f`` at ``x``; the report, where one wants to read more.

    The arguments are those of ``check_gradient``: ``value_and_grad``, ``wrt``, ``names``,
    ``max_evaluations``, ``tolerance`` and ``max_seconds`` are among them. Without a ``seed`` it is 0, or what
    ``pytest --gradwright-seed`` says. The traceback of a failure ends in the test's own line, and that of an
    exception from f or grad in theirs: no frame of gradwright is in between.

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
    with _TheirFrames():
        report = check_gradient(
            f,
            grad,
            x,
            value_and_grad=value_and_grad,
            wrt=wrt,
            names=names,
            seed=_seed(seed),
            max_evaluations=max_evaluations,
            tolerance=tolerance,
            max_seconds=max_seconds,
        )
        report.assert_correct()
    return report


def assert_pair(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    /,
    *,
    seed: int | None = None,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
    **arguments: Any,
) -> GradientReport:
    """Assert that ``backward`` is that of ``forward`` at these ``arguments``, as ``check_pair`` takes them.

    Seed, tracebacks and errors are as in ``assert_gradient``.

    >>> import numpy as np
    >>> assert_pair(lambda x: (2 * x, None), lambda dout, _: 2 * dout, x=np.ones(3)).verdict
    'correct'
    """
    with _TheirFrames():
        report = check_pair(
            forward,
            backward,
            seed=_seed(seed),
            max_evaluations=max_evaluations,
            tolerance=tolerance,
            **arguments,
        )
        report.assert_correct()
    return report


def assert_module(module: Any, *inputs: Any, seed: int | None = None, **options: Any) -> GradientReport:
    """Assert that autograd's gradient of a PyTorch ``module`` at ``inputs`` is right.

    The ``options`` are those of ``gradwright.check.torch.check_module``. Seed, tracebacks and errors are as
    in ``assert_gradient``.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> assert_module(torch.nn.Linear(3, 2), torch.ones(5, 3)).verdict
    'correct'
    """
    from gradwright.check.torch import check_module

    with _TheirFrames():
        report = check_module(module, *inputs, seed=_seed(seed), **options)
        report.assert_correct()
    return report


class _TheirFrames:
    """An exception that leaves the block has no frame of gradwright's in its traceback.

    A class, because ``contextlib.contextmanager`` would put the frames back.
    """

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception):
            error.__traceback__ = without_ours(error.__traceback__)


def _seed(seed: int | None) -> int:
    return default_seed if seed is None else seed
