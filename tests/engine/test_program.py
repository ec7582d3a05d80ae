"""The words of the compiled engine and ours are the same."""

from __future__ import annotations

from enum import Enum
from typing import get_args

import pytest

from gradwright.engine import Precision, variants
from gradwright.engine.plan import Step
from gradwright.engine.program import KINDS, Family
from gradwright.engine.updates import numbers_of
from gradwright.engine.vocabulary import Activation, LossKind, PartKind, PenaltyKind
from gradwright.optim import SGD, Adam, AdamW, Optimizer, RMSProp

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

OPTIMIZERS: list[Optimizer] = [
    SGD(),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True),
    Adam(),
    AdamW(),
    RMSProp(),
]
STEPS = len(get_args(Step))  # the first of all kinds
WORDS: dict[str, list[str]] = {
    "Activation": [word.name.lower() for word in Activation],
    "LossKind": [word.name.lower() for word in LossKind],
    "PenaltyKind": [word.name.lower() for word in PenaltyKind],
    "PartKind": [word.name.lower() for word in PartKind],
    "StepKind": list(KINDS.values())[:STEPS],
    "BackwardKind": list(KINDS.values())[STEPS:],
    "OptimizerKind": [numbers_of(optimizer, None, None)[0] for optimizer in OPTIMIZERS],
    "Precision": list(get_args(Precision)),
    "Family": list(get_args(Family)),
}


@pytest.mark.parametrize("variant", variants.supported() or ("none",))
def test_every_variant_knows_our_words_and_no_others(variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variants.VARIABLE, variant)
    engine = variants.module()
    compiled = {
        name: kind for name, kind in vars(engine).items() if isinstance(kind, type) and issubclass(kind, Enum)
    }
    assert {name: [word.name for word in kind] for name, kind in compiled.items()} == WORDS
