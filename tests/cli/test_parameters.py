"""How flags become settings."""

from __future__ import annotations

import pytest

from gradwright.cli.parameters import fields
from gradwright.errors import ConfigError


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ([], {}),
        (["--epochs", "5"], {"epochs": 5}),
        (["--epochs=5", "--seed", "1"], {"epochs": 5, "seed": 1}),
        (["--batch-size", "8"], {"batch_size": 8}),
        (["--optimizer.momentum", "0.9"], {"optimizer.momentum": 0.9}),
        (["--learning-rate", "-1"], {"learning_rate": -1}),
        (["--data.standardize", "true"], {"data.standardize": True}),
        (["--data.name", "a=b.mat"], {"data.name": "a=b.mat"}),
        (["--network.widths", "[2, 8, 5]"], {"network.widths": [2, 8, 5]}),
        (["--epochs", "1", "--epochs", "2"], {"epochs": 2}),
    ],
)
def test_a_flag_and_its_value_become_a_field(words: list[str], values: dict[str, object]) -> None:
    assert fields(words) == values


@pytest.mark.parametrize("words", [["--epochs"], ["--epochs", "--seed", "1"], ["5"], ["-e", "5"]])
def test_words_that_do_not_pair_up_are_refused(words: list[str]) -> None:
    with pytest.raises(ConfigError, match="expected a"):
        fields(words)
