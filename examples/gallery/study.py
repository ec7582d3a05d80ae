"""
Which learning rate, and how sure is that?
==========================================

A study trains each setting from several seeds. What its records allow to say is an interval for each, and
which of them can be told from the best.
"""

import tempfile
from pathlib import Path

from gradwright.show.study_page import figure_of
from gradwright.studies import create_study, sweep
from gradwright.studies.compare import compare

settings = {
    "repeats": 4,
    "base": {
        "name": "rates",
        "epochs": 8,
        "data": {"name": "swiss-roll"},
        "network": {"kind": "mlp", "widths": [2, 16, 2]},
    },
    "space": {"learning_rate": [0.01, 0.03, 0.1, 0.3, 1.0], "optimizer": ["SGD", "Adam"]},
}
study = create_study(Path(tempfile.mkdtemp()) / "rates", settings)
sweep(study)
comparison = compare(study.records())

# %%
# A point for each seed, the mean, and its interval; what cannot be told from the best is said beside it.

figure = figure_of(comparison, "ranking")
