"""The bug lab: how well gradwright and the public checkers find faults planted in right gradients."""

from gradwright.check.lab.result import LabResult
from gradwright.check.lab.run import run_lab

__all__ = ["LabResult", "run_lab"]
