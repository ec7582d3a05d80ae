"""The faults of a softmax with cross-entropy, seen at its bias where the weights before it are 0.

There every row has the probabilities p = softmax(b), and the true gradient is p less the share of each class.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import ENTRIES, Workbench

PERMUTED = 1e-3  # of all rows: shares of classes that differ by less are not those of others


def logits(bench: Workbench) -> Explanation | None:
    """The bias of the logits, at two values: probabilities and classes as they enter the claim."""
    for bias in bench.vectors:
        if bias in bench.wrong and bias.shape[0] <= ENTRIES and bench.before(bias):
            found = _of_bias(bench, bias)
            if found is not None:
                return found
    return None


def _of_bias(bench: Workbench, bias: Leaf) -> Explanation | None:
    p, claimed, true = (np.array(rows) for rows in zip(*(_seen(bench, bias) for _ in range(2)), strict=True))
    classes = (p - true)[0]
    if not (bench.same(p - true, classes[None] + 0 * p) and bench.same(float(classes.sum()), 1.0)):
        return None
    where = f"where only {bias.name} sets the logits, d{bias.name} is"
    taken = (p - claimed)[0]
    permuted = bench.same(np.sort(taken), np.sort(classes)) and np.abs(taken - classes).max() > PERMUTED
    if bench.same(p - claimed, taken[None] + 0 * p) and permuted:
        evidence = f"{where} p less {_list(taken)}, but the classes' shares are {_list(classes)}"
        return Explanation(Cause.WRONG_CLASS, evidence)
    if bench.same(claimed, -classes * (1 - p)):
        return Explanation(Cause.SOFTMAX_DIAGONAL, f"{where} -y (1 - p), not p - y")
    by_probability = p - classes
    squared = p * (by_probability - (by_probability * p).sum(axis=1, keepdims=True))
    scale = float((claimed * squared).sum() / (squared * squared).sum())
    if bench.matters(scale * squared) and bench.same(claimed, scale * squared):
        return Explanation(Cause.OTHER_LOSS, f"{where} {scale:.4g} x that of the squared error |p - y|^2 / 2")
    return None


def _seen(bench: Workbench, bias: Leaf) -> tuple[Array, Array, Array]:
    """Probabilities, claim and truth at one random bias."""
    b = bench.rng.uniform(-1, 1, bias.shape[0])
    x = bench.at({**dict.fromkeys(bench.before(bias), 0.0), bias: b})
    return np.exp(b) / np.exp(b).sum(), bench.claimed(x)[bias.places], bench.true_entries(x, bias)


def _list(numbers: Array) -> str:
    return "(" + ", ".join(f"{number:.3g}" for number in numbers) + ")"
