"""The door to training: typed settings, one declaration of them, and one sentence for what is mistaken."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.errors import ConfigError
from gradwright.training import RunConfig, config_to_toml

GIVEN_OTHERWISE = {"version", "data", "network"}  # the format's own; the arrays and the layers come first
fit: Any = gw.fit


def test_the_settings_of_fit_are_the_fields_of_a_config_with_their_defaults() -> None:
    parameters = inspect.signature(gw.fit).parameters
    for name, field in RunConfig.model_fields.items():
        if name not in GIVEN_OTHERWISE:
            assert parameters[name].default == field.default, name
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    documented = inspect.getdoc(gw.fit) or ""
    named = [name for name, p in parameters.items() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    assert all(re.search(rf"^    {name}: ", documented, re.MULTILINE) for name in named)


def test_a_number_of_numpy_makes_the_same_run_as_pythons_own(blobs: Dataset) -> None:
    def run(number: Callable[[float], Any], count: Callable[[int], Any]) -> gw.Run:
        network = gw.Sequential(
            gw.Linear(count(2), count(8), weight_init=gw.initializers.Normal(number(0.5))),
            gw.LeakyReLU(number(0.125)),
            gw.Linear(count(8), count(3)),
        )
        return fit(  # type: ignore[no-any-return]
            network,
            blobs,
            optimizer=gw.SGD(momentum=number(0.5)),
            learning_rate=number(0.25),
            penalty=gw.L2(number(0.0009765625)),
            clip_norm=number(2.0),
            batch_size=count(16),
            epochs=count(2),
            seed=count(3),
            engine="reference",
            progress=False,
        )

    plain = run(float, int)
    assert plain.theta.dtype == np.float32
    for number, count in ((np.float64, np.int64), (np.float32, np.uint8)):
        same = run(number, count)
        np.testing.assert_array_equal(same.theta, plain.theta, strict=True)
        assert config_to_toml(same.config) == config_to_toml(plain.config)


NET = gw.Linear(2, 3)
SOFTMAX = gw.SoftmaxCrossEntropy()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: fit(data, NET), "expected the network first, then the data, found them swapped"),
        (lambda data: fit((data.train.x, data.train.y), NET), "found them swapped"),
        (lambda data: fit(NET, data.train.x, data.train.y),
         "expected rows as one pair, fit(network, (x, y)), and settings by name, found 3 positions"),
        (lambda data: fit(NET, data, epoch=3), "epoch: there is no such setting; did you mean 'epochs'?"),
        (lambda data: fit(NET, data, bach_size=3), "did you mean 'batch_size'?"),
        (lambda data: fit(NET, data, lr=0.1), "no such setting; the learning rate is learning_rate"),
        (lambda data: fit(gw.Linear, data), "expected a layer, found the class Linear; write Linear(...)"),
        (lambda data: fit("Linear", data), "network.in_features: Linear needs this key"),
        (lambda data: fit(3, data), "network: expected a layer, found 3"),
        (lambda data: fit(NET, data, loss=gw.SoftmaxCrossEntropy),
         "loss: expected a loss, found the class SoftmaxCrossEntropy; write SoftmaxCrossEntropy()"),
        (lambda data: fit(NET, data, loss="MeanSquareError"), "did you mean 'MeanSquaredError'?"),
        (lambda data: fit(NET, data, loss=gw.Tanh()), "loss: expected a loss, found Tanh()"),
        (lambda data: fit(NET, data, optimizer=gw.Adam),
         "optimizer: expected an optimizer, found the class Adam; write Adam()"),
        (lambda data: fit(NET, data, optimizer="adam"), "'adam' is not known; did you mean 'Adam'?"),
        (lambda data: fit(NET, data, optimizer=0.1), "optimizer: expected an optimizer, found 0.1"),
        (lambda data: fit(NET, data, loss=gw.L2(1.0)), "loss: expected a loss, found L2(factor=1.0)"),
        (lambda data: fit(NET, data, penalty=SOFTMAX), "penalty: expected a penalty, found SoftmaxCross"),
        (lambda data: fit(NET, data, penalty=1e-3), "penalty: expected a penalty, found 0.001"),
        (lambda data: fit(NET, data, early_stopping=3), "early_stopping: expected an EarlyStopping, found 3"),
        (lambda data: fit(NET, data, learning_rate=gw.ExponentialDecay),
         "learning_rate: expected a schedule, found the class ExponentialDecay; write ExponentialDecay(...)"),
        (lambda data: fit(NET, data, learning_rate="0.1"), "learning_rate.kind: '0.1' is not known"),
        (lambda data: fit(NET, data, epochs=2.5), "epochs: expected a whole number >= 0, found 2.5"),
        (lambda data: fit(NET, data, epochs=None), "epochs: expected a whole number >= 0, found None"),
        (lambda data: fit(NET, data, batch_size=0), "batch_size: expected a whole number >= 1, found 0"),
    ],
)  # fmt: skip
def test_what_is_mistaken_is_told_in_one_sentence(
    blobs: Dataset, call: Callable[[Dataset], object], message: str
) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        call(blobs)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_type_checker_sees_a_setting_that_is_none(blobs: Dataset) -> None:
    """An ignore that is not needed is an error of the type check, so these lines must be ones."""
    with pytest.raises(ConfigError):
        gw.fit(NET, blobs, epoch=3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError):
        gw.fit(NET, blobs, epochs="3")  # type: ignore[arg-type]
