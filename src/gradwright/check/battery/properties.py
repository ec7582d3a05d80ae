"""The properties that a layer, a loss and a penalty have in common."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from gradwright.check.battery.report import judged
from gradwright.check.battery.subject import Arrays, Subject, copies, make_read_only
from gradwright.check.complex_step import complex_step_derivative
from gradwright.check.findings import Finding, UnmetError, finding
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.gradient import check_gradient

DERIVATIVE_TOLERANCE = 1e-10  # both sides are right to rounding, about 1e-15 here
REAL_STEPS_WOULD_SEE = 1e-5  # relative: a difference that the verdict cannot miss

# The same sums taken in another order: a matrix product may add up a batch and a row differently.
ROUNDING = {8: 1e-12, 4: 1e-4}  # by bytes of a number

# Single precision keeps seven digits; 1 - y^2 of a saturated unit loses three or four of them.
SINGLE_ROUNDING = 1e-2

DIRECTIONS = 3
RIGHT_TO_ROUNDING = "right to rounding"


def derivatives(
    subject: Subject, seed: int, *asks: Callable[[], GradientReport], tolerance: float = 0.0
) -> tuple[GradientReport | None, list[Finding]]:
    """The verdict on the gradient, and whether it is right to its last digits where that can be asked.

    Without ``asks`` the gradient of the one number ``subject.value`` is asked for. A difference of at most
    ``tolerance`` of its size is none.
    """

    def ask() -> GradientReport:
        return check_gradient(
            lambda point: subject.value(subject.at(point)),
            subject.gradients,
            subject.point,
            seed=seed,
            tolerance=tolerance,
        )

    gradient, verdict = judged(*(asks or (ask,)))
    rng = own_generator(seed, Stream.DIGITS)
    digits = right_to_rounding(subject, rng, tolerance) if verdict.passed else None
    return gradient, [verdict] if digits is None else [verdict, digits]


def common_findings(subject: Subject) -> list[Finding]:
    """What can be said beside derivatives of everything that has a forward and a backward."""
    return [inputs_untouched(subject), fresh_memory(subject), dtype_kept(subject), repeats(subject)]


def right_to_rounding(subject: Subject, rng: np.random.Generator, tolerance: float = 0.0) -> Finding | None:
    """<gradient, v> = D value[v] by the complex step, in random directions v of each variable.

    A verdict allows for what a right gradient may lose to rounding, 1e-7 of its size; the derivatives here
    are held to their last digits. To be asked of a gradient that was found correct: a larger difference then
    speaks of a forward that drops imaginary parts, and such a one is not asked. Nor is single precision. What
    is tolerated in the verdict is tolerated here.
    """
    if subject.is_single:
        return None
    try:
        errors = {name: _error(subject, name, rng) for name in subject.variables}
    except Exception:  # whatever forward does with numbers that it was not written for
        return None
    worst = max(errors, key=lambda name: errors[name])
    if not errors[worst] <= REAL_STEPS_WOULD_SEE:
        return None
    evidence = f"relative error {errors[worst]:.1e} in {worst} against the complex step"
    allowed = max(DERIVATIVE_TOLERANCE, tolerance)
    if errors[worst] > allowed:
        expected = f"expected at most {allowed:.0e}, found a {evidence}"
        return Finding(RIGHT_TO_ROUNDING, False, expected)
    return Finding(RIGHT_TO_ROUNDING, True, evidence)


def _error(subject: Subject, name: str, rng: np.random.Generator) -> float:
    """The relative error of one variable's derivatives along random directions, against the complex step."""
    x = subject.inputs[name]
    gradient = subject.gradients(copies(subject.point))[name]
    if not gradient.any():
        return 0.0  # the verdict agreed that y does not see it, and then there is no complex value to ask for
    vs = [rng.standard_normal(x.shape) for _ in range(DIRECTIONS)]
    vs = [v / np.sqrt((v * v).sum()) for v in vs]
    claimed = np.array([(gradient * v).sum() for v in vs])
    exact = [complex_step_derivative(lambda z: subject.value(subject.at({name: z})), x, v) for v in vs]
    return relative_error(claimed, np.array(exact))


