"""The verdict on a gradient: measured along random directions, placed, explained and reported."""

from gradwright.check.verdict.causes import Cause
from gradwright.check.verdict.gradient import check_gradient
from gradwright.check.verdict.report import GradientReport

__all__ = ["Cause", "GradientReport", "check_gradient"]
