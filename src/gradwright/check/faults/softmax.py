"""The faults of a softmax with cross-entropy: the wrong class, a diagonal Jacobian, another loss.

They are seen at the bias of the logits where the weights before it are 0. There every row has the
probabilities p = softmax(b), the true gradient is p less the share of each class, and each fault is another
function of p.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

PERMUTED = 1e-3  # of all rows: shares of classes that differ by less are not those of others


def softmax(box: BlackBox) -> Explanation | None:
    """The bias of the logits, at two values: probabilities and classes as they enter the claim."""
    fitting = (bias for bias in box.wrong_vectors if bias.size <= ENTRIES and box.before(bias))
    return next((found for bias in fitting if (found := _of_bias(box, bias)) is not None), None)


def _of_bias(box: BlackBox, bias: Leaf) -> Explanation | None:
    p, claimed, true = (np.array(rows) for rows in zip(*(_seen(box, bias) for _ in range(2)), strict=True))
    classes = (p - true)[0]
    if not (box.same(p - true, classes[None] + 0 * p) and box.same(float(classes.sum()), 1.0)):
        return None
    where = f"where only {bias.name} sets the logits, d{bias.name} is"
    taken = (p - claimed)[0]
    permuted = box.same(np.sort(taken), np.sort(classes)) and np.abs(taken - classes).max() > PERMUTED
    if box.same(p - claimed, taken[None] + 0 * p) and permuted:
        evidence = f"{where} p less {_list(taken)}, but the classes' shares are {_list(classes)}"
        return Explanation(Cause.WRONG_CLASS, evidence)
    if box.same(claimed, -classes * (1 - p)):
        return Explanation(Cause.SOFTMAX_DIAGONAL, f"{where} -y (1 - p), not p - y")
    by_probability = p - classes
    squared = p * (by_probability - (by_probability * p).sum(axis=1, keepdims=True))
    scale = float((claimed * squared).sum() / (squared * squared).sum())
    if box.matters(scale * squared) and box.same(claimed, scale * squared):
        return Explanation(Cause.OTHER_LOSS, f"{where} {scale:.4g} x that of the squared error |p - y|^2 / 2")
    return None


def _seen(box: BlackBox, bias: Leaf) -> tuple[Array, Array, Array]:
    """Probabilities, claim and truth at one random bias."""
    b = box.rng.uniform(-1, 1, bias.size)
    x = box.at({**dict.fromkeys(box.before(bias), 0.0), bias: b})
    return np.exp(b) / np.exp(b).sum(), box.claimed_of(bias, x).ravel(), box.true_entries(x, bias)


def _list(numbers: Array) -> str:
    return "(" + ", ".join(f"{number:.3g}" for number in numbers) + ")"
