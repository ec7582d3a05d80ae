"""The properties that a layer, a loss and a penalty have in common."""

from __future__ import annotations

from functools import partial
from itertools import combinations
from typing import Any

import numpy as np

from gradwright.check.battery.report import Finding, UnmetError, find
from gradwright.check.battery.subject import Arrays, Subject, copies, make_read_only
from gradwright.check.complex_step import complex_step_derivative
from gradwright.check.points import Array, as_gradient, relative_error, unit_direction
from gradwright.check.taylor import taylor_test

# Both sides are right to rounding, about 1e-15 here; a gradient that is 0.1 % wrong is off by 1e-3.
DERIVATIVE_TOLERANCE = 1e-10

# The same sums taken in another order: a matrix product may add up a batch and a row differently.
ROUNDING = 1e-12

# Single precision keeps seven digits; 1 - y^2 of a saturated unit loses three or four of them.
SINGLE_ROUNDING = 1e-2

DIRECTIONS = 3


def common_findings(subject: Subject, rng: np.random.Generator) -> list[Finding]:
    """The findings about every property of this page, in reading order."""
    derivatives = [
        find(f"derivative by {name}", partial(derivative, subject, name, rng)) for name in subject.variables
    ]
    return [
        *derivatives,
        find("Taylor order", partial(taylor_order, subject, rng)),
        find("inputs untouched", partial(inputs_untouched, subject)),
        find("fresh memory", partial(fresh_memory, subject)),
        find("dtype kept", partial(dtype_kept, subject)),
        find("repeats", partial(repeats, subject)),
    ]


def derivative(subject: Subject, name: str, rng: np.random.Generator) -> str:
    """<gradient, v> = D value[v] by the complex step, in random directions v of one variable."""
    x = subject.inputs[name]
    gradient = as_gradient(subject.run(copies(subject.inputs))[f"d{name}"], x)
    vs = [unit_direction(rng, x.shape) for _ in range(DIRECTIONS)]

    def value(z: Array) -> Any:
        return subject.value({**copies(subject.inputs), name: z})

    found = np.array([(gradient * v).sum() for v in vs])
    expected = np.array([complex_step_derivative(value, x, v) for v in vs])
    error = relative_error(found, expected)
    if not error <= DERIVATIVE_TOLERANCE:
        raise UnmetError(
            f"expected {expected[0]:.10g} by the complex step along a random direction, "
            f"found {found[0]:.10g}; relative error {error:.1e} over {DIRECTIONS} directions"
        )
    return f"relative error {error:.1e} against the complex step"


def taylor_order(subject: Subject, rng: np.random.Generator) -> str:
    """The Taylor test of all variables moved at once."""
    parts = {name: subject.inputs[name] for name in subject.variables}

    def unpack(z: Array) -> Arrays:
        ends = np.cumsum([part.size for part in parts.values()])[:-1]
        pieces = zip(parts.items(), np.split(z, ends), strict=True)
        return {**copies(subject.inputs), **{name: z.reshape(part.shape) for (name, part), z in pieces}}

    def gradient(z: Array) -> Array:
        outputs = subject.run(unpack(z))
        return np.concatenate([outputs[f"d{name}"].ravel() for name in parts])

    start = np.concatenate([part.ravel() for part in parts.values()])
    test = taylor_test(lambda z: subject.value(unpack(z)), gradient, start, rng=rng)
    if not test.passed:
        raise UnmetError(test.summary())
    return test.summary()


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


def dtype_kept(subject: Subject) -> str:
    """float32 in gives float32 out, near the float64 result; float64 in gives float64 out.

    Numbers are not arrays: what a product of two scalars becomes is left to NumPy.
    """
    exact = _outputs_as(subject, np.float64)
    rounded = _outputs_as(subject, np.float32)
    for name, array in rounded.items():
        error = relative_error(array.astype(np.float64), exact[name])
        if not error <= SINGLE_ROUNDING:
            raise UnmetError(f"{name}: expected float32 near float64, found a relative error of {error:.1e}")
    return "float32 stays float32, float64 stays float64, and both agree"


def repeats(subject: Subject) -> str:
    """The same inputs give the same outputs, to the last bit."""
    expect_equal(subject.run(copies(subject.inputs)), subject.run(copies(subject.inputs)), "a second run")
    return "a second run gives the same bits"


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
    if not error <= ROUNDING:
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
