"""Doctors of trainings, on injected faults and on sound trainings: who finds, names and cures what."""

from gradwright.bench.doctor.compare import compare_doctors
from gradwright.bench.doctor.record import Judged
from gradwright.bench.doctor.scores import tables_of

__all__ = ["Judged", "compare_doctors", "tables_of"]
