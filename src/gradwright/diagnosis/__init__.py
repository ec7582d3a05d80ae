"""Diagnosis: what a config begins with, what its run came to, and against what a loss means something."""

from gradwright.diagnosis.baselines import Baselines, Level, baselines
from gradwright.diagnosis.examine import diagnose, diagnose_run
from gradwright.diagnosis.findings import Finding
from gradwright.diagnosis.linear import LinearOptimum, linear_optimum
from gradwright.diagnosis.report import Diagnosis

__all__ = [
    "Baselines",
    "Diagnosis",
    "Finding",
    "Level",
    "LinearOptimum",
    "baselines",
    "diagnose",
    "diagnose_run",
    "linear_optimum",
]
