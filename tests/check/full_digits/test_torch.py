"""PyTorch in full digits, forward and back."""

from __future__ import annotations

from typing import Any

import pytest

from gradwright.check.full_digits.casts import CannotWidenError, Casts
from gradwright.check.full_digits.torch import casts_left_out

torch: Any = pytest.importorskip("torch", reason="needs PyTorch")

from gradwright.check.torch import check_function, check_module  # noqa: E402

torch.manual_seed(0)
X = torch.randn(4, 5, dtype=torch.float64)
W = torch.randn(5, 5)


class Tanh(torch.autograd.Function):  # type: ignore[misc]
    """In half precision, and its backward too."""

    factor = 1.0

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        y = torch.tanh(x.half())
        ctx.save_for_backward(y)
        return y.to(x.dtype)

    @classmethod
    def backward(cls, ctx: Any, dy: Any) -> Any:
        (y,) = ctx.saved_tensors
        return cls.factor * (dy.half() * (1 - y * y)).to(dy.dtype)


class Off(Tanh):
    factor = 1.01


def test_a_fault_of_a_hundredth_shows_through_half_precision() -> None:
    assert check_function(Tanh.apply, X).verdict == "correct"
    assert check_function(Off.apply, X).verdict == "wrong"


def test_a_module_under_autocast_is_correct() -> None:
    class Mixed(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(5, 3)

        def forward(self, x: Any) -> Any:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return torch.nn.functional.layer_norm(self.layer(x).float(), (3,))

    assert check_module(Mixed(), X).verdict == "correct"


def test_a_whole_program_is_computed_in_float64() -> None:
    def f(x: Any, to: Any) -> Any:
        h = torch.nn.functional.silu(to(x) @ to(W))
        h = torch.nn.functional.layer_norm(h, (5,), to(torch.ones(5)))
        into = to(torch.zeros(4, 5))
        into += h
        return into.sum(dtype=into.dtype).double()

    def slope(f: Any) -> Any:
        def of(x: Any) -> Any:
            x = x.clone().requires_grad_()
            return torch.autograd.grad(f(x), x)[0]

        return of

    casts = Casts()
    found = casts_left_out(slope(lambda x: f(x, lambda t: t.bfloat16())), casts)(X)
    torch.testing.assert_close(found, slope(lambda x: f(x, lambda t: t.double()))(X))
    assert casts.coarsest == "bfloat16"


@pytest.mark.parametrize("f", [lambda x: x.view(torch.int64).sum(), lambda x: W.copy_(x[0, 0])])
def test_what_is_no_arithmetic_is_refused(f: Any) -> None:
    with pytest.raises(CannotWidenError):
        casts_left_out(f, Casts())(X)
