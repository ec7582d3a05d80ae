"""The data set that a config asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.training import RunConfig, load_data, make_config


def _config(**data: Any) -> RunConfig:
    return make_config(network=gw.Linear(1, 1), data=data)


def test_a_generated_set_comes_from_the_seed_of_the_data() -> None:
    zero, one, again = (load_data(_config(name="line", seed=seed)) for seed in (0, 1, 1))
    assert one.checksum() == again.checksum() != zero.checksum()


def test_validation_rows_are_the_last_of_the_training_rows() -> None:
    whole, parted = load_data(_config(name="line")), load_data(_config(name="line", validation=9))
    assert parted.validation is not None
    np.testing.assert_array_equal(parted.validation.x, whole.train.x[-9:])
    np.testing.assert_array_equal(parted.train.x, whole.train.x[:-9])


def test_features_are_standardised_on_the_rows_that_are_left_for_training() -> None:
    data = load_data(_config(name="line", validation=9, standardize=True))
    x = data.train.x.astype(np.float64)
    np.testing.assert_allclose(data.features.shift, x.mean(axis=0), rtol=1e-12)  # two ways to the same sum
    np.testing.assert_allclose(data.features.scale, 1 / x.std(axis=0), rtol=1e-12)


def test_targets_are_standardised_on_the_rows_that_are_left_for_training() -> None:
    data = load_data(_config(name="line", validation=9, standardize_targets=True))
    assert [data.train.y.mean(), data.train.y.std()] == pytest.approx([0, 1], abs=1e-12)  # float64
    raw = load_data(_config(name="line", validation=9))
    assert raw.validation is not None
    assert data.validation is not None
    np.testing.assert_allclose(data.targets.undo(data.validation.y), raw.validation.y, rtol=1e-12)


def test_nothing_is_done_to_data_of_which_nothing_is_asked() -> None:
    data = load_data(_config(name="line"))
    assert data.validation is None
    assert (data.features.shift, data.features.scale) == (0.0, 1.0)


def test_a_config_without_data_says_which_key_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"data\.name: 'run' needs a data set"):
        load_data(make_config(network=gw.Linear(1, 1)))


def test_fewer_rows_to_train_on_are_drawn_by_the_seed_beside_the_same_validation_rows() -> None:
    whole = load_data(_config(name="line", validation=9))
    fewer, again = (load_data(_config(name="line", validation=9, rows=10)) for _ in range(2))
    assert fewer.checksum() == again.checksum()
    assert fewer.validation is not None
    assert whole.validation is not None
    np.testing.assert_array_equal(fewer.validation.x, whole.validation.x)
    assert len(fewer.train) == 10
    assert set(fewer.train.x.ravel()) < set(whole.train.x.ravel())


def test_more_rows_than_there_are_cannot_be_had() -> None:
    with pytest.raises(ConfigError, match="rows: expected 1 to 49 training rows of line, found 50"):
        load_data(_config(name="line", rows=50))


def test_a_table_is_read_as_the_config_says(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    lines = [f"2024-01-{1 + k % 28:02},{k % 3},{k}," + f'"{k},5",{k / 7},s{k % 5}' for k in range(60)]
    path.write_text("\n".join(["day,zip,id,price,y,shop", *lines]))
    settings: Any = {
        "validation": 10,
        "rows": 30,
        "kinds": {"zip": "category"},
        "leave_out": ["id"],
        "dates": "split",
        "group": "shop",
    }
    data: Any = load_data(_config(name=str(path), target="y", standardize_targets=True, **settings))
    expected: Any = gw.Dataset.from_table(path, "y", **settings)
    assert data.encoding == expected.encoding
    assert data.encoding.left_out == {"id": "as asked", "y": "the target", "shop": "the group"}
    np.testing.assert_array_equal(data.train.x, expected.train.x)
    np.testing.assert_allclose(data.targets.undo(data.validation.y), expected.validation.y)


@pytest.mark.parametrize("setting", [{"group": "a"}, {"dates": "split"}, {"one_hot_up_to": 3}])
def test_what_says_how_a_table_is_read_needs_a_target(setting: Any) -> None:
    with pytest.raises(ConfigError, match=f"expected a target, for {next(iter(setting))} says how a table"):
        _config(name="line", **setting)
