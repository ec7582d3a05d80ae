"""What runs a network: the NumPy reference, and the choice of an engine."""

from gradwright.engine.choose import EngineName, choose_engine
from gradwright.engine.metrics import Metrics
from gradwright.engine.reference import evaluate, train_epoch
from gradwright.engine.task import Epoch, OnStep, Rows, State, Task, steps_per_epoch

__all__ = [
    "EngineName",
    "Epoch",
    "Metrics",
    "OnStep",
    "Rows",
    "State",
    "Task",
    "choose_engine",
    "evaluate",
    "steps_per_epoch",
    "train_epoch",
]
