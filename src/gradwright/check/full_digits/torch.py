"""PyTorch without casts to fewer digits: every operation, forward and back, is carried out in float64.

Below autograd each operation arrives with its tensors and dtypes, those of the backward pass too: floating
tensors are made wider there, and a narrower dtype that is asked for becomes float64. Nothing but arithmetic
can be widened: what writes into a narrow tensor of somebody else, or reads its bits, is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradwright.check.full_digits.casts import CannotWidenError, Casts


def casts_left_out(function: Callable[..., Any], casts: Casts) -> Callable[..., Any]:
    """``function`` of whatever arguments with every narrowing cast inside it left out, noted in ``casts``.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> third, casts = torch.tensor(1 / 3, dtype=torch.float64), Casts()
    >>> casts_left_out(lambda x: float(x.bfloat16()), casts)(third) == float(third), casts.coarsest
    (True, 'bfloat16')
    """
    import torch
    from torch.utils import _pytree as trees
    from torch.utils._python_dispatch import TorchDispatchMode

    def is_narrow(dtype: Any) -> bool:
        return bool(dtype.is_floating_point) and dtype.itemsize < torch.float64.itemsize

    def widened(value: Any) -> Any:
        if isinstance(value, torch.dtype) and is_narrow(value):
            return torch.float64
        if isinstance(value, torch.Tensor) and is_narrow(value.dtype):
            return value.to(torch.float64)
        return value

    class InDouble(TorchDispatchMode):  # type: ignore[misc]
        def __torch_dispatch__(self, op: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = trees.tree_leaves((args, kwargs))
            dtypes = {each for each in given if isinstance(each, torch.dtype)}
            tensors = [each for each in given if isinstance(each, torch.Tensor)]
            if any(tensor.dtype == torch.float64 for tensor in tensors):
                for dtype in filter(is_narrow, dtypes):
                    casts.leave_out(str(dtype).removeprefix("torch."), torch.finfo(dtype).eps)
            for dtype in {tensor.dtype for tensor in tensors if is_narrow(tensor.dtype)}:
                casts.leave_in(str(dtype).removeprefix("torch."), torch.finfo(dtype).eps)
            if op is torch.ops.aten.view.dtype and any(map(torch.is_floating_point, tensors)):
                raise CannotWidenError("the bits of a number are read")
            if op._schema.is_mutable and any(is_narrow(tensor.dtype) for tensor in tensors[:1]):
                raise CannotWidenError("a narrow tensor is written to")
            if any(returned.alias_info for returned in op._schema.returns) and not op._schema.is_mutable:
                return op(*args, **(kwargs or {}))  # a view, of which autograd knows the base
            args, kwargs = trees.tree_map(widened, (args, kwargs or {}))
            return op(*args, **kwargs)

    def answer(*args: Any) -> Any:
        with InDouble():
            return function(*args)

    return answer
