"""What might cure a training: for each setting that is not as usual, and a short list of what often helps.

A proposal names the cause that it would speak for. One that leads *back* to what is usual is the likelier
cause than one that leads away from it: it is tried first, named first among equals, and a smaller gain is
enough for it. Nothing here is believed before it was trained.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from gradwright.data import Dataset
from gradwright.diagnosis.proposals.case import Case, Proposal
from gradwright.diagnosis.proposals.of_data import of_data, of_target
from gradwright.diagnosis.proposals.of_descent import of_batches, of_descent, of_length, of_rates
from gradwright.diagnosis.proposals.of_network import of_activations, of_regularisation, of_size
from gradwright.diagnosis.proposals.of_start import of_start
from gradwright.training import RunConfig


def proposals(config: RunConfig, data: Dataset, found: Collection[str]) -> list[Proposal]:
    """All that is worth a trial, in the order of the trials: what leads back before what leads away."""
    case = Case(config, data, frozenset(found))
    every = [
        *of_data(case),
        *of_target(case),
        *of_start(case),
        *of_activations(case),
        *of_descent(case),
        *of_rates(case),
        *of_batches(case),
        *of_regularisation(case),
        *of_size(case),
        *of_length(case),
    ]
    # a setting that was found to be odd is one; a curve that turns is ordinary, and says nothing of it
    odd = case.found - {"overfitting"}
    seen = [replace(each, back=each.back or each.kind in odd) for each in every]
    return sorted(seen, key=lambda each: not each.back)  # a stable sort
