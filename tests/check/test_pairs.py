"""A forward and a backward with a cache between them: each layer of a course in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.check.covectors import UNUSED
from gradwright.errors import CheckError, ConfigError
from tests.check import course_layers as course

RNG = np.random.default_rng(0)  # the seed that everybody takes, and the checker's own default
x, w, b = RNG.standard_normal((4, 3)), RNG.standard_normal((3, 5)), RNG.standard_normal(5)
gamma, beta = RNG.standard_normal(3), RNG.standard_normal(3)
images, filters = RNG.standard_normal((2, 3, 5, 5)), RNG.standard_normal((2, 3, 3, 3))
pooling = {"pool_height": 2, "pool_width": 2, "stride": 2}
training, testing = {"mode": "train"}, {"mode": "test", "running_mean": gamma, "running_var": beta**2}

LAYERS: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "affine": ("affine", {"x": x, "w": w, "b": b}, {"x", "w", "b"}),
    "affine of images": ("affine", {"x": images[:, :, :1, :1], "w": w, "b": b}, {"x", "w", "b"}),
    "relu": ("relu", {"x": x}, {"x"}),
    "batchnorm in training": (
        "batchnorm",
        {"x": x, "gamma": gamma, "beta": beta, "bn_param": training},
        {"x", "gamma", "beta"},
    ),
    "batchnorm in testing": (
        "batchnorm",
        {"x": x, "gamma": gamma, "beta": beta, "bn_param": testing},
        {"x", "gamma", "beta"},
    ),
    "layernorm": (
        "layernorm",
        {"x": x, "gamma": gamma, "beta": beta, "ln_param": {}},
        {"x", "gamma", "beta"},
    ),
    "dropout with a seed": (
        "dropout",
        {"x": x, "dropout_param": {"mode": "train", "p": 0.5, "seed": 1}},
        {"x"},
    ),
    "dropout without": ("dropout", {"x": x, "dropout_param": {"mode": "train", "p": 0.5}}, {"x"}),
    "conv": (
        "conv",
        {"x": images, "w": filters, "b": b[:2], "conv_param": {"stride": 2, "pad": 1}},
        {"x", "w", "b"},
    ),
    "max pool": ("max_pool", {"x": images[:, :, :4, :4], "pool_param": pooling}, {"x"}),
    "spatial batchnorm": (
        "spatial_batchnorm",
        {"x": images, "gamma": gamma, "beta": beta, "bn_param": training},
        {"x", "gamma", "beta"},
    ),
    "a step of two outputs": (
        "lstm_step",
        {"x": x, "prev_h": x[:, :2], "prev_c": x[:, 1:], "w": w[:, :2].repeat(2, axis=0)[:5]},
        {"x", "prev_h", "prev_c", "w"},
    ),
}


def functions(name: str) -> tuple[Any, Any]:
    return getattr(course, f"{name}_forward"), getattr(course, f"{name}_backward")


@pytest.mark.parametrize(("name", "arguments", "varied"), LAYERS.values(), ids=LAYERS)
def test_a_right_layer_is_correct_in_one_line(name: str, arguments: Any, varied: set[str]) -> None:
    report = gw.check_pair(*functions(name), **arguments)
    assert report.verdict == "correct"
    assert {each.name for each in report.parameters} == varied
    assert not [note for note in report.notes if "not checked" in note]


@pytest.mark.parametrize(("name", "arguments", "varied"), LAYERS.values(), ids=LAYERS)
def test_each_of_its_gradients_may_be_the_wrong_one(name: str, arguments: Any, varied: set[str]) -> None:
    forward, backward = functions(name)
    for i, wrong in enumerate(key for key in arguments if key in varied):

        def spoilt(*args: Any, i: int = i) -> Any:
            found = backward(*args)
            found = list(found) if isinstance(found, tuple) else [found]
            found[i] = 1.01 * found[i]
            return tuple(found)

        report = gw.check_pair(forward, spoilt, **arguments)
        assert [each.name for each in report.parameters if each.verdict == "wrong"] == [wrong]
        assert report.location == wrong


def test_the_covector_is_not_the_users_x() -> None:
    """A batch normalisation whose dx is zero is right along x itself: sum_n x_n dx_n = 0 there."""
    x = np.random.default_rng(0).standard_normal((6, 3))
    ones, zeros = np.ones(3), np.zeros(3)

    def no_dx(dout: Any, cache: Any) -> Any:
        return (0 * dout, *course.batchnorm_backward(dout, cache)[1:])

    arguments: dict[str, Any] = {"x": x, "gamma": ones, "beta": zeros, "bn_param": training}
    report = gw.check_pair(course.batchnorm_forward, no_dx, **arguments)
    assert (report.verdict, report.location) == ("wrong", "x")


def test_nothing_of_the_users_is_changed() -> None:
    state = str(np.random.get_state())  # noqa: NPY002
    given: dict[str, Any] = {"mode": "train", "running_mean": np.zeros(3), "running_var": np.ones(3)}
    gw.check_pair(*functions("batchnorm"), x=x, gamma=gamma, beta=beta, bn_param=given)
    gw.check_pair(*functions("dropout"), x=x, dropout_param={"mode": "train", "p": 0.5, "seed": 1})
    assert given["running_mean"].tolist() == [0, 0, 0]
    assert str(np.random.get_state()) == state  # noqa: NPY002


def test_arguments_that_are_named_in_another_order_reach_their_own_places() -> None:
    report = gw.check_pair(*functions("affine"), b=b, w=w, x=x)
    assert (report.verdict, [each.name for each in report.parameters]) == ("correct", ["x", "w", "b"])


def test_arguments_may_have_names_of_ones_own() -> None:
    report = gw.check_pair(*functions("affine"), pixels=x, W1=w, b1=b)
    assert [each.name for each in report.parameters] == ["pixels", "W1", "b1"]


@pytest.mark.parametrize(
    "form",
    [
        lambda dx, dw, db: {"x": dx, "w": dw, "b": db},
        lambda dx, dw, db: {"db": db, "dw": dw, "dx": dx},
        lambda dx, dw, db: [dx, dw, db],
    ],
)
def test_gradients_may_come_in_a_table_or_a_list(form: Any) -> None:
    forward, backward = functions("affine")
    report = gw.check_pair(forward, lambda dout, cache: form(*backward(dout, cache)), x=x, w=w, b=b)
    assert report.verdict == "correct"
    assert len(report.parameters) == 3


@pytest.mark.parametrize("fewer", [lambda dx, dw, _: (dx, dw), lambda dx, dw, _: (dx, dw, None)])
def test_a_gradient_that_is_not_returned_is_said_not_to_be_checked(fewer: Any) -> None:
    forward, backward = functions("affine")
    report = gw.check_pair(forward, lambda dout, cache: fewer(*backward(dout, cache)), x=x, w=w, b=b)
    assert [each.name for each in report.parameters] == ["x", "w"]
    assert any(note.startswith("not checked: b") for note in report.notes)


def test_a_gradient_for_what_is_held_is_passed_over() -> None:
    forward, backward = functions("conv")
    arguments: dict[str, Any] = {"x": images, "w": filters, "b": b[:2], "conv_param": {"stride": 1, "pad": 0}}
    report = gw.check_pair(forward, lambda *args: (*backward(*args), None), **arguments)
    assert len(report.parameters) == 3


def test_a_pair_without_a_cache() -> None:
    def tanh_backward(dout: Any, x: Any) -> Any:
        return dout * (1 - np.tanh(x) ** 2)

    assert gw.check_pair(np.tanh, tanh_backward, x=x).verdict == "correct"
    assert gw.check_pair(lambda x: 3 * x, lambda dout: 3 * dout, x=x).verdict == "correct"


def test_a_loss_that_does_not_use_its_dout_is_right_as_the_last_node() -> None:
    def mean_forward(x: Any) -> Any:
        return (x**2).mean(), x

    report = gw.check_pair(mean_forward, lambda dout, x: dout * 2 * x / x.size, x=x)
    assert (report.verdict, report.notes) == ("correct", ())
    report = gw.check_pair(mean_forward, lambda _, x: 2 * x / x.size, x=x)
    assert (report.verdict, report.notes) == ("correct", (UNUSED,))


def test_a_backward_that_does_not_use_dout_is_wrong_and_told_why() -> None:
    report = gw.check_pair(np.tanh, lambda _, x: 1 - np.tanh(x) ** 2, x=x)
    assert (report.verdict, report.cause) == ("wrong", "dout is not used")


def test_what_cannot_be_asked() -> None:
    forward, backward = functions("affine")
    with pytest.raises(ConfigError, match="expected forward to return an array of floats, found None"):
        gw.check_pair(lambda x: None, backward, x=x)  # noqa: ARG005
    with pytest.raises(ConfigError, match="expected gradients, found none"):
        gw.check_pair(forward, lambda *_: None, x=x, w=w, b=b)
    with pytest.raises(CheckError, match="at most 3 gradients, of x, w, b, found 4"):
        gw.check_pair(forward, lambda *args: (*backward(*args), 0), x=x, w=w, b=b)
    with pytest.raises(ConfigError, match="an argument that is an array of floats, found none"):
        gw.check_pair(lambda x: 1.0 * x, lambda dout: dout, x=np.arange(3))


kept: dict[str, Any] = {}


def in_a_global(x: Any) -> Any:
    kept["y"] = np.tanh(x)
    return kept["y"]


def from_a_global(dout: Any) -> Any:
    return dout * (1 - kept["y"] ** 2)


def in_an_attribute(x: Any) -> Any:
    in_an_attribute.y = np.tanh(x)  # type: ignore[attr-defined]
    return in_an_attribute.y  # type: ignore[attr-defined]


def from_an_attribute(dout: Any) -> Any:
    return dout * (1 - in_an_attribute.y**2)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("forward", "backward"), [(in_a_global, from_a_global), (in_an_attribute, from_an_attribute)]
)
def test_what_forward_keeps_outside_is_that_of_the_call_before(forward: Any, backward: Any) -> None:
    assert gw.check_pair(forward, backward, x=RNG.standard_normal((3, 4))).verdict == "correct"
