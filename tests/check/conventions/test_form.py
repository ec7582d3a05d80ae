"""Gradients in other forms than x, as people return them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import CheckError

POINT = {"W": np.array([[1.0, 2.0]]), "b": np.array([0.5])}


def loss(p: Any) -> Any:
    return (p["W"] ** 3).sum() + (p["b"] ** 2).sum()


FORMS: dict[str, Any] = {
    "the form of x": lambda dW, db: {"W": dW, "b": db},
    "another order": lambda dW, db: {"b": db, "W": dW},
    "dW and db": lambda dW, db: {"dW": dW, "db": db},
    "grad_W and grad_b": lambda dW, db: {"grad_W": dW, "grad_b": db},
    "a tuple": lambda dW, db: (dW, db),
    "a list": lambda dW, db: [dW, db],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_gradient_may_come_in_any_of_these_forms(form: Any) -> None:
    report = gw.check_gradient(loss, lambda p: form(3 * p["W"] ** 2, p["b"]), POINT)
    assert {each.name: each.verdict for each in report.parameters} == {"W": "correct", "b": "wrong"}


def test_one_array_may_come_in_a_tuple() -> None:
    assert gw.check_gradient(lambda x: (x**2).sum(), lambda x: (2 * x,), np.ones(3)).verdict == "correct"


def test_what_belongs_to_nothing_is_named() -> None:
    with pytest.raises(CheckError, match="the gradient has dc, which x has not"):
        gw.check_gradient(loss, lambda p: {"W": p["W"], "b": p["b"], "dc": p["b"]}, POINT)
    with pytest.raises(CheckError, match="the gradient has no b"):
        gw.check_gradient(loss, lambda p: {"dW": p["W"]}, POINT)
