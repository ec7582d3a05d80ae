"""Gradients of another shape than their array: what would make them right, and whether the numbers are.

A bias gradient with ``keepdims`` is (1, n) for (n,); one that is not summed over the samples is (N, n); a
transposed one is (n, m) for (m, n). Each is made to fit, so that its numbers can be judged, and the verdict
is *wrong* whatever they are: an update ``b -= rate * db`` would broadcast, or raise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.conventions.form import by_leaf
from gradwright.check.points import Array, Leaf, Tree
from gradwright.check.present.report import GradientReport


class Misfit(NamedTuple):
    """The gradient of one array in another shape, and how it was made to fit; None where it could not be."""

    leaf: Leaf
    found: tuple[int, ...]
    remedy: str | None

    @property
    def told(self) -> str:
        """What is wrong with it, where its numbers are right."""
        return f"{self.leaf.name} has the shape {self.found}, and agrees with f's once {self.remedy}"


@dataclass
class Fitted:
    """A claimed gradient in the form and the shapes of its point; it remembers what did not fit."""

    grad: Callable[[Any], Any]
    tree: Tree
    misfits: dict[str, Misfit] = field(default_factory=dict)

    def __call__(self, point: Any) -> dict[str, Any]:
        """The gradient by the names of the leaves."""
        found = by_leaf(self.grad(point), self.tree)
        for leaf in self.tree.leaves:
            if leaf.name in found:
                found[leaf.name] = self._fit(leaf, np.asarray(found[leaf.name]))
        return found

    def judged(self, report: GradientReport) -> GradientReport:
        """``report``, and *wrong* with its cause where a shape did not fit."""
        if not self.misfits:
            return report
        misfits = tuple(self.misfits.values())
        shapes = " and ".join(f"{each.found} for {each.leaf.shape}" for each in misfits)
        cause = f"wrong shape {shapes}"
        unmended = [each.leaf.name for each in misfits if each.remedy is None]
        mended = ", ".join(f"{each.leaf.name} once {each.remedy}" for each in misfits if each.remedy)
        if unmended:
            evidence = f"{', '.join(unmended)}: no transposing, reshaping or summing makes it fit"
        elif report.verdict == "correct":
            cause += "; the numbers are right"
            evidence = ", and ".join(each.told for each in misfits)
        else:
            cause = f"{report.cause or report.reason}; and {cause}, the shape is right for {mended}"
            evidence = report.evidence or ""
        return replace(
            report,
            verdict="wrong",
            reason=_told(report, mended),
            cause=cause,
            evidence=evidence or None,
            location=report.location or misfits[0].leaf.name,
            parameters=tuple(
                each._replace(verdict="wrong") if each.name in self.misfits else each
                for each in report.parameters
            ),
        )

    def _fit(self, leaf: Leaf, array: Array) -> Array:
        """``array`` in the shape of the leaf; zeros where nothing makes it fit."""
        if array.shape == leaf.shape or array.dtype.kind not in "fiu":  # what is no number is told elsewhere
            return array
        fitted, remedy = _mended(leaf, array)
        self.misfits.setdefault(leaf.name, Misfit(leaf, array.shape, remedy))
        return fitted


def _told(report: GradientReport, mended: str) -> str:
    return report.reason if report.verdict == "wrong" else f"{mended or 'otherwise'}, {report.reason}"


def _mended(leaf: Leaf, array: Array) -> tuple[Array, str | None]:
    """The array made to fit, and how."""
    shape, extra = leaf.shape, array.ndim - len(leaf.shape)
    if _without_ones(array.shape) == _without_ones(shape):
        keepdims = {1: " (keepdims=False in its sum)", -1: " (keepdims=True in its sum)"}.get(extra, "")
        return array.reshape(shape), f"reshaped to {shape}{keepdims}"
    if array.T.shape == shape:
        return array.T, "transposed"
    if array.size == math.prod(shape):
        return array.reshape(shape), f"reshaped to {shape}"
    if extra > 0 and array.shape[extra:] == shape:
        return array.sum(axis=tuple(range(extra))), f"summed over {_axes(range(extra))}"
    if extra == 0 and all(n in (1, m) for n, m in zip(shape, array.shape, strict=True)):
        axes = [i for i, (n, m) in enumerate(zip(shape, array.shape, strict=True)) if n != m]
        return array.sum(axis=tuple(axes), keepdims=True), f"summed over {_axes(axes)} with keepdims=True"
    return np.zeros(shape), None


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(n for n in shape if n != 1)


def _axes(axes: Sequence[int]) -> str:
    return f"axis {axes[0]}" if len(axes) == 1 else f"the axes {', '.join(map(str, axes))}"
