"""Residual networks: blocks of two branches with weights, and the true identity skip."""

from __future__ import annotations

import numpy as np

from gradwright.bench.checkers.faulty import Backward, Gradients, at, cache_of, dx_from, unseen
from gradwright.bench.checkers.models.fully_connected import at_the_output
from gradwright.bench.checkers.models.layered import Layered
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.nn import Layer, Linear, ReLU, Residual, Sequential, Sum, Tanh
from gradwright.nn.layer import Cache, Params

WIDTH, CLASSES = 6, 5
BLOCK = Sum(Sequential(Linear(WIDTH, WIDTH), Tanh()), Linear(WIDTH, WIDTH, bias=False))
SKIP = Residual(Sequential(Linear(WIDTH, WIDTH), Tanh()))


def without_branch(k: int) -> Backward:
    """No errors through one branch of two."""

    def dx(block: Sum, params: Params, caches: list[Cache], dy: Array) -> Array:
        return block.branches[1 - k].backward(params[str(1 - k)], caches[1 - k], dy)[0]

    return dx_from(dx)


def at_the_sum(block: Layer, params: Params, caches: list[Cache], dy: Array) -> Gradients:
    """tanh' at what the block puts out, x + tanh(...)."""
    x, y = caches
    return block.backward(params, [x, np.tanh(x + y)], dy)


PASSED_ON = dx_from(lambda _, __, ___, dy: dy.copy())
WITHOUT_IDENTITY = dx_from(lambda block, params, caches, dy: block.backward(params, caches, dy)[0] - dy)
DROPPED = (Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG)

# y = relu(x V + tanh(x W + b)), twice; what the first block passes on nobody sees.
TWO_BRANCHES = Layered(
    "two-branch blocks",
    Sequential(BLOCK, ReLU(), BLOCK, ReLU(), Linear(WIDTH, CLASSES, bias=False)),
    "W1 b1 V1 W2 b2 V2 W3",
    (
        at((2,), "linear branch dropped", without_branch(1), *DROPPED),
        at((2,), "tanh branch dropped", without_branch(0), *DROPPED),
        at((2, 0, 1), "tanh's derivative missing", unseen, Cause.ACTIVATION_MISSING),
        at((2, 0, 1), "tanh's derivative at the output", at_the_output, Cause.ACTIVATION_AT_OUTPUT),
        at((), "mask of the other block", cache_of(3, 1), Cause.WRONG_MASK),
        at((2,), "errors of the layer above, once more", PASSED_ON),
    ),
    samples=9,
    features=WIDTH,
)
# y = x + tanh(x W + b), three times
SKIPS = Layered(
    "identity skips",
    Sequential(SKIP, SKIP, SKIP, Linear(WIDTH, CLASSES, bias=False)),
    "W1 b1 W2 b2 W3 b3 W4",
    (
        at((2,), "identity dropped", WITHOUT_IDENTITY, *DROPPED),
        at((2,), "body dropped", PASSED_ON, *DROPPED),
        at((2, 1), "tanh's derivative missing", unseen, Cause.ACTIVATION_MISSING),
        at((2,), "tanh's derivative at the sum", at_the_sum, Cause.ACTIVATION_AT_OUTPUT),
    ),
    samples=9,
    features=WIDTH,
)
