"""The five source reports as experiments, done as written and corrected."""

from gradwright.reproductions.experiment import Experiment, Finding, Line, Reproduction, Setting
from gradwright.reproductions.reproduce import experiments, reproduce, select

__all__ = [
    "Experiment",
    "Finding",
    "Line",
    "Reproduction",
    "Setting",
    "experiments",
    "reproduce",
    "select",
]
