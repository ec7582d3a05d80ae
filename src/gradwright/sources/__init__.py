"""The five source reports as experiments, done as written and corrected; and the auditor of their tables."""

from gradwright.sources.audit import Contradiction, audit
from gradwright.sources.claims import Claims, read_claims
from gradwright.sources.experiment import Experiment, Finding, Line, Reproduction, Setting
from gradwright.sources.reproduce import experiments, reproduce, select

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
