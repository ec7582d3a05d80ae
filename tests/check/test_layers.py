"""``check_layer``: one door for gradwright's own layers and for anybody's objects with state."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import CheckError, ConfigError

RNG = np.random.default_rng(0)
x = RNG.standard_normal((6, 3))
labels = np.array([0, 2, 1, 1, 0, 2])


class Linear:
    """As a course asks for it: dLdW and dLdb beside W and b."""

    def __init__(self, fan_in: int = 3, fan_out: int = 4) -> None:
        self.W, self.b = RNG.standard_normal((fan_out, fan_in)), RNG.standard_normal((fan_out, 1))

    def forward(self, A: Any) -> Any:
        self.A, self.N = A, len(A)
        self.Ones = np.ones((self.N, 1))
        return A @ self.W.T + self.Ones @ self.b.T

    def backward(self, dLdZ: Any) -> Any:
        self.dLdW, self.dLdb = dLdZ.T @ self.A, dLdZ.T @ self.Ones
        return dLdZ @ self.W


class SoftmaxCrossEntropy:
    def forward(self, A: Any, Y: Any) -> Any:
        self.p = np.exp(A) / np.exp(A).sum(axis=1, keepdims=True)
        self.Y = Y
        return -(Y * np.log(self.p)).sum() / len(A)

    def backward(self) -> Any:
        return (self.p - self.Y) / len(self.p)


class Keeps(Linear):
    """The same, with gradients kept where ``keep`` says."""

    def keep(self, dW: Any, db: Any) -> None:
        raise NotImplementedError

    def backward(self, dLdZ: Any) -> Any:
        self.keep(dLdZ.T @ self.A, dLdZ.T @ self.Ones)
        return dLdZ @ self.W


def named(report: Any) -> dict[str, str]:
    return {each.name: each.verdict for each in report.parameters}


def test_gradients_are_found_by_their_names() -> None:
    report = gw.check_layer(Linear(), x)
    assert named(report) == {"A": "correct", "W": "correct", "b": "correct"}
    assert (report.passed, report.verdict, report.notes) == (True, "correct", ())


@pytest.mark.parametrize("spelling", ["dW db", "grad_W grad_b", "W_grad b_grad", "d_W d_b", "gW gb"])
def test_any_of_the_usual_names_will_do(spelling: str) -> None:
    class Layer(Keeps):
        def keep(self, dW: Any, db: Any) -> None:
            self.__dict__ |= dict(zip(spelling.split(), (dW, db), strict=True))

    assert set(named(gw.check_layer(Layer(), x))) == {"A", "W", "b"}


@pytest.mark.parametrize("table", ["grad", "grads", "gradients"])
@pytest.mark.parametrize("key", ["W b", "dW db"])
def test_gradients_may_stand_in_a_table(table: str, key: str) -> None:
    class Layer(Keeps):
        def keep(self, dW: Any, db: Any) -> None:
            setattr(self, table, dict(zip(key.split(), (dW, db), strict=True)))

    assert set(named(gw.check_layer(Layer(), x))) == {"A", "W", "b"}


def test_parameters_and_gradients_may_stand_in_lists() -> None:
    class Layer:
        def __init__(self) -> None:
            self.params = [RNG.standard_normal((3, 2)), np.zeros(2)]
            self.grads = [np.zeros((3, 2)), np.zeros(2)]

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.params[0] + self.params[1]

        def backward(self, dout: Any) -> Any:
            self.grads[0][...], self.grads[1][...] = self.x.T @ dout, dout.mean(axis=0)
            return dout @ self.params[0].T

    report = gw.check_layer(Layer(), x)
    assert named(report) == {"x": "correct", "params[0]": "correct", "params[1]": "wrong"}


@pytest.mark.parametrize("data", ["data", "value"])
def test_a_parameter_may_be_an_object_with_a_grad(data: str) -> None:
    class Layer:
        def __init__(self) -> None:
            self.W = SimpleNamespace(grad=None, **{data: RNG.standard_normal((3, 2))})

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ getattr(self.W, data)

        def backward(self, dout: Any) -> Any:
            self.W.grad = self.x.T @ dout
            return dout @ getattr(self.W, data).T

    assert named(gw.check_layer(Layer(), x)) == {"x": "correct", "W": "correct"}


def test_forward_and_backward_may_leave_what_they_make() -> None:
    class Layer:
        def __init__(self) -> None:
            self.weights, self.biases = RNG.standard_normal((3, 2)), np.zeros((1, 2))

        def forward(self, inputs: Any) -> None:
            self.inputs = inputs
            self.output = inputs @ self.weights + self.biases

        def backward(self, dvalues: Any) -> None:
            self.dweights = self.inputs.T @ dvalues
            self.dbiases = dvalues.sum(axis=0, keepdims=True)
            self.dinputs = dvalues @ self.weights.T

    assert named(gw.check_layer(Layer(), x)) == dict.fromkeys(["inputs", "weights", "biases"], "correct")


def test_a_gradient_of_another_name_is_said_not_to_be_checked_until_it_is_told() -> None:
    class Layer(Keeps):
        def keep(self, dW: Any, db: Any) -> None:
            self.bar, self.db = {"W": 1.5 * dW}, db

    report = gw.check_layer(Layer(), x)
    assert any(note.startswith("not checked") and note.endswith("W") for note in report.notes)
    report = gw.check_layer(Layer(), x, parameters={"W": "bar.W"})
    assert named(report) == {"A": "correct", "W": "wrong", "b": "correct"}
    with pytest.raises(ConfigError, match="Layer: has no parameter 'w'; did you mean 'W'"):
        gw.check_layer(Layer(), x, parameters={"w": "bar.W"})


def test_a_loss_has_labels_and_a_backward_without_arguments() -> None:
    report = gw.check_layer(SoftmaxCrossEntropy(), x, np.eye(3, dtype=int)[labels])
    assert named(report) == {"A": "correct"}
    assert report.notes == ("Y was held fixed: no array of floats",)


class Sigmoid:
    """backward() returns the derivative entry by entry, for the layer behind it to multiply by."""

    def forward(self, z: Any) -> Any:
        self.a = 1 / (1 + np.exp(-z))
        return self.a

    def backward(self) -> Any:
        return self.a * (1 - self.a)


def test_a_derivative_entry_by_entry_is_held_against_the_sum() -> None:
    z = np.random.default_rng(6).standard_normal((4, 5))
    report = gw.check_layer(Sigmoid(), z)
    assert report.verdict == "correct"
    assert any("the derivative of the sum" in note for note in report.notes)

    class Wrong(Sigmoid):
        def backward(self) -> Any:
            return self.a * (1 + self.a)

    assert gw.check_layer(Wrong(), z).verdict == "wrong"


def test_what_accumulates_is_told_apart_from_what_is_right() -> None:
    class Affine:
        def __init__(self) -> None:
            self.W, self.b = np.ones((3, 2)), np.zeros(2)
            self.dW = np.zeros((3, 2))

        def forward(self, x: Any) -> Any:
            self.x = x
            return x @ self.W + self.b

        def backward(self, dy: Any) -> Any:
            self.dW += self.x.T @ dy
            self.db = dy.sum(axis=0)
            return dy @ self.W.T

    report = gw.check_layer(Affine(), np.random.default_rng(5).standard_normal((4, 3)))
    assert (report.verdict, report.cause) == ("wrong", "it accumulates from call to call")
    assert report.gradient is not None
    assert report.gradient.evidence == "the second call at the same x gives 2 x the first in W"
    assert report.location == "W"


def test_a_loss_that_forgets_the_mean_is_wrong() -> None:
    class Sum(SoftmaxCrossEntropy):
        def backward(self) -> Any:
            return self.p - self.Y

    report = gw.check_layer(Sum(), x, np.eye(3, dtype=int)[labels])
    assert report.verdict == "wrong"
    with pytest.raises(CheckError, match="Sum\n\nwrong: A is 6 x the true gradient"):
        report.assert_correct()


def test_a_float_target_without_a_gradient_is_said_not_to_be_checked() -> None:
    report = gw.check_layer(SoftmaxCrossEntropy(), x, np.eye(3)[labels])
    assert report.notes == ("not checked, because backward returns no dY: Y",)


class Dropout:
    """Draws its mask by a generator of its own, or by NumPy's global one."""

    def __init__(self, rng: Any = None) -> None:
        self.rng = rng

    def forward(self, x: Any, train: bool = False) -> Any:
        uniform = self.rng.random if self.rng is not None else np.random.random_sample
        self.mask = (uniform(x.shape) < 0.5) * 2.0 if train else np.ones_like(x)
        return x * self.mask

    def backward(self, dy: Any) -> Any:
        return dy * self.mask


