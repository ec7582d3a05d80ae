"""Many runs: a space of configs, searched, carried out and recorded."""

from gradwright.studies.create import create_study
from gradwright.studies.plan import Plan, plan_of, read_plan, read_settings
from gradwright.studies.ranking import ranking
from gradwright.studies.record import RunRecord, run_id
from gradwright.studies.store import Study
from gradwright.studies.sweep import Sweep, sweep

__all__ = [
    "Plan",
    "RunRecord",
    "Study",
    "Sweep",
    "create_study",
    "plan_of",
    "ranking",
    "read_plan",
    "read_settings",
    "run_id",
    "sweep",
]
