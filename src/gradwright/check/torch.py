"""The verdict for PyTorch: is what autograd makes of a module, or of a function of tensors, its gradient?"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from gradwright.check.adapters.autograd import Autograd
from gradwright.check.adapters.common import (
    Precision,
    check_by_name,
    name_of_function,
    package,
    told_by_line,
)
from gradwright.check.full_digits.casts import Casts, FullDigits
from gradwright.check.full_digits.torch import casts_left_out
from gradwright.check.present.report import GradientReport
from gradwright.errors import ConfigError


def check_module(
    module: Any,
    *inputs: Any,
    loss: Callable[[Any], Any] | None = None,
    seed: int = 0,
    dtype: Precision = "float64",
    max_evaluations: int | None = None,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
) -> GradientReport:
    """Whether autograd's gradient of ``module(*inputs)`` is right.

    It is taken with respect to every parameter that requires a gradient, called as in the state dict, and
    every input of floating-point numbers, called ``input 0`` and so on. Whole numbers, and inputs that are
    not finite, such as masks, are held constant. ``loss`` takes the output to a number; without it an output
    y of any shape becomes <y, u>, u a random covector of ``seed``, and several outputs their sum.

    All of it happens in ``dtype`` on a copy of the module, in the mode it is in: the module itself, its
    gradients, buffers and hooks, and PyTorch's random numbers are left as they were. Each evaluation starts
    from the same buffers and the same random numbers, so dropout is one mask, and batch normalisation does
    not drift. Within it the default dtype is ``dtype`` too.

    ``max_evaluations`` is 4000, or 200 for each array where that is more; ``tolerance`` and
    ``max_seconds`` are as in ``check_gradient``.

    Raises ``ConfigError`` where PyTorch is not installed, for half precision, and for what is no module;
    ``CheckError`` where the module raises, with the line where it did.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> _ = torch.manual_seed(0)
    >>> report = check_module(torch.nn.Linear(3, 2), torch.randn(5, 3))
    >>> report.verdict, [parameter.name for parameter in report.parameters]
    ('correct', ['input 0', 'weight', 'bias'])
    """
    torch = package("torch")
    if not isinstance(module, torch.nn.Module):
        raise ConfigError(f"module: expected a torch.nn.Module, found {type(module).__name__}")
    with told_by_line(type(module).__name__, dtype):
        shared = {id(parameter): parameter for parameter in module.parameters()}  # which each call replaces
        replica = copy.deepcopy(module, shared)  # a forward may write to more of it than its buffers
        parameters = dict(replica.named_parameters())
        moved = {name: each for name, each in parameters.items() if each.requires_grad}
        frozen = {name: each for name, each in parameters.items() if not each.requires_grad}

        def call(tensors: dict[str, Any], arguments: tuple[Any, ...]) -> Any:
            output = torch.func.functional_call(replica, tensors, arguments)
            return output if loss is None else loss(output)

        held = frozen | dict(replica.named_buffers())
        notes = [f"not checked, because it requires no gradient: {', '.join(frozen)}"] if frozen else []
        return _verdict(
            Autograd(call, inputs, dtype, seed, moved, held), notes, max_evaluations, tolerance, max_seconds
        )


def check_function(
    fn: Callable[..., Any],
    *inputs: Any,
    seed: int = 0,
    dtype: Precision = "float64",
    max_evaluations: int | None = None,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
) -> GradientReport:
    """Whether autograd's gradient of ``fn(*inputs)`` is right, such as that of ``MyFunction.apply``.

    Inputs, outputs, random numbers and errors are as in ``check_module``; inputs may be nested in lists,
    tuples and dictionaries. Tensors that ``fn`` finds elsewhere stay what they are: pass them in.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> check_function(torch.cumsum, torch.tensor([1.0, 2.0, 4.0]), 0).verdict
    'correct'
    """
    with told_by_line(name_of_function(fn), dtype):
        autograd = Autograd(lambda _, arguments: fn(*arguments), inputs, dtype, seed, {}, {})
        return _verdict(autograd, [], max_evaluations, tolerance, max_seconds)


def _verdict(
    autograd: Autograd, notes: list[str], max_evaluations: int | None, tolerance: float, max_seconds: float
) -> GradientReport:
    casts = Casts()
    with autograd.undisturbed():
        return check_by_name(
            autograd.value,
            autograd.gradient,
            autograd.point,
            [*autograd.notes, *notes],
            outputs=autograd.outputs,
            pullback=autograd.pullback,
            full=FullDigits(
                casts_left_out(autograd.value, casts), casts_left_out(autograd.gradient, casts), casts
            ),
            seed=autograd.seed,
            max_evaluations=max_evaluations,
            tolerance=tolerance,
            max_seconds=max_seconds,
        )
