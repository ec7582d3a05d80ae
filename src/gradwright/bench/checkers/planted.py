"""Which faults are planted on the finished gradient of which model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradwright.bench.checkers.model import Fault
from gradwright.bench.checkers.spoilers import (
    Spoiler,
    clipped,
    clipped_by_norm,
    column_order,
    everywhere,
    exchanged,
    half_precision,
    never_refreshed,
    one_entry,
    only,
    penalised,
    remembering,
    reversed_order,
    shifted,
    times,
)
from gradwright.check.faults.cause import Cause


class Planted(NamedTuple):
    """A fault, and what makes a right gradient suffer it."""

    fault: Fault
    spoil: Spoiler


def plant(name: str, spoil: Spoiler, *causes: Cause) -> Planted:
    return Planted(Fault.of(name, *causes), spoil)


PLANTED: dict[str, tuple[Planted, ...]] = {
    "softmax regression": (
        plant("sign", everywhere(np.negative), Cause.SIGN),
        plant("factor 2 missing", everywhere(times(0.5)), Cause.HALF),
        plant("factor 2 too many", everywhere(times(2)), Cause.DOUBLE),
        plant("dW[3, 1] 1 % too large", only("W", one_entry(3, 1, factor=1.01)), Cause.ONE_ENTRY),
        plant("db missing", only("b", np.zeros_like), Cause.ZERO),
        plant("clipped to length 0.3", clipped_by_norm(0.3), Cause.FACTOR, Cause.CLIPPED),
    ),
    "2-layer tanh network": (
        plant("mean missing", everywhere(times(8)), Cause.MISSING_MEAN),
        plant("divided by m twice", everywhere(times(1 / 8)), Cause.MEAN_TWICE),
        plant("dW2 in column order", only("W2", column_order), Cause.FLATTENED),
        plant("sign of dW1", only("W1", np.negative), Cause.SIGN),
        plant("L2 term of W1 that the loss leaves out", penalised("W1", 0.02), Cause.L2_EXTRA),
        plant("dW1[2, 4] 0.01 % too large", only("W1", one_entry(2, 4, factor=1.0001)), Cause.ONE_ENTRY),
        plant("buffer that accumulates", remembering(1.0), Cause.ACCUMULATES),
        plant("momentum in place of the gradient", remembering(0.9), Cause.ACCUMULATES),
    ),
    "2-layer sigmoid network": (
        plant("entries clipped", everywhere(clipped), Cause.CLIPPED),
        plant("db1 divided by m twice", only("b1", times(1 / 8)), Cause.MEAN_TWICE),
    ),
    "4-layer relu network": (
        plant("dW2 transposed", only("W2", np.transpose), Cause.TRANSPOSED),
        plant("dW2 and dW3 exchanged", exchanged("W2", "W3"), Cause.EXCHANGED),
        plant("db1 and db2 exchanged", exchanged("b1", "b2"), Cause.EXCHANGED),
        plant("sign of db2", only("b2", np.negative), Cause.SIGN),
    ),
    "4-layer leaky network": (
        plant("db3 doubled", only("b3", times(2)), Cause.DOUBLE),
        plant("dW3[2, 5] 1 % too small", only("W3", one_entry(2, 5, factor=0.99)), Cause.ONE_ENTRY),
    ),
    "8-layer tanh network": (
        plant("dW5 transposed", only("W5", np.transpose), Cause.TRANSPOSED),
        plant("dW1 missing", only("W1", np.zeros_like), Cause.ZERO),
        plant("dW4 divided by m twice", only("W4", times(1 / 8)), Cause.MEAN_TWICE),
        plant("dW7[0, 3] 1 % too large", only("W7", one_entry(0, 3, factor=1.01)), Cause.ONE_ENTRY),
        plant("dW6[4, 3] 0.01 % too small", only("W6", one_entry(4, 3, factor=0.9999)), Cause.ONE_ENTRY),
        plant("db4 back to front", only("b4", reversed_order), Cause.REVERSED),
    ),
    "two-branch blocks": (
        plant("dW1 and dV1 exchanged", exchanged("W1", "V1"), Cause.EXCHANGED),
        plant("dV2 halved", only("V2", times(0.5)), Cause.HALF),
    ),
    "identity skips": (
        plant("sign of db2", only("b2", np.negative), Cause.SIGN),
        plant("dW1 transposed", only("W1", np.transpose), Cause.TRANSPOSED),
        plant("cache of the first call for ever", never_refreshed, Cause.FROZEN),
        plant("buffer that accumulates", remembering(1.0), Cause.ACCUMULATES),
    ),
    "batch norm": (
        plant("dgamma and dbeta exchanged", exchanged("gamma", "beta"), Cause.EXCHANGED),
        plant("dgamma off by one", only("gamma", shifted), Cause.OFF_BY_ONE),
    ),
    "layer norm": (
        plant("mean missing in dV", only("V", times(9)), Cause.MISSING_MEAN),
        plant("dW[2, 4] 1 % too large", only("W", one_entry(2, 4, factor=1.01)), Cause.ONE_ENTRY),
    ),
    "dropout": (plant("divided by m twice", everywhere(times(1 / 9)), Cause.MEAN_TWICE),),
    "convolution": (
        plant("dK1 in column order", only("K1", column_order), Cause.FLATTENED),
        plant("dK2 off by one", only("K2", shifted), Cause.OFF_BY_ONE),
        plant("dK2[4, 2] 1 % too large", only("K2", one_entry(4, 2, factor=1.01)), Cause.ONE_ENTRY),
    ),
    "LSTM": (
        plant("db back to front", only("b", reversed_order), Cause.REVERSED),
        plant("divided by m twice", everywhere(times(1 / 7)), Cause.MEAN_TWICE),
        plant("dU[4, 11] 1 % too large", only("U", one_entry(4, 11, factor=1.01)), Cause.ONE_ENTRY),
    ),
    "attention": (
        plant("dA and dV exchanged", exchanged("A", "V"), Cause.EXCHANGED),
        plant("dV transposed", only("V", np.transpose), Cause.TRANSPOSED),
        plant("rounded to half precision", everywhere(half_precision)),
    ),
    "embedding": (
        plant("sign of dW", only("W", np.negative), Cause.SIGN),
        plant("dE[6, 2] 1 % too large", only("E", one_entry(6, 2, factor=1.01)), Cause.ONE_ENTRY),
        plant("momentum in place of the gradient", remembering(0.9), Cause.ACCUMULATES),
    ),
}
