"""Many runs: a space of configs, searched, carried out and recorded."""

from gradwright.studies.configurations import ranking
from gradwright.studies.create import create_study
from gradwright.studies.plan import Plan, plan_of, read_plan
from gradwright.studies.store import Study
from gradwright.studies.sweep import Sweep, sweep
from gradwright.training.record import RunRecord, run_id

__all__ = [
    "Plan",
    "RunRecord",
    "Study",
    "Sweep",
    "create_study",
    "plan_of",
    "ranking",
    "read_plan",
    "run_id",
    "sweep",
]
