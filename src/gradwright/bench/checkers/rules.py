"""The rules that courses and NumPy libraries judge a gradient by, with the steps and limits they publish."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from gradwright.bench.checkers.checker import Answer, Checker, flatten
from gradwright.bench.checkers.model import Gradient, Point, Value

SEED = 0

NOTES_STEP, NOTES_WRONG, NOTES_RIGHT, NOTES_SMALLEST = 1e-5, 1e-2, 1e-4, 1e-8
PROJECTION_STEP = PROJECTION_LIMIT = 1e-6
TAYLOR_STEPS, TAYLOR_RATE = (1e-2, 5e-3, 2.5e-3, 1.25e-3), 1.9
SCIPY_LIMIT = 1e-5


def course_notes(f: Value, grad: Gradient, x: Point) -> Answer:
    """Central differences for each entry, as in the notes of CS231n: max |a - n| / max(1e-8, |a| + |n|)."""
    flat = flatten(f, grad, x)
    analytic, numeric = flat.grad(flat.x), np.empty_like(flat.x)
    for k in range(flat.x.size):
        step = np.zeros_like(flat.x)
        step[k] = NOTES_STEP
        numeric[k] = (flat.f(flat.x + step) - flat.f(flat.x - step)) / (2 * NOTES_STEP)
    size = np.maximum(NOTES_SMALLEST, np.abs(analytic) + np.abs(numeric))
    error = float((np.abs(analytic - numeric) / size).max())
    if error > NOTES_WRONG:
        return Answer("wrong")
    return Answer("correct" if error <= NOTES_RIGHT else "undecided")


def random_projection(f: Value, grad: Gradient, x: Point) -> Answer:
    """One normal direction, one central difference, as ``check_grads`` of HIPS autograd does it."""
    flat = flatten(f, grad, x)
    v = np.random.default_rng(SEED).standard_normal(flat.x.shape)
    half = 0.5 * PROJECTION_STEP * v
    numeric = (flat.f(flat.x + half) - flat.f(flat.x - half)) / PROJECTION_STEP
    analytic = float(flat.grad(flat.x) @ v)
    close = abs(analytic - numeric) < PROJECTION_LIMIT * max(1.0, abs(analytic + numeric))
    return Answer("correct" if close else "wrong")


def minimum_rate(f: Value, grad: Gradient, x: Point) -> Answer:
    """The least of three rates of a Taylor remainder over four steps, as pyadjoint's ``taylor_test``."""
    flat = flatten(f, grad, x)
    v = np.random.default_rng(SEED).standard_normal(flat.x.shape)
    here, slope = flat.f(flat.x), float(flat.grad(flat.x) @ v)
    remainders = [abs(flat.f(flat.x + eps * v) - here - eps * slope) for eps in TAYLOR_STEPS]
    if not all(remainders):
        return Answer("wrong")  # the rate is not a number, which is not above any limit
    rate = min(math.log2(longer / shorter) for longer, shorter in pairwise(remainders))
    return Answer("correct" if rate > TAYLOR_RATE else "wrong")


def scipy_check_grad(f: Value, grad: Gradient, x: Point) -> Answer:
    """The length of the difference from SciPy's forward differences beside that of the gradient."""
    from scipy.optimize import check_grad

    flat = flatten(f, grad, x)
    error = float(check_grad(flat.f, flat.grad, flat.x))
    return Answer("correct" if error <= SCIPY_LIMIT * float(np.linalg.norm(flat.grad(flat.x))) else "wrong")


RULES = (
    Checker(
        "scipy.optimize.check_grad",
        "|difference| > 1e-5 |gradient| is wrong",
        scipy_check_grad,
        needs="scipy",
    ),
    Checker(
        "course notes (step 1e-5)",
        "relative error > 1e-2 is wrong, <= 1e-4 is correct, else by eye",
        course_notes,
    ),
    Checker(
        "random projection (step 1e-6)",
        "difference >= 1e-6, absolute and relative, is wrong",
        random_projection,
    ),
    Checker("minimum Taylor rate", "a rate <= 1.9 among three is wrong", minimum_rate),
)
