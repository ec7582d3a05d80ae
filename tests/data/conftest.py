"""Small files in each format, for the tests of the readers to damage, and a world without stray data."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.data import cifar

Arrays = dict[str, np.ndarray[Any, Any]]


@pytest.fixture
def no_data_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the environment nor the user's own folder offers any data."""
    monkeypatch.delenv("GRADWRIGHT_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "user-data")


@pytest.fixture
def course_arrays() -> Arrays:
    """The four matrices of a course file, samples as columns: 6 + 4 samples, 2 features, 3 classes."""
    rng = np.random.default_rng(0)
    one_hot = np.eye(3, dtype=np.float32)
    return {
        "Yt": rng.standard_normal((2, 6)).astype(np.float32),
        "Ct": one_hot[:, [0, 0, 1, 1, 2, 2]],
        "Yv": rng.standard_normal((2, 4)).astype(np.float32),
        "Cv": one_hot[:, [2, 1, 0, 0]],
    }


@pytest.fixture(scope="session")
def idx_bytes() -> Callable[..., bytes]:
    """Builds an IDX file: ``idx_bytes(array)``, or with another ``magic`` or announced ``shape``."""

    def build(
        array: np.ndarray[Any, Any], magic: bytes | None = None, shape: tuple[int, ...] | None = None
    ) -> bytes:
        shape = array.shape if shape is None else shape
        magic = bytes([0, 0, 8, array.ndim]) if magic is None else magic
        return magic + struct.pack(f">{len(shape)}I", *shape) + array.astype(np.uint8).tobytes()

    return build


@pytest.fixture
def digits() -> Arrays:
    """MNIST in the small: 5 + 3 images of 4 x 4."""
    rng = np.random.default_rng(1)
    return {
        "x_train": rng.integers(256, size=(5, 4, 4), dtype=np.uint8),
        "y_train": np.array([3, 0, 1, 2, 1], dtype=np.uint8),
        "x_test": rng.integers(256, size=(3, 4, 4), dtype=np.uint8),
        "y_test": np.array([2, 2, 0], dtype=np.uint8),
    }


@pytest.fixture
def idx_folder(tmp_path: Path, digits: Arrays, idx_bytes: Callable[..., bytes]) -> Path:
    """``digits`` as the four IDX files of MNIST."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for split, name in (("train", "train"), ("test", "t10k")):
        (folder / f"{name}-images-idx3-ubyte").write_bytes(idx_bytes(digits[f"x_{split}"]))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(idx_bytes(digits[f"y_{split}"]))
    return folder


@pytest.fixture
def write_npz(tmp_path: Path) -> Callable[..., Path]:
    """Writes an archive of arrays, or of raw members, and returns its path."""

    def write(members: dict[str, Any], compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "mnist.npz"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for key, value in members.items():
                if isinstance(value, np.ndarray):
                    stream = io.BytesIO()
                    np.save(stream, value)
                    value = stream.getvalue()
                archive.writestr(f"{key}.npy", value)
        return path

    return write


@pytest.fixture
def small_cifar(monkeypatch: pytest.MonkeyPatch) -> dict[str, Arrays]:
    """Six batches of 20 rows in place of 10,000, by name."""
    monkeypatch.setattr(cifar, "ROWS", 20)
    rng = np.random.default_rng(2)
    names = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
    return {
        name: {
            "data": rng.integers(256, size=(20, 3072), dtype=np.uint8),
            "labels": rng.integers(10, size=20),
        }
        for name in names
    }


@pytest.fixture
def cifar_binary(tmp_path: Path, small_cifar: dict[str, Arrays]) -> Path:
    """``small_cifar`` in the binary layout."""
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    for name, batch in small_cifar.items():
        records = np.column_stack([batch["labels"].astype(np.uint8), batch["data"]])
        (folder / f"{name}.bin").write_bytes(records.tobytes())
    return folder
