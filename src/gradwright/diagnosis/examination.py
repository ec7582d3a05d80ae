"""What was found where nothing can be trained: in curves, or in a module of another library."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gradwright.diagnosis.activations import LayerRow
from gradwright.diagnosis.curves import Curves
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.diagnosis.report import arrays_table, layers_table


@dataclass(frozen=True, eq=False)
class Examination:
    """Findings, and what they were read from. ``str`` prints it, ``to_dict`` gives it as plain data for JSON.

    Args:
        name: of what was looked at.
        findings: what was seen; no cure was tried, so that each is what is so and not yet a sickness.
        curves: the curves of a training, where these were given.
        layers: what each layer puts out and gets back, where there was a module.
        arrays: each parameter array beside its gradient.
    """

    name: str
    findings: tuple[Finding, ...]
    curves: Curves | None = None
    layers: tuple[LayerRow, ...] = ()
    arrays: tuple[ArrayRow, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of what was found, such as ``("still falling",)``."""
        return tuple(dict.fromkeys(finding.kind for finding in self.findings))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "name": self.name,
            "healthy": self.healthy,
            "findings": [asdict(finding) for finding in self.findings],
            "layers": [asdict(row) for row in self.layers],
            "parameters": [asdict(row) for row in self.arrays],
        }

    def __str__(self) -> str:
        parts = [self.name]
        if self.layers:
            parts += [f"Layers\n{layers_table(self.layers)}", f"Parameters\n{arrays_table(self.arrays)}"]
        parts.append("\n".join(map(str, self.findings)) or "Nothing is wrong that can be seen from here.")
        return "\n\n".join(parts)
