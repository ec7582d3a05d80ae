"""The verdict: right gradients are correct, wrong ones wrong, and the rest undecided, with a reason."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.check.verdict.gradient import check_gradient
from gradwright.errors import CheckError, ConfigError
from gradwright.nn.layer import Array

Function = Callable[[Any], Any]
SCALES = np.array([1e6] * 5 + [1e-6] * 5)


def problem(name: str, seed: int = 0) -> tuple[Function, Function, Any]:
    """A function, its gradient and a point."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(10)
    a = rng.standard_normal((10, 10))
    match name:
        case "quadratic":
            return lambda x: 0.5 * x @ a @ x, lambda x: 0.5 * (a + a.T) @ x, x
        case "cubic":
            return lambda x: (x**3).sum(), lambda x: 3 * x**2, x
        case "linear":
            return lambda x: (a[0] * x).sum(), lambda _: a[0].copy(), x
        case "constant":
            return lambda _: 3.0, np.zeros_like, x
        case "small beside large":
            return lambda x: np.sin(x * SCALES).sum(), lambda x: np.cos(x * SCALES) * SCALES, x / SCALES
        case "tiny gradient on a huge value":
            return lambda x: 1e10 + np.sin(x).sum(), np.cos, x
        case "one entry":
            return lambda x: np.exp(x[0]), lambda x: np.exp(x), x[:1]
        case "not for complex numbers":
            return lambda x: float(np.abs(np.sin(x) + 2).sum()), np.cos, x
        case "single precision":
            return lambda x: np.sin(x).sum(), np.cos, x.astype(np.float32)
        case "zero dimensions":
            return lambda x: np.sin(x), np.cos, np.array(0.3)
    raise AssertionError(name)


def scaled(grad: Function, factor: float) -> Function:
    return lambda x: grad(x) * factor


NAMES = [
    "quadratic",
    "cubic",
    "linear",
    "constant",
    "small beside large",
    "tiny gradient on a huge value",
    "one entry",
    "not for complex numbers",
    "single precision",
    "zero dimensions",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_right_gradient_is_correct(name: str) -> None:
    for seed in range(5):
        f, grad, x = problem(name, seed)
        report = check_gradient(f, grad, x, seed=seed)
        assert report.verdict == "correct", f"{name}, seed {seed}: {report.reason}"


@pytest.mark.parametrize("error", [1.0, 1e-2, 1e-4, 1e-5])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("constant", "single precision")])
def test_a_wrong_gradient_is_wrong(name: str, error: float) -> None:
    if name == "tiny gradient on a huge value" and error < 1:
        return  # 1e10 + sin x is known to 1e-6: with kinks so hard to rule out, a few per cent are the limit
    for seed in range(3):
        f, grad, x = problem(name, seed)
        report = check_gradient(f, scaled(grad, 1 + error), x, seed=seed)
        assert report.verdict == "wrong", f"{name}, seed {seed}: {report.reason}"


def test_a_wrong_gradient_in_single_precision_is_wrong() -> None:
    f, grad, x = problem("single precision")
    assert check_gradient(f, lambda x: grad(x) * np.float32(1.02), x).verdict == "wrong"


