"""Custom ``torch.autograd.Function``s."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch

from gradwright.check.torch import check_function, check_module
from tools.wild.source import Question, found


def module_with_inputs(theirs: Any) -> Iterator[Question]:
    """A module with its ``get_init_inputs`` and ``get_inputs``; drawn anew, because theirs are in [0, 1]."""
    torch.manual_seed(51)
    name = theirs.__name__.split("_", 1)[1]  # the files are called number_Module
    arguments, settings = theirs.get_init_inputs()
    module = getattr(theirs, name)(*copy.deepcopy(arguments), **copy.deepcopy(settings))
    inputs = [_drawn(each) for each in theirs.get_inputs()]
    yield name, lambda: check_module(module, *inputs, max_seconds=50)


def _drawn(value: Any) -> Any:
    """Fresh numbers, of one sample where there are many."""
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return torch.randn_like(value[:1] if value.numel() > 100 else value)
    return value


def activations(theirs: Any) -> Iterator[Question]:
    """Every Function of the file, applied to one tensor."""
    torch.manual_seed(52)
    x = torch.randn(4, 5)
    own = [each for each in vars(theirs).values() if getattr(each, "__module__", "") == theirs.__name__]
    for each in own:
        if isinstance(each, type) and issubclass(each, torch.autograd.Function):
            function: Any = each
            yield function.__name__, lambda: check_function(function.apply, x)


def entmax(theirs: Any) -> Iterator[Question]:
    """Sparse relatives of the softmax, by sorting and by bisection, and their losses."""
    torch.manual_seed(53)
    x, labels = torch.randn(4, 6), torch.tensor([0, 5, 2, 2])
    for name in (
        "sparsemax",
        "entmax15",
        "sparsemax_bisect",
        "entmax_bisect",
        "normmax_bisect",
        "budget_bisect",
    ):
        for function in found(theirs, name):
            yield name, lambda: check_function(function, x)
    for by_alpha in found(theirs, "entmax_bisect"):
        yield "entmax_bisect, by alpha", lambda: check_function(by_alpha, x, torch.full((4, 1), 1.7))
    for name in (
        "sparsemax_loss",
        "entmax15_loss",
        "sparsemax_bisect_loss",
        "entmax_bisect_loss",
        "normmax_bisect_loss",
    ):
        for function in found(theirs, name):
            yield name, lambda: check_function(function, x, labels)


def attention(theirs: Any) -> Iterator[Question]:
    """Attention in blocks: with a causal mask, without, and with keys left out."""
    torch.manual_seed(54)
    q, k, v = torch.randn(3, 1, 2, 6, 4)
    mask = torch.tensor([[True, True, False, True, True, False]])
    for name, given, causal in (
        ("no mask", None, False),
        ("causal", None, True),
        ("keys masked", mask, False),
    ):
        yield (
            f"FlashAttentionFunction, {name}",
            lambda: check_function(theirs.FlashAttentionFunction.apply, q, k, v, given, causal, 2, 3),
        )


def cosine_attention(theirs: Any) -> Iterator[Question]:
    """The same with a scale in place of a maximum that is taken off."""
    torch.manual_seed(54)
    q, k, v = torch.nn.functional.normalize(torch.randn(3, 1, 2, 6, 4), dim=-1)
    for name, causal in (("no mask", False), ("causal", True)):
        yield (
            f"FlashAttentionFunction, {name}",
            lambda: check_function(theirs.FlashAttentionFunction.apply, q, k, v, None, 4.0, causal, 2, 3),
        )


def fenchel_young(theirs: Any) -> Iterator[Question]:
    """Losses whose gradient is what is predicted, less the truth."""
    torch.manual_seed(55)
    theta, truth = torch.randn(5, 4), torch.eye(4)[[0, 2, 1, 1, 3]]
    for name in ("SquaredLoss", "PerceptronLoss", "LogisticLoss", "Logistic_OVA_Loss", "SparsemaxLoss"):
        yield name, lambda: check_function(lambda x: getattr(theirs, name)()(x, truth), theta)
    yield "SparsemaxFunction", lambda: check_function(lambda x: theirs.SparsemaxFunction.apply(x, 1), theta)


def translation(theirs: Any) -> Iterator[Question]:
    """Of fairseq."""
    torch.manual_seed(56)
    logp = torch.randn(4, 5)
    for function in found(theirs, "LogSumExpMoE"):
        yield (
            "LogSumExpMoE, its own posterior",
            lambda: check_function(lambda x: function.apply(x, torch.softmax(x.detach(), -1)), logp),
        )
    for scaled in found(theirs, "GradMultiply"):
        yield "GradMultiply, by 0.5", lambda: check_function(lambda x: scaled.apply(x, 0.5), logp)
    for bias in found(theirs, "ScalarBias"):
        yield "ScalarBias", lambda: check_function(lambda x: bias.apply(x, 1, 0.3), logp)


def soft_sort(theirs: Any) -> Iterator[Question]:
    """Sorting and ranking that are smooth, made of NumPy."""
    torch.manual_seed(57)
    x = torch.randn(3, 5)
    for name in ("soft_rank", "soft_sort"):
        for how in ("l2", "kl"):
            yield (
                f"{name}, {how}",
                lambda: check_function(
                    lambda x: getattr(theirs, name)(x, regularization=how, regularization_strength=0.7), x
                ),
            )


def binarized(theirs: Any) -> Iterator[Question]:
    """Rounding whose gradient is passed straight through."""
    torch.manual_seed(58)
    yield "Binarize", lambda: check_function(theirs.Binarize.apply, torch.randn(4, 5))


def modules(theirs: Any) -> Iterator[Question]:
    """A module without arguments."""
    torch.manual_seed(59)
    yield "Sparsemax", lambda: check_module(theirs.Sparsemax(dim=1), torch.randn(4, 6))
