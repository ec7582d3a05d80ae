"""The package against its peers: the same training by each, timed in one run on one machine."""

from gradwright.bench.cost import Limits, floor
from gradwright.bench.record import Measurement, Record
from gradwright.bench.workloads import WORKLOADS, Workload

__all__ = ["WORKLOADS", "Limits", "Measurement", "Record", "Workload", "floor"]