def test_the_search_for_a_cause_in_single_precision_does_not_suspect_the_users_memory() -> None:
    """Its points, rounded to float32, are no longer what was handed over, and nobody wrote to them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((5, 3)).astype(np.float32)
    point = {"W": rng.standard_normal((3, 3)).astype(np.float32), "b": np.ones(3, np.float32)}

    def wrong(p: Any) -> Any:
        slope = 1 - np.tanh(X @ p["W"] + p["b"]) ** 2
        return {"W": X.T @ slope**2, "b": (slope**3).sum(axis=0)}

    report = check_gradient(lambda p: np.tanh(X @ p["W"] + p["b"]).sum(), wrong, point)
    assert (report.verdict, report.notes) == ("wrong", ())


@pytest.mark.parametrize("activation", [gw.Tanh(), gw.ReLU(), gw.GELU(), gw.LeakyReLU(), gw.Sigmoid()])
@pytest.mark.parametrize("seed", range(4))
def test_the_gradient_of_a_network_is_correct_and_a_part_that_is_off_by_1e_4_is_found(
    activation: gw.nn.Layer, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    objective = gw.Objective(gw.mlp(3, 8, 8, 4, activation=activation), gw.SoftmaxCrossEntropy(), gw.L2(1e-3))
    x, y = rng.standard_normal((7, 3)), rng.integers(4, size=7)
    theta = objective.layout.initialize(rng)
    names = objective.layout.named(theta)

    def vector(point: dict[str, Array]) -> Array:
        return np.concatenate([point[name].ravel() for name in names])

    def f(point: dict[str, Array]) -> Any:
        return objective.value(vector(point), x, y)

    def grad(point: dict[str, Array]) -> dict[str, Array]:
        return objective.layout.named(objective.value_and_grad(vector(point), x, y)[1])

    def wrong(point: dict[str, Array]) -> dict[str, Array]:
        return {k: v * (1 + 1e-4 * (k == "2.weight")) for k, v in grad(point).items()}

    assert check_gradient(f, grad, names, seed=seed).verdict == "correct"
    report = check_gradient(f, wrong, names, seed=seed)
    assert (report.verdict, report.location) == ("wrong", "2.weight")
    assert [p.name for p in report.parameters if p.verdict == "wrong"] == ["2.weight"]


def test_the_orders_are_two_and_one() -> None:
    f, grad, x = problem("cubic")
    right = check_gradient(f, grad, x)
    assert right.order is not None
    assert right.first_order is not None
    assert abs(right.order.value - 2) < 0.01
    assert abs(right.first_order.value - 1) < 0.01
    assert right.order.low <= right.order.value <= right.order.high
    wrong = check_gradient(f, lambda x: 1.1 * grad(x), x)
    assert wrong.order is not None
    assert abs(wrong.order.value - 1) < 0.05


@pytest.mark.parametrize(
    ("name", "shape"), [("linear", "linear"), ("quadratic", "quadratic"), ("cubic", "curved")]
)
def test_exactly_linear_and_quadratic_functions_are_recognised(name: str, shape: str) -> None:
    for seed in range(5):
        f, grad, x = problem(name, seed)
        assert check_gradient(f, grad, x, seed=seed).shape == shape


def test_a_kink_at_x_is_avoided_and_told() -> None:
    report = check_gradient(lambda x: np.maximum(x, 0).sum(), lambda x: (x > 0) * 1.0, np.zeros(4))
    assert report.verdict == "correct"
    assert any("x lies on a kink" in note for note in report.notes)


def test_noise_above_the_signal_is_undecided() -> None:
    noise: dict[bytes, float] = {}

    def f(x: Array) -> float:  # deterministic, but as good as random: the same x, the same noise
        key = x.tobytes()
        noise.setdefault(key, np.random.default_rng(abs(hash(key))).standard_normal())
        return float(np.sin(x).sum() + 0.1 * noise[key])

    report = check_gradient(f, np.cos, np.ones(4))
    assert report.verdict == "undecided"
    assert "noise" in report.reason


def centred(x: Any) -> Any:
    """f does not depend on b, as on no bias before a batch normalisation."""
    z = x["a"] + x["b"]
    return np.sin((z - z.mean(axis=0)) * np.arange(1.0, 4.0)).sum()


def centred_gradient(x: Any) -> Any:
    z = x["a"] + x["b"]
    dz = np.cos((z - z.mean(axis=0)) * np.arange(1.0, 4.0)) * np.arange(1.0, 4.0)
    da = dz - dz.mean(axis=0)
    return {"a": da, "b": da.sum(axis=0)}


def centred_point(dtype: Any = np.float64) -> Any:
    rng = np.random.default_rng(0)
    return {"a": rng.standard_normal((7, 3)).astype(dtype), "b": rng.standard_normal(3).astype(dtype)}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_array_that_f_does_not_depend_on_is_correct_where_its_gradient_is_rounding(dtype: Any) -> None:
    report = check_gradient(centred, centred_gradient, centred_point(dtype))
    assert report.verdict == "correct", str(report)
    assert report.notes == ("f does not depend on b, and its gradient is 0 but for rounding",)


@pytest.mark.parametrize("size", [1.0, 1e-3, 1e-6])
def test_an_array_that_f_does_not_depend_on_is_wrong_where_its_gradient_is_more(size: float) -> None:
    report = check_gradient(centred, lambda x: centred_gradient(x) | {"b": np.full(3, size)}, centred_point())
    assert (report.verdict, report.location) == ("wrong", "b"), str(report)


def test_an_array_that_noise_hides_is_not_taken_for_one_that_f_does_not_depend_on() -> None:
    """Its derivative is 1e-8 of the whole, and the noise of f a hundred times that."""
    x = {"a": np.array([1.0, 2.0]), "b": np.array([1.0, 2.0])}

    def f(x: Any) -> Any:
        noise = 1e-6 * np.sin(1e15 * (x["a"].sum() + x["b"].sum()))
        return float(np.sin(x["a"]).sum() + 1e-8 * np.sin(x["b"]).sum() + noise)

    report = check_gradient(f, lambda x: {"a": np.cos(x["a"]), "b": 2e-8 * np.cos(x["b"])}, x)
    assert report.verdict == "undecided", str(report)


def test_a_function_that_is_not_deterministic_is_undecided() -> None:
    rng = np.random.default_rng(0)
    report = check_gradient(lambda x: np.sin(x).sum() + 1e-3 * rng.random(), np.cos, np.ones(3))
    assert report.verdict == "undecided"
    assert "not deterministic" in report.reason


def test_a_function_without_a_neighbourhood_is_undecided() -> None:
    report = check_gradient(lambda x: np.sqrt(-np.abs(x - 1).sum()), lambda x: np.zeros_like(x), np.ones(2))
    assert report.verdict == "undecided"


def test_inputs_that_are_changed_are_noticed_and_do_not_mislead() -> None:
    def f(x: Array) -> float:
        x += 1
        return float(np.sin(x - 1).sum())

    def grad(x: Array) -> Array:
        x *= 2
        return np.cos(x / 2)

    report = check_gradient(f, grad, np.ones(3))
    assert report.verdict == "correct"
    assert any("f changes its input" in note for note in report.notes)
    assert any("gradient function changes its input" in note for note in report.notes)


def test_a_gradient_in_shared_memory_is_noticed() -> None:
    buffer = np.zeros(3)

    def grad(x: Array) -> Array:
        np.cos(x, out=buffer)
        return buffer

    report = check_gradient(lambda x: np.sin(x).sum(), grad, np.ones(3))
    assert report.verdict == "correct"
    assert any("shares memory" in note for note in report.notes)


def test_a_buffer_that_accumulates_is_wrong() -> None:
    buffer = np.zeros(3)

    def grad(x: Array) -> Array:
        nonlocal buffer
        buffer = buffer + np.cos(x)
        return buffer

    report = check_gradient(lambda x: np.sin(x).sum(), grad, np.ones(3))
    assert (report.verdict, report.cause) == ("wrong", "it accumulates from call to call")


def test_a_stale_cache_is_wrong() -> None:
    cache: list[Array] = []

    def f(x: Array) -> float:
        if not cache:
            cache.append(x.copy())
        return float(np.sin(x).sum())

    report = check_gradient(f, lambda _: np.cos(cache[0]), np.linspace(0.1, 1, 5))
    assert (report.verdict, report.cause) == ("wrong", "it does not follow x, as if from a stale cache")


def test_a_gradient_that_holds_something_of_the_call_before_is_wrong() -> None:
    kept: list[Array] = [np.linspace(0.1, 1, 5)]

    def grad(x: Array) -> Array:
        before = kept[0]
        kept[0] = x.copy()
        return np.cos(0.5 * (x + before))

    report = check_gradient(lambda x: np.sin(x).sum(), grad, np.linspace(0.1, 1, 5))
    assert (report.verdict, report.cause) == ("wrong", "it depends on earlier calls")
    assert report.evidence == "after a call elsewhere it gives another gradient at the same x"


def test_momentum_in_place_of_the_gradient_is_wrong() -> None:
    momentum = np.zeros(3)

    def grad(x: Array) -> Array:
        nonlocal momentum
        momentum = 0.9 * momentum + np.cos(x)
        return momentum

    report = check_gradient(lambda x: np.sin(x).sum(), grad, np.ones(3))
    assert report.cause == "it accumulates from call to call"
    assert report.evidence == "the second call at the same x gives 1.9 x the first in x"


def test_a_gradient_that_is_not_deterministic_is_noticed() -> None:
    rng = np.random.default_rng(0)
    report = check_gradient(
        lambda x: np.sin(x).sum(), lambda x: np.cos(x) + 1e-4 * rng.standard_normal(3), np.ones(3)
    )
    assert report.verdict == "wrong"
    assert any("the gradient is not deterministic" in note for note in report.notes)


def test_a_gradient_that_is_right_at_x_alone_is_wrong() -> None:
    x = np.linspace(0.1, 1, 5)

    def grad(at: Array) -> Array:
        return np.cos(x) + 3 * (at - x)

    report = check_gradient(lambda x: np.sin(x).sum(), grad, x)
    assert (report.verdict, report.cause) == ("wrong", "it is right at this x alone")


def test_outside_the_domain_of_f_there_is_no_value_and_no_error() -> None:
    def f(x: Array) -> float:
        if x.min() < 0:
            raise ValueError("math domain error")
        return float(np.sqrt(x).sum())

    assert check_gradient(f, lambda x: 0.5 / np.sqrt(x), np.array([0.01, 2.0])).verdict == "correct"


def test_the_calls_are_counted_and_bounded() -> None:
    calls = 0

    def f(x: Array) -> float:
        nonlocal calls
        calls += 1
        return float((x**3).sum())

    x = np.linspace(0.1, 2, 1000)
    assert check_gradient(f, lambda x: 3 * x**2, x, max_evaluations=1500).evaluations == calls <= 1500
    wrong = check_gradient(f, lambda x: 3.1 * x**2, x, max_evaluations=1500)
    assert (wrong.verdict, wrong.evaluations <= 1500) == (
        "wrong",
        True,
    )  # what looks for the line is not counted


def test_many_arrays_stay_within_what_is_allowed() -> None:
    point = {f"w{i}": np.full(3, 0.1 * (i + 1)) for i in range(40)}

    def f(point: dict[str, Array]) -> float:
        return float(sum(np.sin(w).sum() for w in point.values()))

    report = check_gradient(f, lambda p: {k: -np.cos(w) for k, w in p.items()}, point, max_evaluations=1000)
    assert report.evaluations <= 1000
    assert report.verdict == "wrong"


def test_the_same_seed_gives_the_same_report() -> None:
    f, grad, x = problem("cubic")
    first, again, other = (check_gradient(f, grad, x, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_no_warning_reaches_the_user() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_gradient(lambda x: float(np.log(x).sum()), lambda x: 1 / x, np.array([1e-3, 1.0]))


@pytest.mark.parametrize(
    ("f", "grad", "message"),
    [
        (lambda x: x, lambda x: x, "expected one real number, found float64 of shape"),
        (lambda _: "loss", lambda x: x, "expected one real number, found str"),
    ],
)
def test_functions_that_cannot_be_checked_are_refused(f: Function, grad: Function, message: str) -> None:
    with pytest.raises(CheckError, match=message):
        check_gradient(f, grad, np.ones(3))


def test_too_small_an_allowance_is_refused() -> None:
    with pytest.raises(ConfigError, match="max_evaluations: expected at least 1000, found 3"):
        check_gradient(lambda x: x.sum(), np.ones_like, np.ones(3), max_evaluations=3)


@pytest.mark.parametrize("size", [1e100, 1e160, 1e300, -1e308])
def test_a_gradient_too_large_to_square_is_wrong_and_no_overflow_hides_it(size: float) -> None:
    x = np.linspace(1, 2, 5)
    assert check_gradient(lambda x: (x**2).sum(), lambda x: np.full_like(x, size), x).verdict == "wrong"


def test_a_right_gradient_too_large_to_square_is_correct() -> None:
    x = np.linspace(1, 2, 5)
    report = check_gradient(lambda x: 1e250 * (x**2).sum(), lambda x: 2e250 * x, x)
    assert report.verdict == "correct"
    assert any("divided by" in note for note in report.notes)
