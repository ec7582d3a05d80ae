"""What runs a network: the compiled engine, the NumPy reference, and the choice between them."""

from gradwright.engine.choose import (
    Engine,
    EngineName,
    PrecisionName,
    at_best_precision,
    choose_engine,
    reference_engine,
)
from gradwright.engine.metrics import Metrics
from gradwright.engine.task import Epoch, OnStep, Precision, Rows, State, Task, always, steps_per_epoch

__all__ = [
    "Engine",
    "EngineName",
    "Epoch",
    "Metrics",
    "OnStep",
    "Precision",
    "PrecisionName",
    "Rows",
    "State",
    "Task",
    "always",
    "at_best_precision",
    "choose_engine",
    "reference_engine",
    "steps_per_epoch",
]
