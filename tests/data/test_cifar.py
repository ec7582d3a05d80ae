"""CIFAR-10 in both layouts gives the same rows, and a batch that is not whole is refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.data import cifar
from gradwright.errors import ConfigError, DataError

Arrays = dict[str, np.ndarray[Any, Any]]


@pytest.fixture
def cifar_pickled(tmp_path: Path, small_cifar: dict[str, Arrays]) -> Path:
    """The same batches in the layout of the "python version"."""
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, batch in small_cifar.items():
        content = {"data": batch["data"], "labels": batch["labels"].tolist(), "filenames": ["a.png"] * 20}
        (folder / name).write_bytes(pickle.dumps(content, protocol=2))
    return folder


def test_five_batches_train_and_one_tests(cifar_binary: Path, small_cifar: dict[str, Arrays]) -> None:
    data = cifar.load_folder(cifar_binary)
    assert data.train.x.shape == (100, 3072)
    assert data.train.x.dtype == np.uint8
    np.testing.assert_array_equal(data.train.x[20:40], small_cifar["data_batch_2"]["data"])
    np.testing.assert_array_equal(data.splits["test"].y, small_cifar["test_batch"]["labels"])
    assert data.classes[3] == "cat"
    assert data.source == "cifar-10-batches-bin"
    assert data.inputs("train", np.float32).max() <= 1


def test_both_layouts_give_the_same_data(cifar_binary: Path, cifar_pickled: Path) -> None:
    assert cifar.load_folder(cifar_binary).checksum() == cifar.load_folder(cifar_pickled).checksum()


def test_batches_can_be_chosen_and_the_source_tells_which(
    cifar_binary: Path, small_cifar: dict[str, Arrays]
) -> None:
    data = cifar.load_folder(cifar_binary, batches=(4, 1))
    labels = [small_cifar[name]["labels"] for name in ("data_batch_4", "data_batch_1")]
    np.testing.assert_array_equal(data.train.y, np.concatenate(labels))
    assert data.source == "cifar-10-batches-bin (batches 4, 1)"


@pytest.mark.parametrize("batches", [(), (0,), (6,), (1, 1)])
def test_batches_that_cannot_be_are_refused(cifar_binary: Path, batches: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"batches: expected some of \(1, 2, 3, 4, 5\), each once, found"):
        cifar.load_folder(cifar_binary, batches)


def test_a_folder_is_known_by_its_test_batch(cifar_binary: Path, cifar_pickled: Path, tmp_path: Path) -> None:
    assert cifar.is_folder(cifar_binary)
    assert cifar.is_folder(cifar_pickled)
    assert not cifar.is_folder(tmp_path)


def test_a_missing_batch_is_named(cifar_binary: Path) -> None:
    (cifar_binary / "data_batch_3.bin").unlink()
    with pytest.raises(DataError, match=r"data_batch_3\.bin: expected a file, found: no such file"):
        cifar.load_folder(cifar_binary)


@pytest.mark.parametrize("change", [-1, -3073, 1])
def test_a_binary_batch_of_another_size_is_refused(cifar_binary: Path, change: int) -> None:
    path = cifar_binary / "data_batch_1.bin"
    content = path.read_bytes()
    path.write_bytes(content[:change] if change < 0 else content + b"\0")
    found = 20 * 3073 + change
    with pytest.raises(DataError, match=rf"data_batch_1\.bin: expected 61460 bytes .*, found {found}"):
        cifar.load_folder(cifar_binary)


def test_a_binary_label_out_of_range_is_named_with_its_row(cifar_binary: Path) -> None:
    path = cifar_binary / "test_batch.bin"
    content = bytearray(path.read_bytes())
    content[7 * 3073] = 10
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"test_batch\.bin: expected labels 0 \.\. 9, found 10 in row 7"):
        cifar.load_folder(cifar_binary)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("data", None, r"data: expected uint8 \(20, 3072\), found NoneType"),
        ("data", [0] * 20, r"data: expected uint8 \(20, 3072\), found list"),
        ("data", np.zeros((20, 3072)), r"data: expected uint8 \(20, 3072\), found float64 \(20, 3072\)"),
        ("data", np.zeros((19, 3072), np.uint8), r"data: expected .* found uint8 \(19, 3072\)"),
        ("labels", None, "labels: expected a list of 20 whole numbers, found NoneType"),
        ("labels", [1] * 19, "labels: expected a list of 20 whole numbers, found 19 entries"),
        ("labels", [1] * 19 + [True], "labels: expected a list of 20 whole numbers, found 20 entries"),
        ("labels", [1] * 19 + ["cat"], "labels: expected a list of 20 whole numbers"),
        ("labels", [1] * 19 + [10], r"expected labels 0 \.\. 9, found 10 in row 19"),
        ("labels", [1] * 19 + [-1], r"expected labels 0 \.\. 9, found -1 in row 19"),
        ("labels", [1] * 19 + [2**70], r"expected labels 0 \.\. 9, found 1180591620717411303424 in row 19"),
    ],
)
def test_a_pickled_batch_of_other_contents_is_refused(
    cifar_pickled: Path, key: str, value: Any, message: str
) -> None:
    content = {"data": np.zeros((20, 3072), np.uint8), "labels": [1] * 20} | {key: value}
    (cifar_pickled / "data_batch_2").write_bytes(pickle.dumps(content, protocol=2))
    with pytest.raises(DataError, match=rf"data_batch_2: {message}"):
        cifar.load_folder(cifar_pickled)