@finding("inputs untouched")
def inputs_untouched(subject: Subject) -> str:
    """Forward and backward run where nothing that goes into them can be written to."""
    inputs = copies(subject.inputs)
    make_read_only(inputs)
    try:
        subject.run(inputs, seal=True)
    except ValueError as error:
        if "read-only" not in str(error):
            raise
        raise UnmetError(f"expected no writing to the inputs or the cache, found {error}") from error
    return "runs where all inputs and the cache are read-only"


@finding("fresh memory")
def fresh_memory(subject: Subject) -> str:
    """No output lies in the memory of an input or of another output."""
    inputs = copies(subject.inputs)
    outputs = subject.run(inputs)
    pairs = [(out, name, outputs[out], inputs[name]) for out in outputs for name in inputs]
    pairs += [(one, two, outputs[one], outputs[two]) for one, two in combinations(outputs, 2)]
    for one, two, a, b in pairs:
        if np.shares_memory(a, b):
            raise UnmetError(f"expected memory of its own for {one}, found that of {two}")
    return f"{len(outputs)} outputs with memory of their own"


@finding("dtype kept")
def dtype_kept(subject: Subject) -> str:
    """float32 in gives float32 out, near the float64 result; float64 in gives float64 out.

    Of a subject in float32 nothing is asked in float64. Numbers are not arrays: what a product of two
    scalars becomes is left to NumPy.
    """
    rounded = _outputs_as(subject, np.float32)
    if subject.is_single:
        return "float32 stays float32"
    exact = _outputs_as(subject, np.float64)
    for name, array in rounded.items():
        error = relative_error(array.astype(np.float64), exact[name])
        if not error <= SINGLE_ROUNDING:
            raise UnmetError(f"{name}: expected float32 near float64, found a relative error of {error:.1e}")
    return "float32 stays float32, float64 stays float64, and both agree"


@finding("repeats")
def repeats(subject: Subject) -> str:
    """The same inputs give the same outputs, to the last bit."""
    expect_equal(subject.run(copies(subject.inputs)), subject.run(copies(subject.inputs)), "a second run")
    return "a second run gives the same bits"


@finding("backward repeats")
def backward_repeats(subject: Subject) -> str:
    """A cache serves twice, and another forward does not disturb it."""
    own = copies(subject.inputs)
    _, cache = subject.forward(own)
    first = copies(subject.backward(own, cache))
    subject.forward(subject.another())
    expect_equal(first, subject.backward(own, cache), "a second backward, after another forward")
    return "a second backward, after another forward, gives the same bits"


def expect_equal(first: Arrays, second: Arrays, occasion: str) -> None:
    """Raise ``UnmetError`` that names the first array whose entries differ."""
    for name, array in first.items():
        if not np.array_equal(array, second[name]):
            error = relative_error(second[name], array)
            raise UnmetError(
                f"{name}: expected the same in {occasion}, found a relative difference of {error:.1e}"
            )


def expect_close(found: Array, expected: Array, what: str) -> None:
    """Raise ``UnmetError`` where two arrays differ by more than the order of a sum can explain."""
    if found.shape != expected.shape:
        raise UnmetError(f"{what}: expected the shape {expected.shape}, found {found.shape}")
    error = relative_error(found, expected)
    if not error <= ROUNDING[found.itemsize]:
        raise UnmetError(f"{what}: expected equality to rounding, found a relative error of {error:.1e}")


def _outputs_as(subject: Subject, dtype: type[np.floating]) -> Arrays:
    """The arrays that come out when every floating-point input is of that dtype, which they must keep."""
    inputs = {
        name: array.astype(dtype) if np.issubdtype(array.dtype, np.floating) else array.copy()
        for name, array in subject.inputs.items()
    }
    outputs = {name: array for name, array in subject.run(inputs).items() if np.ndim(array)}
    for name, array in outputs.items():
        if array.dtype != dtype:
            raise UnmetError(
                f"{name}: expected {np.dtype(dtype)} from {np.dtype(dtype)}, found {array.dtype}"
            )
    return outputs


def relative_error(found: Array, expected: Array) -> float:
    """max |found - expected| / max(|found|, |expected|); 0 where all of it is 0."""
    difference = float(np.max(np.abs(found - expected), initial=0))
    size = float(max(np.max(np.abs(found), initial=0), np.max(np.abs(expected), initial=0)))
    return difference / size if difference else 0.0
