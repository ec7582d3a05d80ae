"""The five source reports as experiments, done as written and corrected; and the auditor of their tables."""

from gradwright.reproductions.audit import Contradiction, audit
from gradwright.reproductions.claims import Claims, read_claims
from gradwright.reproductions.experiment import Experiment, Finding, Line, Reproduction, Setting
from gradwright.reproductions.reproduce import experiments, reproduce, select

__all__ = [
    "Claims",
    "Contradiction",
    "Experiment",
    "Finding",
    "Line",
    "Reproduction",
    "Setting",
    "audit",
    "experiments",
    "read_claims",
    "reproduce",
    "select",
]