@pytest.mark.parametrize("rng", [None, np.random.default_rng(3)])
def test_a_layer_that_draws_is_one_function(rng: Any) -> None:
    layer = Dropout(rng)
    state = str(np.random.get_state())  # noqa: NPY002
    assert gw.check_layer(layer, x, training=True).verdict == "correct"
    assert str(np.random.get_state()) == state  # noqa: NPY002
    assert not hasattr(layer, "mask")  # a copy was asked


def test_a_mode_is_as_it_is_or_as_it_is_told() -> None:
    class Half:
        def __init__(self) -> None:
            self.training = True

        def forward(self, x: Any) -> Any:
            return x * (0.5 if self.training else 1.0)

        def backward(self, dy: Any) -> Any:
            return dy * 0.5

    layer = Half()
    assert gw.check_layer(layer, x).verdict == "correct"
    assert gw.check_layer(layer, x, training=False).verdict == "wrong"
    assert layer.training


def test_a_forward_that_must_be_told_is_told_to_train() -> None:
    class Told:
        def forward(self, x: Any, is_training: bool) -> Any:
            return x * (0.5 if is_training else 1.0)

        def backward(self, dy: Any) -> Any:
            return dy * 0.5

    assert gw.check_layer(Told(), x).verdict == "correct"
    assert gw.check_layer(Told(), x, training=False).verdict == "wrong"


def test_a_class_that_needs_arguments_is_asked_for_as_an_instance() -> None:
    class Dense:
        def __init__(self, fan_in: int, fan_out: int) -> None: ...
        def forward(self, x: Any) -> Any: ...
        def backward(self, dy: Any) -> Any: ...

    with pytest.raises(ConfigError, match=r"make one, check_layer\(Dense\(...\), x\)"):
        gw.check_layer(Dense, x)
    assert gw.check_layer(Linear, x).passed  # made


def test_gradwrights_own_layers_get_the_battery() -> None:
    report = gw.check_layer(gw.Linear(3, 2), x)
    assert report.verdict == "correct"
    assert len(report.rows) > 1
    with pytest.raises(ConfigError, match="returns the gradients by name"):
        gw.check_layer(gw.Linear(3, 2), x, parameters={"weight": "dW"})


def test_what_the_layer_raises_is_raised() -> None:
    class Breaks(Linear):
        def backward(self, dLdZ: Any) -> Any:
            return dLdZ @ self.W.T

    with pytest.raises(ValueError, match="matmul"):
        gw.check_layer(Breaks(), x)
