"""The faults of a recurrent cell, whose gates lie side by side in one bias.

They are seen where its weights are 0: there every time step has the same gates, and no error goes back but
through the cell's own state. Blocks of the bias that are alike show whether two gradients are exchanged; what
goes back n steps through a forget gate f grows by 1 + f + ... + f^(n-1), and a claim without it does not.
"""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from gradwright.check.faults.black_box import ENTRIES, BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Leaf

GATES = (2, 3, 4)  # blocks that recurrent cells keep in one bias
STEPS = range(2, 65)  # back in time
TELLING = 3  # entries of a block: with fewer, a sum of powers may fit by chance


def gates(box: BlackBox) -> Explanation | None:
    """Two blocks with each other's gradient, or one that lacks what goes back through a forget gate."""
    for bias in (leaf for leaf in box.wrong_vectors if leaf.size <= ENTRIES):
        zero = dict.fromkeys(box.before(bias), 0.0)
        for count in (n for n in GATES if zero and bias.size % n == 0 and bias.size >= n * TELLING):
            pairs = {_exchanged(box, bias, count, zero) for _ in range(2)}
            if len(pairs) == 1 and (pair := pairs.pop()):
                one, other = pair
                evidence = (
                    f"where the {count} blocks of {bias.name} are alike, {one} and {other} are exchanged"
                )
                return Explanation(Cause.EXCHANGED, evidence)
            memories = {_forgotten(box, bias, count, zero) for _ in range(2)}
            if len(memories) == 1 and (memory := memories.pop()):
                block, forget, steps = memory
                evidence = (
                    f"block {block} of d{bias.name} lacks the factor 1 + f + ... + f^{steps - 1} of what "
                    f"goes back {steps} steps through the gate f of block {forget}"
                )
                return Explanation(Cause.BRANCH_DROPPED, evidence)
    return None


def _forgotten(box: BlackBox, bias: Leaf, count: int, zero: dict[Leaf, float]) -> tuple[int, int, int] | None:
    """The block that lacks the sum over the steps, the block of the gate, and the number of steps."""
    b = box.rng.uniform(-1, 1, bias.size)
    x = box.at({**zero, bias: b})
    claimed = box.claimed_of(bias, x).reshape(count, -1)
    true = box.true_entries(x, bias).reshape(count, -1)
    f = 1 / (1 + np.exp(-b.reshape(count, -1)))
    for block, forget in permutations(range(count), 2):
        for steps in STEPS:
            sums = (1 - f[forget] ** steps) / (1 - f[forget])
            if box.matters(true[block]) and box.same(true[block], claimed[block] * sums):
                return block, forget, steps
    return None


def _exchanged(box: BlackBox, bias: Leaf, count: int, zero: dict[Leaf, float]) -> tuple[int, int] | None:
    """The blocks that are exchanged at a random point, all others being right."""
    block = box.rng.uniform(-1, 1, bias.size // count)
    x = box.at({**zero, bias: np.tile(block, count)})
    claimed = box.claimed_of(bias, x).reshape(count, -1)
    true = box.true_entries(x, bias).reshape(count, -1)
    for one, other in combinations(range(count), 2):
        order = list(range(count))
        order[one], order[other] = other, one
        if box.same(claimed, true[order]) and not box.same(claimed, true):
            return one, other
    return None
