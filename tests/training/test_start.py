"""A run that begins with given parameters: from a run, a folder, a file or arrays by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, RecordError
from gradwright.training import make_config, read_config

DATA = gw.data.subset(gw.data.load("swiss-roll", seed=1), 120, np.random.default_rng(0))
NET = gw.mlp(2, 6, 2)
QUICK: dict[str, Any] = {"learning_rate": 0.05, "progress": False, "epochs": 2}


@pytest.fixture(scope="module")
def first() -> gw.Run:
    return gw.fit(NET, DATA, **QUICK)


def from_folder(run: gw.Run, folder: Path) -> Any:
    run.save(folder / "first")
    return folder / "first"


WAYS: dict[str, Callable[[gw.Run, Path], Any]] = {
    "a run": lambda run, _: run,
    "arrays": lambda run, _: dict(run.parameters),
    "lists": lambda run, _: {name: array.tolist() for name, array in run.parameters.items()},
    "a folder": from_folder,
    "a text": lambda run, folder: str(from_folder(run, folder)),
    "a file": lambda run, folder: from_folder(run, folder) / "parameters.safetensors",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_run_begins_where_another_ended(way: str, first: gw.Run, tmp_path: Path) -> None:
    start = WAYS[way](first, tmp_path)
    begun = gw.fit(NET, DATA, start=start, **{**QUICK, "epochs": 0})
    np.testing.assert_array_equal(begun.theta, first.theta)
    on = gw.fit(NET, DATA, start=start, **QUICK)
    assert on.history[0].validation == first.history[-1].validation
    assert not np.array_equal(on.theta, first.theta)


def test_the_start_is_on_record_and_a_config_can_name_it(first: gw.Run, tmp_path: Path) -> None:
    folder = from_folder(first, tmp_path)
    run = gw.fit(NET, DATA, start=folder, folder=tmp_path / "second", **QUICK)
    config = read_config(tmp_path / "second" / "config.toml")
    assert config.start == str(folder)
    np.testing.assert_array_equal(gw.train(config, DATA, progress=False).theta, run.theta)


def test_parameters_that_were_handed_over_are_known_by_their_checksum(first: gw.Run, tmp_path: Path) -> None:
    gw.fit(NET, DATA, start=first, folder=tmp_path / "run", **QUICK)
    config = read_config(tmp_path / "run" / "config.toml")
    with pytest.raises(ConfigError, match=r"start: sha256:.* was handed over in Python, and no file"):
        gw.train(config, DATA, progress=False)
    more = {**QUICK, "epochs": 4, "folder": tmp_path / "run", "resume": True}
    other = {name: array + 1 for name, array in first.parameters.items()}
    with pytest.raises(RecordError, match=r"start is 'sha256:.*' there and 'sha256:.*' here"):
        gw.fit(NET, DATA, start=other, **more)
    on = gw.fit(NET, DATA, start=first, **more)
    once = gw.fit(NET, DATA, start=first, **{**QUICK, "epochs": 4})
    np.testing.assert_array_equal(on.theta, once.theta)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            {"0.weight": np.ones((3, 6)), "0.bias": np.ones(6), "2.weight": np.ones((6, 2)), "3.bias": [1]},
            r"found others: 0.weight of \(3, 6\) for \(2, 6\); no 2.bias; 3.bias, which it does not have",
        ),
        ({}, "no 0.weight; no 0.bias; no 2.weight; no 2.bias"),
        (np.ones(5), "start: expected a run, its folder, .* found ndarray"),
    ],
)
def test_parameters_of_another_network_are_told_in_one_message(
    start: Any, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        gw.fit(NET, DATA, start=start, folder=tmp_path / "run", **QUICK)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("value", "message"), [(np.nan, "expected finite numbers"), ("text", "expected numbers, found <U4")]
)
def test_parameters_that_are_no_numbers_are_refused(value: Any, message: str, first: gw.Run) -> None:
    start = {**first.parameters, "0.bias": np.full(6, value)}
    with pytest.raises(ConfigError, match=f"start: 0.bias: {message}"):
        gw.fit(NET, DATA, start=start, **QUICK)


def test_a_file_that_is_not_there_or_damaged_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    for name in ("a.safetensors", "none.safetensors"):
        with pytest.raises(RecordError, match=name):
            gw.fit(NET, DATA, start=tmp_path / name, folder=tmp_path / "run", **QUICK)
        config = make_config(network=NET, start=str(tmp_path / name))
        with pytest.raises(RecordError, match=name):
            gw.train(config, DATA, folder=tmp_path / "run", progress=False)
        assert not (tmp_path / "run").exists()


def test_a_mean_begins_with_the_given_parameters(first: gw.Run) -> None:
    run = gw.fit(NET, DATA, start=first, average=gw.EMA(), **{**QUICK, "epochs": 0})
    np.testing.assert_array_equal(run.theta, first.theta)
