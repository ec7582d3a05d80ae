"""JAX's functions of pytrees are judged by the user's names, what a custom_vjp claims included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from gradwright.check.jax import check_function
from gradwright.errors import CheckError, ConfigError
from tests.check.placed import is_placed

jax: Any = pytest.importorskip("jax", reason="needs JAX")
jnp: Any = jax.numpy
PRECISIONS = pytest.mark.parametrize("dtype", ["float64", "float32"])


def draw(*shape: int) -> Any:
    return jnp.asarray(np.random.default_rng(len(shape)).standard_normal(shape), "float32")


class Dense(NamedTuple):
    """One layer, as a pytree of its own."""

    kernel: Any
    bias: Any


PARAMETERS = {"hidden": Dense(draw(5, 8), draw(8)), "out": [draw(8, 3)]}
X, LABELS = draw(10, 5), np.arange(10) % 3


def loss(parameters: Any, x: Any, labels: Any) -> Any:
    z = jnp.tanh(x @ parameters["hidden"].kernel + parameters["hidden"].bias) @ parameters["out"][0]
    return -jax.nn.log_softmax(z)[jnp.arange(len(labels)), labels].mean()


def custom(backward: Callable[[Any, Any, Any], tuple[Any, Any]]) -> Any:
    """tanh(x W), whose derivative is ``backward(x, W, dy)``."""

    def value(x: Any, W: Any) -> Any:
        return jnp.tanh(x @ W)

    function = jax.custom_vjp(value)
    function.defvjp(lambda x, W: (value(x, W), (x, W)), lambda saved, dy: backward(saved[0], saved[1], dy))
    return function


def right(x: Any, W: Any, dy: Any) -> tuple[Any, Any]:
    dz = dy * (1 - jnp.tanh(x @ W) ** 2)
    return dz @ W.T, x.T @ dz


def half(x: Any, W: Any, dy: Any) -> tuple[Any, Any]:
    return right(x, W, dy / 2)


def reversed_sign(x: Any, W: Any, dy: Any) -> tuple[Any, Any]:
    dx, dW = right(x, W, dy)
    return dx, -dW


def transposed(x: Any, W: Any, dy: Any) -> tuple[Any, Any]:
    dx, dW = right(x, W, dy)
    return dx, dW.T


def slipped(x: Any, W: Any, dy: Any) -> tuple[Any, Any]:
    dx, dW = right(x, W, dy)
    return dx, dW.at[2, 3].multiply(1.01)


@PRECISIONS
@pytest.mark.parametrize("wrap", [lambda f: f, jax.jit], ids=["as it is", "jit"])
def test_a_right_function_is_correct(wrap: Any, dtype: Any) -> None:
    report = check_function(wrap(loss), PARAMETERS, X, LABELS, dtype=dtype)
    assert report.verdict == "correct", str(report)
    assert report.notes == (f"checked in {dtype}", "held constant: input 2 (int64)")


def test_leaves_have_the_names_of_their_pytree() -> None:
    report = check_function(loss, PARAMETERS, X, LABELS)
    names = ["input 0.hidden.kernel", "input 0.hidden.bias", "input 0.out[0]", "input 1"]
    assert [p.name for p in report.parameters] == names


@PRECISIONS
def test_a_right_custom_vjp_is_correct(dtype: Any) -> None:
    assert check_function(custom(right), draw(6, 4), draw(4, 4), dtype=dtype).verdict == "correct"


@pytest.mark.parametrize(
    ("backward", "location", "cause"),
    [
        (half, "input 0", "a factor of 2 is missing"),
        (reversed_sign, "input 1", "the sign is reversed"),
        (transposed, "input 1", "transposed"),
        (slipped, "input 1[2, 3]", "one entry is wrong"),
    ],
)
def test_a_fault_in_a_custom_vjp_is_placed_and_named(backward: Any, location: str, cause: str) -> None:
    report = check_function(custom(backward), draw(6, 4), draw(4, 4))
    assert (report.verdict, report.cause) == ("wrong", cause), str(report)
    assert is_placed(report, location), str(report)


def test_a_fault_within_a_network_is_placed_by_the_names_of_its_parameters() -> None:
    dense = custom(reversed_sign)
    report = check_function(
        lambda p, x: dense(x @ p["fc1"], p["fc2"]), {"fc1": draw(5, 4), "fc2": draw(4, 4)}, X
    )
    assert (report.verdict, report.location) == ("wrong", "input 0.fc2"), str(report)


@pytest.mark.parametrize("backward", [half, reversed_sign, transposed])
def test_float32_finds_coarse_faults_too(backward: Any) -> None:
    assert check_function(custom(backward), draw(6, 4), draw(4, 4), dtype="float32").verdict == "wrong"


def test_outputs_of_any_form_are_all_looked_at() -> None:
    dense = custom(half)
    report = check_function(
        lambda x, W: {"flags": x > 0, "both": (jnp.sin(x), dense(x, W))}, draw(6, 4), draw(4, 4)
    )
    assert report.verdict == "wrong"


def test_values_may_decide_the_way_and_kinks_are_stepped_aside_from() -> None:
    report = check_function(lambda x: x**2 if x.sum() > 0 else -x, jnp.array([1.0, 2.0]))
    assert report.verdict == "correct"
    report = check_function(jax.nn.relu, jnp.zeros(3))
    assert (report.verdict, "x lies on a kink" in report.notes[-1]) == ("correct", True)


def test_keys_whole_numbers_and_masks_are_held_constant() -> None:
    key, mask = jax.random.key(0), jnp.array([0.0, -jnp.inf, 0.0])
    report = check_function(
        lambda key, x, mask, n: jax.nn.softmax(n * x + mask) * jax.random.normal(key, x.shape),
        *(key, draw(3), mask, 2),
    )
    assert [p.name for p in report.parameters] == ["input 1"]
    assert report.notes[1] == "held constant: input 0 (key<fry>), input 2 (float32)"


def test_a_function_that_draws_from_elsewhere_is_undecided_and_named_so() -> None:
    noise = np.random.default_rng(0)
    report = check_function(lambda x: x * noise.random(), draw(3))
    assert report.verdict == "undecided"
    assert "not deterministic" in report.reason


@pytest.mark.parametrize("enabled", [False, True])
def test_the_setting_for_64_bits_is_as_it_was(enabled: bool) -> None:
    def fails(x: Any) -> Any:
        assert x.dtype == "float64"
        raise KeyError("no W")

    with jax.enable_x64(enabled):
        check_function(jnp.sin, draw(3))
        with pytest.raises(CheckError):
            check_function(fails, draw(3))
        assert jax.config.jax_enable_x64 is enabled


# What cannot be asked


def test_an_exception_is_told_with_its_line() -> None:
    def raises(*_: Any) -> tuple[Any, Any]:
        raise KeyError("no W")

    with pytest.raises(CheckError, match=r"raised KeyError: .*\n.*in raises\n *raise KeyError"):
        check_function(custom(raises), draw(6, 4), draw(4, 4))


def test_a_gradient_of_another_shape_is_told_in_jaxs_words() -> None:
    with pytest.raises(CheckError, match=r"value raised ValueError: .*shapes do not match"):
        check_function(custom(lambda x, W, _: (x, W[:2])), draw(6, 4), draw(4, 4))


def test_half_precision_is_refused_by_the_name_of_the_leaf() -> None:
    with pytest.raises(ConfigError, match=r"input 0\.W: expected float64 or float32, found bfloat16"):
        check_function(lambda p: p["W"], {"W": jnp.ones(3, "bfloat16")})
    with pytest.raises(ConfigError, match="dtype: expected float64 or float32, found bfloat16"):
        check_function(jnp.sin, draw(3), dtype="bfloat16")  # type: ignore[arg-type]


def test_without_floats_there_is_nothing_to_ask() -> None:
    with pytest.raises(ConfigError, match="expected a floating-point array to differentiate"):
        check_function(jnp.sin, jnp.arange(3))
    with pytest.raises(ConfigError, match="as the output, found bool"):
        check_function(lambda x: x > 0, draw(3))
