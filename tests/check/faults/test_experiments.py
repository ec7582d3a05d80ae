"""Faults made inside a backward pass are named from outside, and none is named that is not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers.cases import Case, disturbed_cases, planted_cases
from gradwright.check.faults import explain
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.explain import explain_by_experiments
from gradwright.check.points import Array
from gradwright.check.verdict.examine import INTERVENING
from gradwright.check.verdict.gradient import check_gradient
from gradwright.check.verdict.oracle import Oracle

ALLOWANCE = INTERVENING  # evaluations of f, as the check grants them
CASES = {case.name: case for case in planted_cases()}
NAMED = [
    "softmax regression: probabilities minus the next class",
    "softmax regression: only the diagonal of the softmax's Jacobian",
    "softmax regression: the gradient of the squared error",
    "softmax regression: clipped to length 0.3",
    "2-layer sigmoid network: entries clipped",
    *(
        f"{network}: {fault}"
        for network in ("2-layer tanh network", "2-layer sigmoid network", "8-layer tanh network")
        for fault in (
            "activation's derivative missing",
            "activation's derivative at the output",
            "hidden values of the previous step",
            "errors through the updated weight",
        )
    ),
    "2-layer tanh network: activation's derivative of a sigmoid",
    *(
        f"{network}: {fault}"
        for network in ("4-layer relu network", "4-layer leaky network")
        for fault in (
            "activation's derivative missing",
            "mask of the layer below",
            "hidden values of the previous step",
            "hidden values of the layer above",
            "errors through the updated weight",
            "errors through the weight, not its transpose",
            "errors through the weight of the layer below",
        )
    ),
    "4-layer leaky network: leak forgotten",
    "two-branch blocks: linear branch dropped",
    "two-branch blocks: tanh branch dropped",
    "two-branch blocks: mask of the other block",
    "two-branch blocks: tanh's derivative at the output",
    "identity skips: identity dropped",
    "identity skips: body dropped",
    "batch norm: mean and variance held constant",
    "batch norm: variance held constant",
    "batch norm: mean held constant",
    "layer norm: variance held constant",
    "layer norm: mean held constant",
    "dropout: tanh's derivative from the dropped values",
    "convolution: tanh's derivative missing",
    "convolution: channels flattened before places",
    "convolution: windows one place too far",
    "LSTM: sigmoid's derivative at the output",
    "LSTM: input and forget gates exchanged",
    "LSTM: nothing through the forget gate",
    "LSTM: only the last time step",
    "attention: scale forgotten",
    "attention: nothing through the keys",
    "attention: nothing through the values",
]
NAMELESS = [
    "softmax regression: softmax over the samples",
    "softmax regression: samples paired with the errors of the next",
    "batch norm: gamma forgotten on the way back",
    "batch norm: moments over the wrong axis",
    "layer norm: gamma forgotten on the way back",
    "layer norm: moments over the wrong axis",
    "batch norm of raw data: float32 inside",
    "dropout: mask forgotten",
    "convolution: kernel not turned round on the way back",
    "convolution: last place left out",
    "LSTM: time runs the wrong way",
    "attention: softmax's Jacobian over the wrong axis",
    "attention: rounded to half precision",
    "embedding: repeated tokens assigned, not added",
]

Function = Callable[[Any], Any]


def explained(case: Case, allowance: int = ALLOWANCE, **replaced: Any) -> tuple[Explanation | None, int]:
    """The explanation of a case whose place is known, and the evaluations of f that it took.

    ``f``, ``grad`` and ``x`` may be replaced by the same functions in another form.
    """
    f: Function = replaced.get("f", case.model.value)
    grad: Function = replaced.get("grad", case.fresh_gradient())
    oracle = Oracle.of(f, grad, replaced.get("x", case.model.point), 10 * ALLOWANCE)
    wrong = [leaf for leaf in oracle.tree.leaves if leaf.name in case.parameters]
    before = oracle.meter.f
    found = explain_by_experiments(oracle, wrong, allowance)
    return found, oracle.meter.f - before


@pytest.mark.parametrize("name", NAMED)
def test_a_fault_of_the_way_back_is_named(name: str) -> None:
    case = CASES[name]
    found, evaluations = explained(case)
    assert found is not None
    assert case.fault is not None
    assert found.cause in case.fault.causes
    assert any(parameter in found.evidence for parameter in case.model.point)
    assert evaluations <= ALLOWANCE


@pytest.mark.parametrize("name", NAMELESS)
def test_a_fault_without_a_name_gets_none(name: str) -> None:
    found, evaluations = explained(CASES[name])
    assert found is None or found.is_suspicion
    assert evaluations <= ALLOWANCE


@pytest.mark.parametrize("error", [1e-3, 1.0])
def test_a_random_difference_gets_no_name(error: float) -> None:
    for case in disturbed_cases(30, error):
        assert explained(case)[0] is None, case.name


@pytest.mark.parametrize(
    "name",
    [
        "2-layer tanh network: activation's derivative at the output",
        "2-layer tanh network: hidden values of the previous step",
        "4-layer relu network: errors through the weight, not its transpose",
        "softmax regression: the gradient of the squared error",
    ],
)
def test_a_function_that_takes_no_complex_numbers_is_measured_by_real_steps(name: str) -> None:
    case = CASES[name]

    def real_only(p: dict[str, Array]) -> float:
        if any(np.iscomplexobj(array) for array in p.values()):
            raise TypeError("complex")
        return float(case.model.value(p))

    found, evaluations = explained(case, 3 * ALLOWANCE, f=real_only)
    assert found is not None
    assert case.fault is not None
    assert found.cause in case.fault.causes
    assert evaluations <= 3 * ALLOWANCE


@pytest.mark.parametrize(
    "name",
    [
        "4-layer relu network: hidden values of the layer above",
        "4-layer relu network: errors through the updated weight",
        "4-layer leaky network: errors through the weight of the layer below",
        "layer norm: variance held constant",
        "batch norm: mean held constant",
    ],
)
def test_weights_may_be_stored_the_other_way_round(name: str) -> None:
    case = CASES[name]

    def turned(p: dict[str, Array]) -> dict[str, Array]:
        return {key: array.T for key, array in p.items()}

    found, _ = explained(
        case,
        f=lambda p: case.model.value(turned(p)),
        grad=lambda p: turned(case.fresh_gradient()(turned(p))),
        x=turned(case.model.point),
    )
    assert found is not None
    assert case.fault is not None
    assert found.cause in case.fault.causes


def test_the_names_of_modules_tell_the_layers() -> None:
    case = CASES["4-layer relu network: mask of the layer below"]
    names = {
        f"{'weight' if name[0] == 'W' else 'bias'}.{2 * int(name[1]) - 2}": name for name in case.model.point
    }

    def own(p: dict[str, Array]) -> dict[str, Array]:
        return {names[name]: array for name, array in p.items()}

    def grad(p: dict[str, Array]) -> dict[str, Array]:
        g = case.fresh_gradient()(own(p))
        return {name: g[names[name]] for name in p}

    point = {name: case.model.point[names[name]] for name in names}
    oracle = Oracle.of(lambda p: case.model.value(own(p)), grad, point, 10 * ALLOWANCE)
    wrong = [leaf for leaf in oracle.tree.leaves if names[leaf.name] in case.parameters]
    found = explain_by_experiments(oracle, wrong, ALLOWANCE)
    assert found is not None
    assert found.cause == Cause.WRONG_MASK
    assert "bias.4" in found.evidence


def test_biases_may_follow_all_the_weights() -> None:
    case = CASES["8-layer tanh network: activation's derivative missing"]
    names = sorted(case.model.point)  # W1 ... W8 and b1 ... b8 are told apart by their numbers
    found, _ = explained(case, x={name: case.model.point[name] for name in reversed(names)})
    assert found is not None
    assert case.fault is not None
    assert found.cause in case.fault.causes


@pytest.mark.parametrize("allowance", [0, 3, 20])
def test_few_evaluations_are_never_exceeded(allowance: int) -> None:
    _, evaluations = explained(CASES["attention: scale forgotten"], allowance)
    assert evaluations <= allowance + 1  # f before the first look at the gradient


def test_a_function_that_fails_elsewhere_says_nothing() -> None:
    case = CASES["2-layer tanh network: activation's derivative missing"]

    def narrow(p: dict[str, Array]) -> Any:
        if not np.real(p["W1"]).any():
            raise RuntimeError("W1 is 0")
        return case.model.value(p)

    assert explained(case, f=narrow)[0] is None


def test_an_error_of_our_own_is_not_taken_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(explain, "EXPERIMENTS", (broken,))
    with pytest.raises(ZeroDivisionError, match="ours"):
        explained(CASES["attention: scale forgotten"])


def test_a_bias_whose_entries_all_have_one_sign_is_no_error_of_ours() -> None:
    """Drawn signs may leave nothing to compare on one side of 0."""
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((6, 3)), rng.standard_normal((6, 1))
    point = {"W1": rng.standard_normal((3, 2)), "b1": rng.standard_normal(2), "c": rng.standard_normal(2)}

    def f(p: dict[str, Array]) -> Any:
        z = X @ p["W1"] + p["b1"]
        return ((np.where(z > 0, z, 0 * z) @ p["c"][:, None] - Y) ** 2).sum()

    def grad(p: dict[str, Array]) -> dict[str, Array]:
        z = X @ p["W1"] + p["b1"]
        h = np.where(z > 0, z, 0)
        delta = 2 * (h @ p["c"][:, None] - Y)
        dz = delta * p["c"]
        return {"W1": X.T @ (dz * (z > 0)), "b1": (dz * (1 + z**2)).sum(axis=0), "c": (h.T @ delta)[:, 0]}

    assert check_gradient(f, grad, point).verdict == "wrong"


def test_an_answer_of_another_form_at_an_odd_point_says_nothing() -> None:
    case = CASES["2-layer tanh network: activation's derivative missing"]

    def shapeless(p: dict[str, Array]) -> Any:
        return case.fresh_gradient()(p) if np.real(p["W1"]).any() else {}

    assert explained(case, grad=shapeless)[0] is None


def test_the_data_in_place_of_hidden_values_are_not_taken_for_a_stale_cache() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((2, 7, 4))  # 7 rows, all layers 4 wide: the data fit the second weight too
    point = {name: rng.standard_normal((4, 4)) for name in ("W1", "W2")}

    def f(p: dict[str, Array]) -> Any:
        return ((np.tanh(X @ p["W1"]) @ p["W2"] - Y) ** 2).sum()

    def grad(p: dict[str, Array]) -> dict[str, Array]:
        h = np.tanh(X @ p["W1"])
        delta = 2 * (h @ p["W2"] - Y)
        return {"W1": X.T @ (delta @ p["W2"].T * (1 - h**2)), "W2": X.T @ delta}

    oracle = Oracle.of(f, grad, point, 10 * ALLOWANCE)
    assert explain_by_experiments(oracle, oracle.tree.leaves[1:], ALLOWANCE) is None
