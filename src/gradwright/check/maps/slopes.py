"""An activation's derivative that is missing, of another function, or taken at the wrong place.

Three numbers at each of many z tell: the input z, the true slope there and the claimed one. Elementwise
layers show them on the diagonals of their Jacobians; inside a network a bias shows them where all weights
before it are 0, as it then is what its activation sees, with slopes that have a factor in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.curves import SMOOTH, Curve
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.jacobians import CLOSE, Jacobian, claimed_jacobians, true_jacobian
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

LEAST, MOST = 0.2, 1.9  # size of the biases that are tried
DRAWS = 4  # of a bias
TELLING = 6  # slopes that are known: of fewer, a curve may fit by chance
BESIDE = 1e-4  # a bias so near to 0, on either side, leaves what comes after it nearly as it is
NEARLY = 1e-3  # and this is how nearly
WITHIN = (
    *("sigmoid", "tanh", "softplus", "silu", "mish", "gelu", "gelu (tanh)"),
    *("elu", "selu", "softsign", "arctan"),
)
FITS = 1e-5  # relative: a curve that fits


class Slopes(NamedTuple):
    """Inputs, with the true and the claimed slope at each, known to ``errors``."""

    z: Array
    true: Array
    claimed: Array
    errors: Array | float = 0.0

    def fit(self, slopes: Array) -> bool:
        """Whether the claimed slopes are these."""
        allowed = FITS * float(np.abs(self.claimed).max()) + self.errors
        return bool(np.isfinite(slopes).all() and (np.abs(self.claimed - slopes) <= allowed).all())


def elementwise(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """A layer whose every output follows one input alone, with the claimed slope at each."""
    x = backward.point[j.name]
    if not j.is_square or x.size < TELLING:
        return None
    z, true, claimed = x.ravel(), np.diag(j.true), np.diag(j.claimed)
    if not (j.same(j.true, np.diag(true)) and j.same(j.claimed, np.diag(claimed))):
        return None
    passed = j.matters(claimed)
    if not j.matters(true).any() and j.same(claimed[passed], np.ones(passed.sum())):
        where = "everywhere" if passed.all() else f"for {passed.sum()} of {passed.size} entries"
        evidence = f"f does not change with {j.name} near by, and {j.gradient} is dout {where}"
        return Explanation(Cause.STRAIGHT_THROUGH, evidence)
    return _dropped_out(j, z, true, claimed) or _named(j.gradient, Slopes(z, true, claimed), exactly=True)


def of_bias(backward: BackwardMap, j: Jacobian) -> Explanation | None:
    """The slopes at the values of a bias, where only it sets what its activation sees."""
    name, names = j.name, list(backward.point)
    bias = backward.point[name]
    before = [each for each in names[: names.index(name)] if backward.point[each].ndim > 1]
    if max(bias.shape, default=1) != bias.size or not before or bias.size < 2:
        return None
    alone = backward.at({each: 0 * backward.point[each] for each in before})
    rng = backward.generator()
    signs = np.where(np.arange(bias.size) % 2 == 0, 1.0, -1.0).reshape(bias.shape)
    draws = [signs * (-1) ** k * rng.uniform(LEAST, MOST, bias.shape) for k in range(DRAWS)]
    seen = [_ratios(alone, name, values) for values in draws]
    z, ratios = np.ravel(draws), np.ravel(seen)
    unit, true_left, claimed_left = _beside_zero(alone, name)
    where = f"where only {name} sets what its activation sees, d{name}"
    leak = _share(true_left, unit)
    if abs(leak - 1) < NEARLY:
        return _named(where, Slopes(z, np.ones_like(z), ratios), exactly=False)
    up, down = (z > 0) & np.isfinite(ratios), np.full(1, -BESIDE)
    slopes = Slopes(
        np.concatenate([z[up], down]),
        np.concatenate([np.ones(up.sum()), [leak]]),
        np.concatenate([ratios[up], [_share(claimed_left, unit)]]),
        np.concatenate([np.zeros(up.sum()), [NEARLY]]),
    )
    return _named(where, slopes, exactly=False)


def _ratios(backward: BackwardMap, name: str, values: Array) -> Array:
    """Claimed over true for each entry of a bias; NaN where the outputs do not follow it.

    Raises ``NoAnswerError`` where the claim is no multiple of the true column.
    """
    there = backward.at({name: values})
    true, claimed = true_jacobian(there, name), claimed_jacobians(there)[name]
    lengths = (true**2).sum(axis=0)
    follows = lengths > (CLOSE**2) * lengths.max(initial=0.0)
    ratios = np.where(follows, (true * claimed).sum(axis=0) / np.where(follows, lengths, 1.0), np.nan)
    left = np.abs(claimed - true * ratios)[:, follows]
    if not follows.any() or left.max() > CLOSE * np.abs([true, claimed]).max():
        raise NoAnswerError(f"d{name} is no multiple of the true one")
    return ratios


def _beside_zero(backward: BackwardMap, name: str) -> tuple[Array, Array, Array]:
    """The true Jacobian right of 0, and the true and the claimed one left of it."""
    right, left = (
        backward.at({name: np.full(backward.point[name].shape, side * BESIDE)}) for side in (1, -1)
    )
    return true_jacobian(right, name), true_jacobian(left, name), claimed_jacobians(left)[name]


def _share(matrix: Array, unit: Array) -> float:
    """The factor that makes ``matrix`` of ``unit``; raises ``NoAnswerError`` where none does."""
    share = float((matrix * unit).sum() / (unit * unit).sum()) if unit.any() else 0.0
    if np.abs(matrix - share * unit).max() > NEARLY * np.abs(unit).max(initial=0.0):
        raise NoAnswerError("no factor")
    return share


def _dropped_out(j: Jacobian, z: Array, true: Array, claimed: Array) -> Explanation | None:
    """A dropout, whose slope is 0 for inputs of both signs and one number for the others."""
    passes = j.matters(true)
    scales = true[passes]
    signs_mix = all(len(set(passes[side])) == 2 for side in (z > 0, z < 0))
    if not signs_mix or not scales.size or not j.same(scales, np.full_like(scales, scales[0])):
        return None
    if j.same(claimed, np.full_like(claimed, claimed[0])):
        evidence = (
            f"f takes {(~passes).sum()} of {z.size} entries away, and {j.gradient} lets all of them through"
        )
        return Explanation(Cause.MASK_MISSING, evidence)
    return None


def _named(where: str, slopes: Slopes, exactly: bool) -> Explanation | None:
    """The activation and what became of its derivative; ``exactly`` where the true slopes are its own."""
    z, true, _, _ = slopes
    up, down = z > 0, z < 0
    if down.any() and up.any() and _alike(true[up], 1.0) and _alike(true[down], true[down][0]):
        leak = float(true[down][0])
        if abs(leak - 1) > NEARLY:
            return _of_leaky(where, slopes, leak)
    found: dict[Cause, str] = {}  # by cause what is said first; the slopes themselves tell one function alone
    for name, curve in SMOOTH.items():
        if not exactly and name not in WITHIN:
            continue
        with np.errstate(all="ignore"):
            factor = true / curve.slope(z)
        if exactly and not _alike(factor, 1.0):
            continue
        for cause, words, wrong in _wrong_slopes(name, curve, z):
            if slopes.fit(factor * wrong):
                found.setdefault(cause, f"{where} has {words}")
    if len(found) == 1 or (exactly and found):
        cause, words = next(iter(found.items()))
        return Explanation(cause, words)
    if exactly and slopes.fit(np.ones_like(z)):
        return Explanation(Cause.ACTIVATION_MISSING, f"{where} is dout itself")
    return None


def _wrong_slopes(name: str, curve: Curve, z: Array) -> Iterator[tuple[Cause, str, Array]]:
    """What people write for the derivative of an activation, and what it is called."""
    with np.errstate(all="ignore"):
        right, value = curve.slope(z), curve.value(z)
        yield Cause.ACTIVATION_MISSING, f"1 in place of {name}'s derivative", np.ones_like(z)
        yield Cause.ACTIVATION_AT_OUTPUT, f"{name}'s derivative at its own value", curve.slope(value)
        if curve.of_value:
            words = f"{name}'s derivative as it is written for the output, taken of the input"
            yield Cause.ACTIVATION_AT_INPUT, words, curve.of_value(z)
        yield Cause.OTHER_ACTIVATION, f"the square of {name}'s derivative", right**2
        if name != "exp":
            yield Cause.OTHER_ACTIVATION, f"{name}'s value in place of its derivative", value
        for other, (_, slope, of_value) in SMOOTH.items():
            if other != name:
                words = f"{other}'s derivative in place of {name}'s"
                yield Cause.OTHER_ACTIVATION, words, slope(z)
                yield Cause.OTHER_ACTIVATION, f"{words}, of its value", slope(value)
                if of_value:
                    yield Cause.OTHER_ACTIVATION, f"{words}, of its value", of_value(value)
        yield Cause.OTHER_ACTIVATION, f"relu's derivative in place of {name}'s", np.where(z > 0, 1.0, 0.0)


def _of_leaky(where: str, slopes: Slopes, leak: float) -> Explanation | None:
    """max(z, leak z), relu for a leak of 0."""
    z, _, claimed, _ = slopes
    up, down = z > 0, z < 0
    name = "relu" if abs(leak) < NEARLY else f"a leaky relu of {leak:.3g}"
    if _alike(claimed[up], 1.0):
        other = float(claimed[down][0])
        if not slopes.fit(np.where(up, 1.0, other)) or abs(other - leak) <= NEARLY:
            return None
        if abs(other - 1) <= NEARLY:
            return Explanation(
                Cause.ACTIVATION_MISSING, f"{where} lets negative values through as if they were not"
            )
        evidence = f"{where} has the slope {other:.3g} at negative values, where that of {name} is {leak:.3g}"
        return Explanation(Cause.OTHER_ACTIVATION, evidence)
    curves = {
        f"{name}'s value": np.where(up, z, leak * z),
        f"{name}'s derivative on the wrong side of 0": np.where(up, leak, 1.0),
        "the input": z,
        "the size of the input": np.abs(z),
        **{f"{other}'s derivative": curve.slope(z) for other, curve in SMOOTH.items()},
    }
    for words, wrong in curves.items():
        if slopes.fit(wrong):
            return Explanation(Cause.OTHER_ACTIVATION, f"{where} has {words} in place of {name}'s derivative")
    return None


def _alike(numbers: Array, number: float) -> bool:
    return bool(
        np.isfinite(numbers).all() and (np.abs(numbers - number) <= FITS * max(1.0, abs(number))).all()
    )
