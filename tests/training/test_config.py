"""A config is one value: from TOML, from the environment, from overrides, and back."""

from __future__ import annotations

from pathlib import Path

import pytest

import gradwright as gw
from gradwright.engine import EngineName
from gradwright.errors import ConfigError
from gradwright.training import EarlyStopping, config_to_toml, make_config, read_config
from gradwright.training.config import parse_value

TOML = """
epochs = 5
batch_size = 16
optimizer = "SGD"
learning_rate = { kind = "ExponentialDecay", start = 0.1, factor = 0.99 }
network = { kind = "mlp", widths = [2, 8, 5] }

[data]
name = "peaks"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "config.toml"
    path.write_text(TOML)
    return path


def test_the_file_is_read_and_defaults_fill_the_rest(path: Path) -> None:
    config = read_config(path)
    assert config.network == gw.mlp(2, 8, 5)
    assert config.learning_rate == gw.ExponentialDecay(0.1, 0.99)
    assert (config.epochs, config.loss, config.optimizer) == (5, None, gw.SGD())


def test_a_config_survives_toml(path: Path) -> None:
    config = make_config(
        network=gw.residual_mlp(5, 20, 5),
        penalty=gw.L2(1e-3),
        early_stopping=gw.EarlyStopping(patience=3),
        optimizer=gw.Adam(beta1=0.8),
        data={"name": "gmm", "validation": 0.2, "standardize": True},
        clip_norm=2.0,
    )
    path.write_text(config_to_toml(config))
    assert read_config(path) == config


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(path: Path) -> None:
    environ = {"GRADWRIGHT_EPOCHS": "7", "GRADWRIGHT_SEED": "3", "GRADWRIGHT_DATA": "ignored here"}
    assert read_config(path).epochs == 5
    assert read_config(path, environ=environ).epochs == 7
    assert read_config(path, {"epochs": 9}, environ).epochs == 9
    assert (read_config(path).seed, read_config(path, environ=environ).seed) == (0, 3)


def test_overrides_reach_into_tables_and_open_bare_kinds(path: Path) -> None:
    config = read_config(path, {"optimizer.momentum": 0.9, "learning_rate.start": 0.5, "data.seed": 4})
    assert config.optimizer == gw.SGD(momentum=0.9)
    assert config.learning_rate == gw.ExponentialDecay(0.5, 0.99)
    assert config.data is not None
    assert config.data.seed == 4


def test_overrides_reach_into_what_the_file_leaves_to_its_default(tmp_path: Path) -> None:
    path = tmp_path / "short.toml"
    path.write_text('network = { kind = "mlp", widths = [2, 5] }')
    config = read_config(path, {"optimizer.momentum": 0.9, "learning_rate.value": 0.5, "data.name": "peaks"})
    assert config.optimizer == gw.SGD(momentum=0.9)
    assert config.learning_rate == gw.Constant(0.5)
    assert config.data is not None
    with pytest.raises(ConfigError, match="SGD has no such key; did you mean 'momentum'"):
        read_config(path, {"optimizer.momentun": 0.9})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"epoch": 3}, "epoch: there is no such key; did you mean 'epochs'"),
        ({"epochs": "3"}, "epochs: .*found '3'"),
        ({"epochs": 2.5}, "epochs: .*found 2.5"),
        ({"seed": True}, "seed: .*found True"),
        ({"data.nam": "x"}, "data.nam: there is no such key; did you mean 'name'"),
        ({"data.validation": 1.5}, "data.validation.*found 1.5"),
        ({"optimizer": "Sdg"}, "optimizer.kind: 'Sdg' is not known; did you mean 'SGD'"),
        ({"optimizer.momentun": 0.9}, "optimizer.momentun: SGD has no such key; did you mean 'momentum'"),
        ({"optimizer.momentum": 1.5}, "optimizer.momentum: .*found 1.5"),
        ({"network.widths": [2]}, "network: mlp.widths: expected the input and the output width"),
        ({"network.widths": [2, 0]}, r"network.widths\[1\]: expected a whole number >= 1, found 0"),
        ({"network": 3}, "network"),
        ({"network": "Zeros"}, "network: expected a layer, found Zeros"),
        ({"learning_rate": "fast"}, "learning_rate.kind: 'fast' is not known"),
        ({"learning_rate": [1]}, "learning_rate"),
        ({"epochs.x": 1}, "epochs.x: expected epochs to be a table, found 5"),
        ({"version": 2}, "version: .*found 2"),
        ({"name": "../x"}, "name: .*found '../x'"),
    ],
)
def test_each_mistake_names_the_file_and_the_key(
    path: Path, overrides: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read_config(path, overrides)


def test_all_mistakes_are_told_at_once(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_config(path, {"epochs": -1, "batch_size": 0, "colour": "red"})
    lines = str(caught.value).splitlines()
    assert len(lines) == 3
    assert all(line.startswith(f"{path}: ") for line in lines)


@pytest.mark.parametrize("content", [b"epochs = ", b"\xff", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(ConfigError, match=r"bad.toml: expected a config in TOML, found"):
        read_config(tmp_path / "bad.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.toml: expected a config in TOML, found: no such file"):
        read_config(tmp_path / "none.toml")


def test_a_config_without_a_name_has_that_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "two moons.toml"
    path.write_text('network = { kind = "mlp", widths = [2, 2] }')
    assert read_config(path).name == "two-moons"
    assert read_config(path, {"name": "mine"}).name == "mine"
    path.write_text(f'name = "its own"\n{path.read_text()}'.replace("its own", "its-own"))
    assert read_config(path).name == "its-own"


@pytest.mark.parametrize("name", ["2024", "1.50", "2024-11-29", "true"])
def test_a_name_is_a_text_whatever_it_looks_like(path: Path, name: str) -> None:
    assert parse_value(name, "name") == name
    assert read_config(path, environ={"GRADWRIGHT_NAME": name}).name == name


def test_a_table_of_which_there_is_one_kind_need_not_say_it(path: Path) -> None:
    config = read_config(path, {"early_stopping.patience": 3})
    assert config.early_stopping == EarlyStopping(patience=3)


@pytest.mark.parametrize("name", ["..", ".", "...", "../up", "a/b", "", "a\n"])
def test_a_name_that_is_no_name_of_a_folder_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"name: expected letters, digits"):
        make_config(network=gw.Linear(1, 1), name=name)
    assert make_config(network=gw.Linear(1, 1), name="..a.").name == "..a."


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_a_precision_that_is_left_to_the_machine_serves_with_either_engine(engine: EngineName) -> None:
    data = gw.data.load("swiss-roll")
    run = gw.fit(gw.mlp(2, 8, 2), data, precision="auto", engine=engine, epochs=1, progress=False)
    assert run.config.precision == "auto"
    assert 'precision = "auto"' in config_to_toml(run.config)
