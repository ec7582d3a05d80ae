"""What a model is beside its arrays, as JSON for the metadata of a file, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from gradwright.data import Affine, Labels
from gradwright.errors import DataError, GradwrightError, RecordError
from gradwright.fields import Count
from gradwright.inputs import parse_table
from gradwright.interchange.model import Answers, Model
from gradwright.nn import (
    BinaryCrossEntropy,
    Hinge,
    Loss,
    MeanSquaredError,
    ParameterLayout,
    Poisson,
    SoftmaxCrossEntropy,
    network_from_json,
    network_to_json,
)
from gradwright.nn.layer import Array
from gradwright.strict import Strict, made_of
from gradwright.training.target import Target

KEY = "gradwright_model"  # of the metadata
VERSION = 1
WHAT = "what a model of gradwright's is"
MOST_COLUMNS = 2**24
LOSSES: dict[Answers, Loss] = {  # which say what an output stands for
    "one of k": SoftmaxCrossEntropy(),
    "scores": Hinge(),
    "yes or no": BinaryCrossEntropy(),
    "rates": Poisson(),
    "numbers": MeanSquaredError(),
}


class _Affine(Strict):
    """(x - shift) * scale, with a number or a list of them for each."""

    shift: float | list[float]
    scale: float | list[float]

    @property
    def map(self) -> Affine:
        parts = (self.shift, self.scale)
        return Affine(*(np.array(part) if isinstance(part, list) else part for part in parts))


class _About(Strict):
    """The table."""

    version: int
    network: str
    in_features: Count
    answers: Answers
    labels: list[bool] | list[int] | list[str] | None
    flat: bool
    targets: _Affine
    features: _Affine
    feature_names: list[str]


def to_about(model: Model) -> str:
    """A model without its parameters as JSON."""
    return json.dumps(
        {
            "version": VERSION,
            "network": network_to_json(model.network),
            "in_features": model.in_features,
            "answers": model.answers,
            "labels": list(model.classes) or None,
            "flat": model.target.flat,
            "targets": _plain(model.target.affine),
            "features": _plain(model.features),
            "feature_names": list(model.feature_names),
        }
    )


def from_about(text: str, arrays: Mapping[str, Array], where: str) -> Model:
    """The model of that JSON and the arrays by name.

    Raises ``RecordError``, which begins with ``where``, for JSON that does not describe one, is of another
    version, or asks for other arrays.
    """
    table = parse_table(text, where, RecordError, WHAT)
    if table.get("version") != VERSION:
        raise RecordError(f"{where}: expected a model of version {VERSION}, found {table.get('version')!r}")
    about = made_of(_About, table, where, WHAT)
    if about.in_features > MOST_COLUMNS:
        raise RecordError(f"{where}: expected at most {MOST_COLUMNS:,} columns, found {about.in_features:,}")
    kinds = sorted({array.dtype.name for array in arrays.values()})
    if len(kinds) > 1 or not {*kinds} <= {"float32", "float64"}:
        raise RecordError(f"{where}: expected arrays of float32 or float64, found {', '.join(kinds)}")
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise RecordError(f"{where}: expected finite numbers, found others in {name}")
    try:
        network = network_from_json(about.network, "network")
        layout = ParameterLayout.of(network)
        return Model(
            network=network,
            theta=layout.from_named(arrays, *kinds),
            in_features=about.in_features,
            loss=LOSSES[about.answers],
            target=Target(_labels(about), about.targets.map, about.flat),
            features=about.features.map,
            feature_names=tuple(about.feature_names),
        )
    except GradwrightError as error:
        raise RecordError(f"{where}: expected {WHAT}, found: {error}") from None


def _labels(about: _About) -> Labels | None:
    labels = None if about.labels is None else Labels.listed(about.labels)
    if labels is not None and about.answers in ("rates", "numbers"):
        raise DataError("labels of a model that answers with numbers")
    return labels


def _plain(affine: Affine) -> dict[str, Any]:
    return {"shift": np.asarray(affine.shift).tolist(), "scale": np.asarray(affine.scale).tolist()}
