"""What is found in a file, and the inputs that are made for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.errors import CheckError, ConfigError
from gradwright.usercode.candidates import candidates, check_candidate
from gradwright.usercode.names import Name

Found = Callable[[str], list[str]]
Asked = Callable[[str, str], Any]


@pytest.fixture
def found(write: Callable[..., None]) -> Found:
    def found(text: str) -> list[str]:
        write(text)
        return candidates(Name(Path("my.py"), "").module())

    return found


@pytest.fixture
def asked(write: Callable[..., None]) -> Asked:
    def asked(text: str, name: str) -> Any:
        write(text)
        return check_candidate(Name(Path("my.py"), name), 0, 4000)

    return asked


def test_layers_pairs_and_losses_are_found_in_the_order_of_the_file(found: Found) -> None:
    text = """
    from gradwright import Linear as Imported
    def affine_backward(dout, cache): ...
    def affine_forward(x, w, b): ...
    def relu(x): ...
    def relu_backward(dout, x): ...
    def conv_forward_naive(x, w): ...
    def conv_backward_naive(dout, cache): ...
    def softmax_loss(x, y): ...
    def _loss(x): ...
    def helper(x): ...
    class Dense:
        def forward(self, x): ...
        def backward(self, dy): ...
    class Trainer:
        def fit(self): ...
    class Made(Dense): ...
    layer = Made()
    """
    assert found(text) == ["affine", "relu", "conv", "softmax_loss", "Dense", "layer"]


LAYOUTS = {
    "rows": (
        "def f_forward(x, w, b): return x @ w + b, (x, w)",
        "x (4, 5) random, w (5, 3) random, b (3,) random",
    ),
    "weights the other way": (
        "def f_forward(x, w, b): return x @ w.T + b, (x, w.T)",
        "x (4, 5) random, w (3, 5) random, b (3,) random",
    ),
    "arrays of the file": (
        "x = np.ones((2, 7)); w = np.ones((7, 2))\ndef f_forward(x, w, b=0): return x @ w, (x, w)",
        "x is the file's x, w is the file's w",
    ),
}


@pytest.mark.parametrize(("forward", "told"), LAYOUTS.values(), ids=LAYOUTS)
def test_inputs_are_laid_out_as_the_function_takes_them(asked: Asked, forward: str, told: str) -> None:
    transposed = ".T" if "w.T" in forward else ""
    three = ", dout.sum(axis=0)" if "b)" in forward else ""
    report = asked(
        f"{forward}\ndef f_backward(dout, cache):\n    x, w = cache\n"
        f"    return dout @ w.T, (x.T @ dout){transposed}{three}",
        "f",
    )
    assert (report.verdict, report.notes[0]) == ("correct", f"assumed: {told}")


def test_images_with_their_settings(asked: Asked) -> None:
    text = """
    def scale_forward(x, gamma, beta, bn_param):
        n, c, h, w = x.shape
        return x * gamma.reshape(1, c, 1, 1) + beta.reshape(1, c, 1, 1), (x, gamma)
    def scale_backward(dout, cache):
        x, gamma = cache
        return dout * gamma.reshape(1, -1, 1, 1), (dout * x).sum((0, 2, 3)), dout.sum((0, 2, 3))
    """
    report = asked(text, "scale")
    assert report.verdict == "correct"
    assert "x (2, 3, 6, 6) random" in report.notes[0]
    assert "bn_param = {'mode': 'train'}" in report.notes[0]


@pytest.mark.parametrize("labels", ["np.eye(5)[y]", "y"])
def test_labels_as_classes_and_one_hot(asked: Asked, labels: str) -> None:
    text = f"""
    class Loss:
        def forward(self, A, y):
            self.A, self.Y = A, {labels}
            return ((A - self.Y) ** 2).sum()
        def backward(self):
            return 2 * (self.A - self.Y)
    """
    assert asked(text, "Loss").verdict == "correct"


@pytest.mark.parametrize("gradients", ["{'W': dW, 'b': db}", "(dW, db)", "dW, db"])
def test_a_loss_is_varied_by_what_it_returns_gradients_for(asked: Asked, gradients: str) -> None:
    text = f"""
    def my_loss(W, b, X, y):
        z = X @ W + b - np.eye(3)[y]
        dW, db = 2 * X.T @ z, 2 * z.sum(axis=0)
        return (z**2).sum(), {gradients}
    """
    report = asked(text, "my_loss")
    assert [each.name for each in report.parameters] == ["W", "b"]
    assert report.verdict == "correct"


def test_a_point_of_the_file_serves_a_function_of_a_point(asked: Asked) -> None:
    text = """
    def point(): return {"w": np.array([1.0, 2.0])}
    def loss_and_grad(p): return (p["w"] ** 2).sum(), {"w": p["w"]}
    """
    report = asked(text, "loss_and_grad")
    assert (report.verdict, report.location) == ("wrong", "w")
    assert report.notes[0] == "assumed: p is the file's point"


def test_weights_that_are_zero_when_made_hide_no_fault(asked: Asked) -> None:
    text = """
    class Dense:
        def __init__(self, n_in, n_out): self.W = np.zeros((n_in, n_out))
        def forward(self, x):
            self.x = x
            return x @ self.W
        def backward(self, dy):
            self.dW = self.x.T @ dy
            return 2 * dy @ self.W.T
    """
    report = asked(text, "Dense")
    assert (report.verdict, report.location) == ("wrong", "x")
    assert "W: zero when made, filled with random numbers" in report.notes


BACKWARD = "\ndef f_backward(d, c): ..."
UNASKED: dict[str, tuple[str, str, type[Exception], str]] = {
    "an unknown argument": (
        f"def f_forward(x, wobble, b): ...{BACKWARD}",
        "f",
        ConfigError,
        r"no value is known for wobble: write wobble = \.\.\. into the file",
    ),
    "a forward that raises": (
        f"def f_forward(x): raise ValueError('mine'){BACKWARD}",
        "f",
        CheckError,
        r"no input that was made for it works(.|\n)*in f_forward\n",
    ),
    "no gradient": (
        "def my_loss(x): return 1.0",
        "my_loss",
        ConfigError,
        r"expected it to return \(loss, gradient\), found the number 1",
    ),
}


@pytest.mark.parametrize(("text", "name", "error", "part"), UNASKED.values(), ids=UNASKED)
def test_what_cannot_be_asked_says_why(
    asked: Asked, text: str, name: str, error: type[Exception], part: str
) -> None:
    with pytest.raises(error, match=part):
        asked(text, name)


def test_a_network_is_made_with_sizes_and_asked_at_rows_with_labels(found: Found, asked: Asked) -> None:
    text = """
    import numpy as np

    class SoftmaxNet:
        def __init__(self, input_size, hidden_size, num_classes):
            rng = np.random.default_rng(0)
            self.params = {"W1": rng.normal(size=(input_size, hidden_size)), "b2": np.zeros(num_classes)}
            self.params["W2"] = rng.normal(size=(hidden_size, num_classes))

        def loss(self, X, y=None):
            h = np.tanh(X @ self.params["W1"])
            scores = h @ self.params["W2"] + self.params["b2"]
            if y is None:
                return scores
            p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
            d = (p - np.eye(p.shape[1])[y]) / len(X)
            dh = (d @ self.params["W2"].T) * (1 - h**2)
            grads = {"W1": X.T @ dh, "W2": h.T @ d, "b2": d.sum(axis=0)}
            return -np.log(p[np.arange(len(X)), y]).mean(), grads
    """
    assert found(text) == ["SoftmaxNet"]
    report = asked(text, "SoftmaxNet")
    assert report.verdict == "correct"
    assert report.notes[:2] == (
        "assumed: input_size = 5, hidden_size = 6, num_classes = 3",
        "assumed: X (4, 5) random, y (4,) labels",
    )
