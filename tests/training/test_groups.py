"""Groups of parameters in a run: in its file, when it goes on, in a diagnosis and the search of a rate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.diagnosis import diagnose
from gradwright.errors import ConfigError, RecordError
from gradwright.optim import ParameterGroup
from gradwright.training.config import config_to_toml, make_config, read_config

DATA = gw.data.subset(gw.data.load("swiss-roll", seed=1), 90, np.random.default_rng(0))
NET = gw.mlp(2, 8, 2)
QUICK: dict[str, Any] = {"learning_rate": 0.05, "batch_size": 16, "progress": False}
GROUPS = [ParameterGroup("*.bias", rate=0.1), ParameterGroup("0.*", rate=0)]
FILE = """
[[groups]]
parameters = "*.bias"
rate = 0.1

[[groups]]
parameters = "0.*"
rate = 0

[network]
kind = "mlp"
widths = [2, 8, 2]
"""


def test_a_file_holds_groups_and_what_it_is_written_as_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(FILE)
    config = read_config(tmp_path / "run.toml")
    assert config.groups == tuple(GROUPS)
    (tmp_path / "run.toml").write_text(config_to_toml(config))
    assert read_config(tmp_path / "run.toml") == config


def test_a_flag_gives_them_as_toml_has_them(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(FILE)
    environ = {"GRADWRIGHT_GROUPS": '[{ parameters = "2.*", rate = 3 }]'}
    assert read_config(tmp_path / "run.toml", environ=environ).groups == (ParameterGroup("2.*", rate=3),)


@pytest.mark.parametrize("engine", ["reference", "auto"])
def test_what_is_frozen_stays_and_what_has_a_rate_moves(engine: Any) -> None:
    drawn, run = (gw.fit(NET, DATA, groups=GROUPS, engine=engine, epochs=n, **QUICK) for n in (0, 2))
    for name, array in run.parameters.items():
        assert np.array_equal(array, drawn.parameters[name]) == name.startswith("0."), name


@pytest.mark.parametrize("engine", ["reference", "auto"])
@pytest.mark.parametrize("optimizer", ["SGD", "AdamW", gw.SGD(momentum=0.9)], ids=str)
def test_a_run_goes_on_to_the_same_bits(engine: Any, optimizer: Any, tmp_path: Path) -> None:
    settings = {**QUICK, "groups": GROUPS, "engine": engine, "optimizer": optimizer}
    gw.fit(NET, DATA, epochs=2, folder=tmp_path / "run", **settings)
    on = gw.fit(NET, DATA, epochs=4, folder=tmp_path / "run", resume=True, **settings)
    np.testing.assert_array_equal(on.theta, gw.fit(NET, DATA, epochs=4, **settings).theta)


def test_it_does_not_go_on_with_other_groups(tmp_path: Path) -> None:
    gw.fit(NET, DATA, epochs=1, groups=GROUPS, folder=tmp_path / "run", **QUICK)
    with pytest.raises(RecordError, match="groups"):
        gw.fit(NET, DATA, epochs=2, groups=GROUPS[:1], folder=tmp_path / "run", resume=True, **QUICK)


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (ParameterGroup("*.gamma", rate=2), r"groups\[0\].parameters: .*'\*.gamma'.*the nearest names are"),
        (ParameterGroup("*", decay=1), r"groups\[0\].decay: .*AdamW.*found the optimizer SGD"),
    ],
)
def test_groups_that_fit_no_array_or_not_the_optimizer_are_refused(
    group: ParameterGroup, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        gw.fit(NET, DATA, groups=[group], **QUICK)
    with pytest.raises(ConfigError, match=message):
        gw.find_rate(NET, DATA, groups=[group])


def test_running_statistics_are_in_no_group() -> None:
    network = gw.Sequential(gw.Linear(2, 4), gw.BatchNorm(4), gw.Linear(4, 2))
    with pytest.raises(ConfigError, match=r"patterns? of parameters that are trained, found '1.variance'"):
        gw.fit(network, DATA, groups=[ParameterGroup("1.variance", rate=0)], **QUICK)


def test_a_mean_of_what_is_frozen_is_what_it_was() -> None:
    drawn, run = (
        gw.fit(NET, DATA, groups=GROUPS, average=gw.EMA(0.9), epochs=n, dtype="float64", **QUICK)
        for n in (0, 3)
    )
    np.testing.assert_array_equal(run.parameters["0.weight"], drawn.parameters["0.weight"])


def test_a_rate_is_found_for_what_moves() -> None:
    """A factor of all arrays moves the best rate the other way, from one rate that is tried to another."""
    x = np.random.default_rng(0).normal(size=(90, 2))
    data = gw.Dataset.from_arrays(x, (x[:, 0] > 0).astype(int))  # a line parts them: few steps suffice
    quick = {"batch_size": 16, "optimizer": gw.SGD(momentum=0.9)}
    found = gw.find_rate(gw.Linear(2, 2), data, groups=[ParameterGroup("*", rate=0.1)], **quick)
    plain = gw.find_rate(gw.Linear(2, 2), data, **quick)
    np.testing.assert_allclose(found.falls[4:], plain.falls[:-4], rtol=1e-3, atol=1e-6)


def test_a_diagnosis_takes_the_first_step_with_them() -> None:
    config = make_config(network=NET, groups=GROUPS, optimizer="Adam", learning_rate=0.01)
    steps = {row.name: row.first_step for row in diagnose(config, DATA, budget=0).arrays}
    assert steps["0.weight"] == 0
    assert steps["2.weight"] is not None
    assert steps["2.weight"] > 0
