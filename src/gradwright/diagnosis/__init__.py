"""Diagnosis: what is wrong with a config or its run, why, and the cure that was tried before it is told."""

from gradwright.diagnosis.baselines import Baselines, Level, baselines
from gradwright.diagnosis.causes import Attempt, Cause
from gradwright.diagnosis.changes import Change
from gradwright.diagnosis.diagnose import diagnose, diagnose_run
from gradwright.diagnosis.effects import Effect
from gradwright.diagnosis.examination import Examination
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.histories import diagnose_history
from gradwright.diagnosis.kinds import KINDS, Kind
from gradwright.diagnosis.linear import LinearOptimum, linear_optimum
from gradwright.diagnosis.modules import diagnose_module
from gradwright.diagnosis.page import write_page
from gradwright.diagnosis.report import Cure, Diagnosis

__all__ = [
    "KINDS",
    "Attempt",
    "Baselines",
    "Cause",
    "Change",
    "Cure",
    "Diagnosis",
    "Effect",
    "Examination",
    "Finding",
    "Kind",
    "Level",
    "LinearOptimum",
    "baselines",
    "diagnose",
    "diagnose_history",
    "diagnose_module",
    "diagnose_run",
    "linear_optimum",
    "write_page",
]
