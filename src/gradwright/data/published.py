"""The files of the published data sets: where they can be had, how large they are, and their checksums."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Remote:
    """One file to download.

    ``path`` is where it goes inside a data folder, ``size`` is in bytes, ``urls`` offer the same bytes,
    best first. Of an archive, ``members`` are the files to take out of it, each with its exact size.
    """

    path: str
    size: int
    sha256: str
    urls: tuple[str, ...]
    members: tuple[tuple[str, int], ...] = ()


_MNIST_MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

MNIST = tuple(
    Remote(f"mnist/{name}", size, sha256, tuple(mirror + name for mirror in _MNIST_MIRRORS))
    for name, size, sha256 in (
        (
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        (
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    )
)

CIFAR10 = (
    Remote(
        path="cifar-10-binary.tar.gz",
        size=170_052_171,
        sha256="c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        urls=("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
        members=tuple(
            (f"cifar-10-batches-bin/{batch}.bin", 30_730_000)
            for batch in (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")
        ),
    ),
)
