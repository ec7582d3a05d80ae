"""A plan as the compiled engine takes it: its own structs, field by field."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from types import ModuleType
from typing import Any, Literal, TypeAlias

from gradwright.engine.backward import with_backward
from gradwright.engine.lower import lower
from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    BackwardStep,
    BatchNormStep,
    ColumnPart,
    ColumnsStep,
    DeltaPlace,
    DropoutStep,
    InputProduct,
    LayerNormStep,
    LinearStep,
    MixStep,
    ParameterProduct,
    PassOn,
    Plan,
    ScaleStep,
    Step,
    StepBack,
)
from gradwright.errors import ConfigError
from gradwright.nn import Objective

# The kernels that do the products: for narrow layers, for wide ones, and plain ones to compare with in tests
Family: TypeAlias = Literal["lanes", "panels", "plain"]

KINDS: dict[type[Step | BackwardStep], str] = {
    LinearStep: "linear",
    ActivationStep: "activation",
    AddStep: "add",
    DropoutStep: "dropout",
    LayerNormStep: "layer_norm",
    BatchNormStep: "batch_norm",
    ScaleStep: "scale",
    MixStep: "mix",
    ColumnsStep: "columns",
    PassOn: "pass_on",
    InputProduct: "input_product",
    ParameterProduct: "parameter_product",
    StepBack: "step_back",
}
NOWHERE = DeltaPlace(block=NONE, column=0)  # of a delta that nobody needs


@lru_cache(maxsize=64)
def compiled(
    objective: Objective, engine: ModuleType, dtype: str, family: Family | None = None
) -> dict[str, Any]:
    """The program of an objective and the family of its kernels, the best one unless it is given.

    Raises ``ConfigError`` for what a plan has no words for, as ``lower`` does, and for widths that no kernel
    serves.
    """
    plan = lower(objective)
    if family is None:
        family = "lanes" if max(plan.widths) <= engine.widest_for_lanes else "panels"
    if family == "lanes":
        model = engine.Model32 if dtype == "float32" else engine.Model64
        plan = with_backward(plan, model.columns_for_lanes)
    try:
        return {"program": program_of(plan, engine), "family": engine.Family[family]}
    except ValueError as error:
        raise ConfigError(f"network: {error}, for the compiled engine") from None


@lru_cache(maxsize=64)
def output_width(objective: Objective) -> int:
    """The numbers that a plan of the objective answers for each row."""
    plan = lower(objective)
    return plan.widths[plan.output]


def program_of(plan: Plan, engine: ModuleType) -> Any:
    """A plan as a program of the compiled ``engine``.

    Raises ``ValueError`` or ``TypeError`` where the engine refuses it.
    """
    return engine.Program(
        widths=[int(width) for width in plan.widths],
        steps=[_step(step, engine.Step, engine.StepKind, engine) for step in plan.steps],
        backward=[_step(step, engine.BackwardStep, engine.BackwardKind, engine) for step in plan.backward],
        deltas=[engine.DeltaPlace(**vars(place or NOWHERE)) for place in plan.deltas],
        output=plan.output,
        size=plan.size,
        loss=_word(plan.loss, engine.LossKind),
        loss_parameter=plan.loss_parameter,
        penalty=_word(plan.penalty, engine.PenaltyKind),
        penalty_factor=plan.penalty_factor,
    )


def _step(step: Step | BackwardStep, struct: Any, kinds: Any, engine: ModuleType) -> Any:
    """A step as the engine's ``struct``, whose fields have the same names; but it has two widths."""
    fields = {"kind": kinds[KINDS[type(step)]], **vars(step)}
    if "activation" in fields:
        fields["activation"] = _word(fields["activation"], engine.Activation)
    if "parts" in fields:
        fields["parts"] = [_part(part, engine) for part in fields["parts"]]
    if "width" in fields:
        fields["inputs"] = fields["outputs"] = fields.pop("width")
    return struct(**fields)


def _part(part: ColumnPart, engine: ModuleType) -> Any:
    fields = {**vars(part), "kind": _word(part.kind, engine.PartKind), "columns": list(part.columns)}
    return engine.ColumnPart(**fields)


def _word(word: Enum, words: Any) -> Any:
    return words[word.name.lower()]
