"""The package against its peers: the same training by each, timed in one run on one machine."""

from gradwright.bench.speed.cost import Limits, floor
from gradwright.bench.speed.record import Measurement, Record
from gradwright.bench.speed.workloads import WORKLOADS, Workload

__all__ = ["WORKLOADS", "Limits", "Measurement", "Record", "Workload", "floor"]
