"""The settings of an optimizer are given by name: a first position reads like a learning rate."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.optim import (
    LBFGS,
    SGD,
    Adam,
    AdamW,
    Constant,
    ExponentialDecay,
    LinearWarmup,
    RMSProp,
    as_schedule,
)

EVERY: list[Any] = [SGD, Adam, AdamW, RMSProp, LBFGS]


@pytest.mark.parametrize("optimizer", EVERY)
def test_a_position_is_told_where_the_learning_rate_belongs(optimizer: Any) -> None:
    message = rf"^{optimizer.__name__}\(0\.01\): expected settings by name .*learning_rate=0\.01\)$"
    with pytest.raises(ConfigError, match=message):
        optimizer(0.01)


@pytest.mark.parametrize("name", ["lr", "learning_rate"])
@pytest.mark.parametrize("optimizer", EVERY)
def test_a_rate_among_the_settings_is_told_so_too(optimizer: Any, name: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{optimizer.__name__}\.{name}: the learning rate is .* of fit"):
        optimizer(**{name: 0.01})


def test_a_setting_typed_wrong_is_named_with_the_nearest() -> None:
    sgd = EVERY[0]
    with pytest.raises(ConfigError, match=r"^SGD\.momentun: there is no such .* did you mean 'momentum'"):
        sgd(momentun=0.9)
    with pytest.raises(ConfigError, match=r"^SGD\.nesterov: expected true or false, found 'yes'"):
        sgd(momentum=0.9, nesterov="yes")


@pytest.mark.parametrize(
    "optimizer", [SGD(momentum=0.9), Adam(beta1=0.8), AdamW(), RMSProp(), LBFGS(memory=3)]
)
def test_an_optimizer_is_still_a_plain_value(optimizer: object) -> None:
    assert pickle.loads(pickle.dumps(optimizer)) == copy.deepcopy(optimizer) == optimizer


def test_a_schedule_is_no_class() -> None:
    decay: Any = ExponentialDecay
    with pytest.raises(ConfigError, match=r"the class ExponentialDecay; write ExponentialDecay\(\.\.\.\)"):
        as_schedule(decay)
    with pytest.raises(ConfigError, match=r"LinearWarmup\.then: .* found the class ExponentialDecay"):
        LinearWarmup(4, decay)


def test_a_rate_may_be_a_number_of_numpy() -> None:
    rate: Any = np.float32(0.5)
    assert as_schedule(rate) == Constant(0.5)
