"""Compiled models of plans written out field by field, and data for them: what the door is tried with."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.engine import variants

STEP: dict[str, Any] = {
    "kind": "linear",
    "source": 0,
    "addend": -1,
    "target": 1,
    "inputs": 3,
    "outputs": 2,
    "activation": "none",
    "slope": 0.0,
    "weight": 0,
    "bias": 6,
}
LEARN: dict[str, Any] = {"kind": "parameter_product", "first": 0, "last": 1}
PLAN: dict[str, Any] = {
    "widths": [3, 2],
    "steps": [STEP],
    "backward": [LEARN],
    "deltas": [(-1, 0), (0, 0)],
    "output": 1,
    "size": 8,
    "loss": "softmax_cross_entropy",
    "loss_parameter": 0.0,
    "penalty": "none",
    "penalty_factor": 0.0,
}
MODEL: dict[str, Any] = {
    "family": "lanes",
    "batch_size": 4,
    "threads": 1,
    "precision": "float32",
    "variant": "baseline",
}
REFUSED = (ValueError, TypeError, KeyError)  # KeyError: a word that an enum does not have


def model(**changes: Any) -> Any:
    """A compiled model of ``PLAN`` and ``MODEL`` with some of their fields changed."""
    engine = variants.module()
    plan = {name: changes.get(name, value) for name, value in PLAN.items()}
    rest = {name: changes.get(name, value) for name, value in MODEL.items()}
    plan |= {
        "steps": [engine.Step(**words(step, engine.StepKind)) for step in plan["steps"]],
        "backward": [engine.BackwardStep(**words(step, engine.BackwardKind)) for step in plan["backward"]],
        "deltas": [engine.DeltaPlace(block=block, column=column) for block, column in plan["deltas"]],
        "loss": engine.LossKind[plan["loss"]],
        "penalty": engine.PenaltyKind[plan["penalty"]],
    }
    rest |= {"family": engine.Family[rest["family"]], "precision": engine.Precision[rest["precision"]]}
    return engine.Model64(program=engine.Program(**plan), **rest)


def words(step: dict[str, Any], kinds: Any) -> dict[str, Any]:
    engine = variants.module()
    made = {
        **step,
        "kind": kinds[step["kind"]],
        "activation": engine.Activation[step.get("activation", "none")],
    }
    if "parts" in step:
        made["parts"] = [
            engine.ColumnPart(**{**part, "kind": engine.PartKind[part["kind"]]}) for part in step["parts"]
        ]
    return made


def one_step(**changes: Any) -> dict[str, Any]:
    return {"steps": [{**STEP, **changes}]}


def data(**changes: Any) -> tuple[Any, ...]:
    arrays = {
        "x": np.ones((5, 3)),
        "shift": None,
        "scale": None,
        "labels": np.zeros(5, np.int64),
        "values": None,
        "weights": None,
    }
    return tuple({**arrays, **changes}.values())


def one_to_one(kind: str, activation: str, **changes: Any) -> dict[str, Any]:
    """A plan of one step that keeps the width, without parameters."""
    step = {"kind": kind, "activation": activation, "outputs": 3, "bias": -1, **changes}
    return {"widths": [3, 3], "backward": [], "size": 0, **one_step(**step)}


def norm(kind: str, **changes: Any) -> dict[str, Any]:
    """A plan of one norm of three columns, gamma and beta alone; sound for a layer norm."""
    plan = {
        name: changes.pop(name, value)
        for name, value in (("backward", [{"kind": "step_back", "first": 0}]), ("size", 6))
    }
    step = {"gamma": 0, "beta": 3, "epsilon": 1e-5, **changes}
    return {**one_to_one(kind, "none", **step), **plan}


def factors(kind: str, activation: str = "none", **changes: Any) -> dict[str, Any]:
    """A plan of one scale of three columns, or of one mix; sound for the activation that its kind has."""
    plan = {
        name: changes.pop(name, value)
        for name, value in (("backward", [{"kind": "step_back", "first": 0}]), ("size", 3))
    }
    return {**one_to_one(kind, activation, **{"gamma": 0, **changes}), **plan}


WAVES: dict[str, int] = {"weight": 0, "frequency": 0, "phase": 3, "bias": 6}


def columns(*parts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan of columns alone: sound for a part that is a copy of three columns, where nothing is changed."""
    plan = {
        name: changes.pop(name, value)
        for name, value in (("backward", [{"kind": "step_back", "first": 0}]), ("size", 0))
    }
    whole = [{"kind": "copy", "columns": [0, 1, 2], "first": 0, "each": 1, **part} for part in parts]
    return {**one_to_one("columns", "none", parts=whole, **changes), **plan}


def two_steps(first: dict[str, Any], second: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A plan 3 -> 2 -> 2 of two linear steps; sound, where nothing is changed."""
    behind = {"source": 1, "target": 2, "inputs": 2, "weight": 8, "bias": 12}
    return {
        "widths": [3, 2, 2],
        "steps": [{**STEP, **first}, {**STEP, **behind, **second}],
        "backward": BACK,
        "deltas": [(-1, 0), (0, 0), (1, 0)],
        "output": 2,
        "size": 14,
        **changes,
    }


def product(first: int, last: int, accumulate: bool = False) -> dict[str, Any]:
    return {"kind": "input_product", "first": first, "last": last, "accumulate": accumulate}


def learn(first: int, last: int) -> dict[str, Any]:
    return {"kind": "parameter_product", "first": first, "last": last}


def pass_on(source: int, target: int, accumulate: bool = False, **rest: Any) -> dict[str, Any]:
    return {"kind": "pass_on", "source": source, "target": target, "accumulate": accumulate, **rest}


BACK = [product(1, 2), learn(1, 2), learn(0, 1)]  # of two_steps
SIDE_BY_SIDE: dict[str, Any] = {  # y1 = x W + b, y2 = x W + b + y1, of one source
    "widths": [3, 2, 2],
    "steps": [STEP, {**STEP, "addend": 1, "target": 2, "weight": 8, "bias": 14}],
    "backward": [pass_on(2, 1), learn(0, 2)],
    "deltas": [(-1, 0), (0, 0), (0, 2)],
    "output": 2,
    "size": 16,
}


def back(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return two_steps({}, {}, backward=list(steps), **changes)
