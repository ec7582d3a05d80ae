"""Many runs: a space of configs, searched, carried out and recorded."""

from gradwright.lab.create import create_study
from gradwright.lab.plan import Plan, plan_of, read_plan, read_settings
from gradwright.lab.ranking import ranking
from gradwright.lab.record import RunRecord, run_id
from gradwright.lab.store import Study
from gradwright.lab.sweep import Sweep, sweep

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
