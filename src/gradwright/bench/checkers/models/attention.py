"""Bilinear attention: every place of a sequence looks at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Fault, Point
from gradwright.bench.checkers.models.pieces import cross_entropy, cross_entropy_slope, normal, softmax
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

SAMPLES, PLACES, WIDTH, CLASSES = 4, 5, 6, 4


@dataclass(frozen=True, eq=False)
class Attention:
    """H = tanh(X E), P = softmax(H A H' / sqrt(d)), Y = P H V, the mean over places classified by U

    X (m, t, d), E, A and V (d, d), U (d, c); the rows of P (m, t, t) sum to 1.
    """

    point: Point
    X: Array
    labels: Array

    name: ClassVar[str] = "attention"
    faults: ClassVar[tuple[Fault, ...]] = (
        Fault.of("only the diagonal of the softmax's Jacobian", Cause.SOFTMAX_DIAGONAL),
        Fault.of("softmax's Jacobian over the wrong axis"),
        Fault.of("scale forgotten", Cause.FACTOR),
        Fault.of("queries and keys exchanged", Cause.TRANSPOSED),
        Fault.of("nothing through the keys", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
        Fault.of("nothing through the values", Cause.BRANCH_DROPPED, Cause.BRANCH_WRONG),
    )

    @classmethod
    def draw(cls, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Attention:
        square = (WIDTH, WIDTH)
        point = normal(rng, dtype, E=square, A=square, V=square, U=(WIDTH, CLASSES))
        return cls(
            point=point | {"A": (3 * point["A"]).astype(dtype)},  # uneven attention, or no error in it shows
            X=rng.standard_normal((SAMPLES, PLACES, WIDTH)).astype(dtype),
            labels=rng.integers(CLASSES, size=SAMPLES),
        )

    def forward(self, p: Point) -> tuple[Array, Array, Array]:
        """The hidden values, the attention, and the mean of what it gathers."""
        H = np.tanh(self.X @ p["E"])
        P = softmax(H @ p["A"] @ H.swapaxes(1, 2) / WIDTH**0.5)
        return H, P, (P @ H @ p["V"]).mean(axis=1)

    def value(self, p: Point) -> Any:
        return cross_entropy(self.forward(p)[2] @ p["U"], self.labels)

    def gradient(self, p: Point, fault: str = "") -> Point:
        H, P, pooled = self.forward(p)
        delta = cross_entropy_slope(pooled @ p["U"], self.labels)
        dY = np.broadcast_to((delta @ p["U"].T)[:, None] / PLACES, H.shape)
        dP = dY @ (H @ p["V"]).swapaxes(1, 2)

        axis = 1 if fault == "softmax's Jacobian over the wrong axis" else 2
        dS = P * (dP - (P * dP).sum(axis=axis, keepdims=True))
        if fault == "only the diagonal of the softmax's Jacobian":
            dS = P * (1 - P) * dP
        if fault != "scale forgotten":
            dS = dS / WIDTH**0.5

        dA = np.einsum("msi,mst,mtj->ij", H, dS, H)
        by_query = dS @ H @ p["A"].T
        by_key = dS.swapaxes(1, 2) @ H @ p["A"]
        by_value = P.swapaxes(1, 2) @ dY @ p["V"].T
        dH = by_query + by_key + by_value
        if fault == "nothing through the keys":
            dH = by_query + by_value
        if fault == "nothing through the values":
            dH = by_query + by_key
        return {
            "E": np.einsum("mti,mtj->ij", self.X, dH * (1 - H**2)),
            "A": dA.T if fault == "queries and keys exchanged" else dA,
            "V": np.einsum("mti,mtj->ij", P @ H, dY),
            "U": pooled.T @ delta,
        }
