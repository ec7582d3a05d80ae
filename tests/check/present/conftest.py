"""Reports written by hand: one for each verdict, and for each shape of the function."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import Order, ParameterVerdict, Step

STEPS = tuple(0.25 / 2**k for k in range(12))


@pytest.fixture
def wrong_report() -> GradientReport:
    return GradientReport(
        verdict="wrong",
        reason="9 of 12 directions contradict the gradient",
        cause="as if divided by the batch size twice",
        evidence="dW2 is 0.0100 x the true gradient in every entry",
        location="W2",
        order=Order(1.002, 0.998, 1.006),
        first_order=Order(1.0, 0.999, 1.001),
        shape="curved",
        resolution=1.2e-9,
        parameters=(
            ParameterVerdict("W1", "correct", 3.1e-11, 1e-9),
            ParameterVerdict("W2", "wrong", 0.99, 1e-9),
            ParameterVerdict("b2", "undecided", math.nan, math.inf),
        ),
        notes=("f changes its input: every call was given a copy",),
        steps=tuple(Step(h, 1.3 * h, 0.4 * h**2 + 0.01 * h) for h in STEPS),
        window=(3, 8),
        noise_floor=1.1e-15,
        evaluations=1412,
        gradient_evaluations=3,
        seed=7,
    )


@pytest.fixture
def correct_report(wrong_report: GradientReport) -> GradientReport:
    return replace(
        wrong_report,
        verdict="correct",
        reason="right to 1.2e-09 of its size in 12 directions",
        cause=None,
        evidence=None,
        location=None,
        order=Order(2.0, 1.99, 2.01),
        parameters=(ParameterVerdict("x", "correct", 2e-12, 1e-9),),
        notes=(),
        steps=tuple(Step(h, 1.3 * h, 0.4 * h**2) for h in STEPS),
    )


@pytest.fixture
def linear_report(correct_report: GradientReport) -> GradientReport:
    steps = tuple(Step(h, 3 * h, 0.0 if k % 3 else 4e-16) for k, h in enumerate(STEPS))
    return replace(correct_report, order=None, shape="linear", steps=steps, window=(0, 0))


@pytest.fixture
def undecided_report(correct_report: GradientReport) -> GradientReport:
    return replace(
        correct_report,
        verdict="undecided",
        reason="f is not deterministic: at the same x its values differ by 1.0e-03",
        order=None,
        first_order=None,
        shape="unknown",
        resolution=None,
        steps=(),
        window=(0, 0),
        noise_floor=math.nan,
    )


@pytest.fixture(params=["wrong_report", "correct_report", "linear_report", "undecided_report"])
def report(request: pytest.FixtureRequest) -> GradientReport:
    """Each of them in turn."""
    value: GradientReport = request.getfixturevalue(request.param)
    return value
