"""Functions of JAX with ``custom_vjp`` or ``custom_jvp``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradwright.check.jax import check_function
from tools.wild.source import Question, found

DRAW = np.random.default_rng(61).standard_normal


def attention(theirs: Any) -> Iterator[Question]:
    """Attention in chunks."""
    q, k, v = DRAW((3, 1, 2, 6, 4))
    mask = np.array([[True, True, False, True, True, True]])
    for name, rest in (
        ("flash_attention", (mask,)),
        ("causal_flash_attention", ()),
    ):
        for function in found(theirs, name):
            yield name, lambda: check_function(function, q, k, v, *rest)


def attention_of_one_head(theirs: Any) -> Iterator[Question]:
    """The same without batch and heads."""
    mask = np.array([True, True, False, True, True, True])
    yield (
        "cosine_sim_flash_attention",
        lambda: check_function(theirs.cosine_sim_flash_attention, *DRAW((3, 6, 4)), mask),
    )


def soft_sort(theirs: Any) -> Iterator[Question]:
    """Sorting and ranking that are smooth, made of NumPy."""
    x = DRAW((3, 5))
    for name in ("soft_rank", "soft_sort"):
        yield name, lambda: check_function(lambda x: getattr(theirs, name)(x), x)


def projections(theirs: Any) -> Iterator[Question]:
    """Onto sets, each by its name."""
    x = 2 * DRAW(6)
    for name, rest in (
        ("projection_simplex", ()),
        ("projection_l1_ball", ()),
        ("projection_l1_sphere", ()),
        ("projection_l2_ball", ()),
        ("projection_l2_sphere", ()),
        ("projection_linf_ball", ()),
        ("projection_non_negative", ()),
        ("projection_sparse_simplex", (3,)),
    ):
        for function in found(theirs, name):
            yield name, lambda: check_function(lambda x: function(x, *rest), x)


def isotonic(theirs: Any) -> Iterator[Question]:
    """Isotonic regression by pooling."""
    y = DRAW(7)
    for name in ("isotonic_l2_pav", "isotonic_kl_pav"):
        for function in found(theirs, name):
            yield name, lambda: check_function(function, y)


def classification(theirs: Any) -> Iterator[Question]:
    """Losses of Optax with a derivative of their own."""
    x, labels = DRAW((4, 5)), np.eye(5)[[0, 2, 1, 4]]
    yield "weighted_logsoftmax", lambda: check_function(theirs.weighted_logsoftmax, x, np.abs(DRAW((4, 5))))
    yield (
        "safe_softmax_cross_entropy",
        lambda: check_function(lambda x: theirs.safe_softmax_cross_entropy(x, labels), x),
    )
    yield (
        "sparsemax_loss",
        lambda: check_function(lambda x: theirs.sparsemax_loss(x, np.array([0, 1, 1, 0])), DRAW(4)),
    )


def scaled(theirs: Any) -> Iterator[Question]:
    """A gradient that is scaled on purpose."""
    yield (
        "scale_gradient, by 0.5",
        lambda: check_function(lambda x: theirs.scale_gradient(x, 0.5), DRAW((3, 4))),
    )


def linear(theirs: Any) -> Iterator[Question]:
    """A product whose gradient of w is divided by the size of each row, on purpose."""
    yield "linear", lambda: check_function(theirs.linear, DRAW((4, 3)), DRAW((3, 2)))
