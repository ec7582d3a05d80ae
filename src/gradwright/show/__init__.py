"""Showing runs: tables, figures and a page, from their records alone."""

from gradwright.show.checks import GRADIENT_CHECK, read_check, write_check
from gradwright.show.figures import (
    decision_regions,
    found_rate,
    has_regions,
    learning_curves,
    learning_rate,
    save_figure,
)
from gradwright.show.report import write_report
from gradwright.show.reported import REPORTED, read_reported
from gradwright.show.results import Result, results
from gradwright.show.run_figures import figure_of
from gradwright.show.tables import (
    Reported,
    data_table,
    epochs_table,
    gradients_table,
    invariants_table,
    layers_table,
    results_table,
    splits_table,
    taylor_table,
)

__all__ = [
    "GRADIENT_CHECK",
    "REPORTED",
    "Reported",
    "Result",
    "data_table",
    "decision_regions",
    "epochs_table",
    "figure_of",
    "found_rate",
    "gradients_table",
    "has_regions",
    "invariants_table",
    "layers_table",
    "learning_curves",
    "learning_rate",
    "read_check",
    "read_reported",
    "results",
    "results_table",
    "save_figure",
    "splits_table",
    "taylor_table",
    "write_check",
    "write_report",
]
