"""``gradwright check``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.check import NetworkCheck

Command = Callable[..., Any]


def test_right_gradients_are_found_right(gradwright: Command, config: Path) -> None:
    outcome = gradwright("check", config)
    assert outcome.code == 0
    assert outcome.out.rstrip().endswith("Every gradient is right, and every property holds.")
    shown = [outcome.out.index(part) for part in ("correct: ", "2.weight", "mean of single samples", "Tanh")]
    assert shown == sorted(shown)
    assert "FAILED" not in outcome.out


def test_json_holds_every_layer_and_the_whole_network(gradwright: Command, config: Path) -> None:
    result = gradwright("check", config, "--samples", "5", "--json").json
    assert result["passed"]
    assert [layer["passed"] for layer in result["layers"]] == [True] * 3
    assert NetworkCheck.from_dict(result["network"]).passed


def test_a_wrong_gradient_is_found_and_named(
    gradwright: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tanh's derivative off by one part in a thousand."""
    right = gw.Tanh.backward

    def wrong(self: gw.Tanh, params: Any, cache: Any, dy: Any) -> Any:
        dx, dparams = right(self, params, cache, dy)
        return 1.001 * dx, dparams

    monkeypatch.setattr(gw.Tanh, "backward", wrong)
    outcome = gradwright("check", config)
    assert outcome.code == 1
    assert outcome.out.rstrip().endswith("Something is wrong; see above.")
    assert "wrong: 0.bias is 1.001 x the true gradient in every entry" in outcome.out
    assert "failed: gradient" in outcome.out
    assert "FAILED  gradient           wrong: x is 1.001 x the true gradient in every entry" in outcome.out
    result = gradwright("check", config, "--json")
    assert (result.code, result.json["passed"], result.json["network"]["passed"]) == (1, False, False)


def test_the_penalty_is_part_of_what_is_checked(
    gradwright: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gw.L2, "backward", lambda self, theta, mask: self.factor * mask * theta)  # lost: 2
    assert gradwright("check", config, "--penalty", '{kind = "L2", factor = 0.1}').code == 1
    assert gradwright("check", config).code == 0


def test_dropout_is_checked_while_it_drops(gradwright: Command, config: Path) -> None:
    network = (
        '{kind = "Sequential", layers = [{kind = "Linear", in_features = 2, out_features = 8}, '
        '{kind = "Dropout", rate = 0.5}, {kind = "Linear", in_features = 8, out_features = 2}]}'
    )
    outcome = gradwright("check", config, "--network", network, "--json")
    assert outcome.code == 0
    assert any("Dropout" in layer["subject"] for layer in outcome.json["layers"])


def test_the_check_is_made_where_the_run_begins(gradwright: Command, config: Path) -> None:
    """Another seed is another theta and another batch, and so other remainders."""
    one, again, other = (
        gradwright("check", config, "--json", "--seed", seed).json["network"]["gradient"]["steps"]
        for seed in (0, 0, 1)
    )
    assert one == again
    assert one[0]["step"] == other[0]["step"]
    assert one != other
