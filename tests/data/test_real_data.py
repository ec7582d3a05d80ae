"""The published files, where they are at hand: what is on record, and how the recipes resemble them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from gradwright.data import Dataset, gmm, load, peaks, split_off, surface
from gradwright.data.files import sha256_of
from gradwright.data.idx import read

DEVIATIONS = 5  # standard deviations that a mean or a share may differ between a file and a fresh draw

CHECKSUMS = {
    "PeaksData.mat": "96a04daa1c540b5b15ae2ba76bc83c50a330f295cbd840c2481bac8fc6cf5e81",
    "GMMData.mat": "f04b30d6e81db19f0ce81046d64de78b9cca36186cb0b4c6a597c6bce7673787",
}
MNIST_UNPACKED = {
    "train-images-idx3-ubyte.gz": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte.gz": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte.gz": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte.gz": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def real(name: str, folder: Path) -> Dataset:
    data = load(name, data_dir=folder)
    if data.source.startswith("generated"):
        pytest.skip(f"the file of {name} is not in the data folder")
    return data


@pytest.fixture
def mnist(real_data: Path) -> Dataset:
    if not (real_data / "mnist").is_dir():
        pytest.skip("MNIST is not in the data folder")
    return load("mnist", data_dir=real_data)


@pytest.mark.parametrize(
    ("name", "d", "training", "validation", "bayes"),
    [
        ("peaks", 2, [4992, 4978, 4977, 5019, 5034], [1250, 1244, 1253, 1250, 1253], 0.9370),
        ("gmm", 5, [5013, 4989, 5015, 4982, 5001], [1246, 1257, 1258, 1243, 1246], 0.9754),
    ],
)
def test_the_course_files_have_the_shapes_and_counts_on_record(
    real_data: Path, name: str, d: int, training: list[int], validation: list[int], bayes: float
) -> None:
    data = real(name, real_data)
    assert sha256_of(real_data / data.source) == CHECKSUMS[data.source]
    assert data.train.x.shape == (25_000, d)
    assert data.train.x.dtype == np.float32
    assert np.bincount(data.train.y).tolist() == training
    assert np.bincount(data.splits["validation"].y).tolist() == validation
    assert data.bayes_accuracy == bayes


def test_generated_peaks_resemble_the_file_class_by_class(real_data: Path) -> None:
    file, drawn = real("peaks", real_data), peaks(np.random.default_rng(0))
    for k in range(5):
        a, b = (data.train.x[data.train.y == k].astype(np.float64) for data in (file, drawn))
        centre = a.mean(axis=0)
        for power in (1, 2):  # the means, then the variances
            p, q = (a - centre) ** power, (b - centre) ** power
            noise = p.std(axis=0) * np.sqrt(1 / len(a) + 1 / len(b))
            assert (np.abs(p.mean(axis=0) - q.mean(axis=0)) < DEVIATIONS * noise).all()


def test_generated_gmm_has_the_overall_spread_of_the_file(real_data: Path) -> None:
    """Means and mixtures differ from draw to draw; the total variance is that of 25 means and their noise."""
    file, drawn = real("gmm", real_data), gmm(np.random.default_rng(0))
    spread = [float(data.train.x.var(axis=0).mean()) for data in (file, drawn)]
    assert spread[1] == pytest.approx(
        spread[0], rel=DEVIATIONS / np.sqrt(125 / 2)
    )  # 125 coordinates of means


@pytest.mark.parametrize(("name", "sha256"), MNIST_UNPACKED.items())
def test_mnist_files_hold_the_original_bytes(real_data: Path, name: str, sha256: str) -> None:
    path = real_data / "mnist" / name
    if not path.exists():
        pytest.skip("MNIST is not in the data folder")
    dimensions = 3 if "images" in name else 1
    array = read(path, dimensions)
    header = bytes([0, 0, 8, dimensions]) + np.array(array.shape, dtype=">u4").tobytes()
    assert hashlib.sha256(header + array.tobytes()).hexdigest() == sha256


def test_mnist_has_its_shapes_and_digits(mnist: Dataset) -> None:
    assert mnist.train.x.shape == (60_000, 784)
    assert mnist.splits["test"].x.shape == (10_000, 784)
    assert mnist.train.x.dtype == np.uint8
    assert mnist.classes == tuple("0123456789")
    assert mnist.train.y[:5].tolist() == [5, 0, 4, 1, 9]


def test_the_digit_1_is_rarer_in_the_last_12000_rows_of_mnist_than_before(mnist: Dataset) -> None:
    parts = split_off(mnist, 12_000)
    share = {name: float((split.y == 1).mean()) for name, split in parts.splits.items()}
    assert round(100 * share["train"], 2) == 11.40
    assert round(100 * share["validation"], 2) == 10.60


def test_cifar10_has_5000_images_of_each_class(real_data: Path) -> None:
    if not any(real_data.glob("**/cifar-10-batches-*/")):
        pytest.skip("CIFAR-10 is not in the data folder")
    data = load("cifar10", data_dir=real_data)
    assert data.train.x.shape == (50_000, 3072)
    assert np.bincount(data.train.y).tolist() == [5000] * 10
    assert np.bincount(data.splits["test"].y).tolist() == [1000] * 10


def test_the_bayes_rule_of_the_recipe_gets_as_much_of_the_file_right_as_is_on_record(real_data: Path) -> None:
    held_out = load("peaks", data_dir=real_data).validation
    assert held_out is not None
    answers = surface.classify(held_out.x.astype(np.float64), surface.levels())
    assert round(float(np.mean(answers == held_out.y)), 4) == 0.9370
