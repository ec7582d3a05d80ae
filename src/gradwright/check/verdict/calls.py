"""How a gradient function behaves when it is called: before any derivative is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.causes import Cause, Explanation
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.trees import Tree

SAME = 1e-6  # relative: two calls that differ by less differ by rounding, as threads may make it


@dataclass
class GradientCalls:
    """The gradient function, counted, guarded, and always called right after f at the same point."""

    grad: Callable[[Any], Any]
    probe: Probe
    tree: Tree
    evaluations: int = 0
    notes: list[str] = field(default_factory=list)

    def at(self, x: Array) -> Array:
        """The gradient at ``x`` as a vector; f is called there first, as code with a cache expects."""
        return self._call(x)[0]

    def examine(self, elsewhere: Array) -> tuple[Array, Array, Explanation | None]:
        """The gradients at x and ``elsewhere``, and what is wrong with the way in which they are given."""
        x = self.probe.x
        first, given = self._call(x)
        second, _ = self._call(x)
        other, _ = self._call(elsewhere)
        if not np.array_equal(self.tree.pack_gradient(given) * self.probe.unit, first):
            self.notes.append(
                "the gradient shares memory with something that a later call changes: it was copied"
            )
        third, _ = self._call(x)
        if _same(second, first) and _same(third, first):
            return first, other, None
        for leaf in self.tree.leaves:
            once, twice = first[leaf.places], second[leaf.places]
            ratio = float(once @ twice / (once @ once)) if once.any() else 0.0
            grows = np.linalg.norm(third[leaf.places]) > (1 + SAME) * np.linalg.norm(twice)
            if ratio > 1 + SAME and _same(twice, ratio * once) and grows:
                evidence = f"the second call at the same x gives {ratio:.4g} x the first in {leaf.name}"
                return first, other, Explanation(Cause.ACCUMULATES, evidence)
        self._call(elsewhere)
        if _same(self._call(x)[0], third):  # another answer than before, but always the same one
            evidence = "after a call elsewhere it gives another gradient at the same x"
            return first, other, Explanation(Cause.STALE_CACHE, evidence)
        difference = float(np.abs(second - first).max())
        self.notes.append(
            f"the gradient is not deterministic: at the same x its entries differ by {difference:.1e}"
        )
        return first, other, None

    def _call(self, x: Array) -> tuple[Array, Any]:
        """The gradient as a copied vector, and the object that was given."""
        self.evaluations += 1
        self.probe.value_at(x)
        point, _ = self.tree.unpack(x)
        with np.errstate(all="ignore"):
            given = self.grad(point)
        vector = self.tree.pack_gradient(given) * self.probe.unit
        note = "the gradient function changes its input: every call was given a copy"
        if not np.array_equal(self.tree.pack(point), x) and note not in self.notes:
            self.notes.append(note)
        return vector, given


def _same(a: Array, b: Array) -> bool:
    return bool(np.abs(a - b).max() <= SAME * max(np.abs(a).max(), np.abs(b).max()))
