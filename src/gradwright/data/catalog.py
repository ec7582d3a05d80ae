"""The catalogue: every data set by its name, and ``load``, which finds or generates one.

A name is looked for in the folder that was asked for, then in ``GRADWRIGHT_DATA``, then in the user's
data folder.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from gradwright.data import cifar, generators, idx, matfile, npz
from gradwright.data.dataset import Dataset
from gradwright.data.files import sha256_of
from gradwright.data.locate import data_folders, find
from gradwright.data.published import CIFAR10, MNIST, Remote
from gradwright.data.table.files import is_table
from gradwright.errors import ConfigError, DataError


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: what the set is, what it needs, and whom to cite."""

    name: str
    description: str
    needs: Literal["nothing", "files"]
    citation: str
    files: tuple[Remote, ...] = ()


_ENTRIES = (
    Entry(
        "peaks",
        "five level sets of MATLAB's peaks surface in the plane, 25,000 + 6,250 rows",
        "nothing",
        "Generated, or the public course file PeaksData.mat.",
    ),
    Entry(
        "gmm",
        "five classes of five Gaussians each in R^5, 25,000 + 6,250 rows",
        "nothing",
        "Generated, or the public course file GMMData.mat.",
    ),
    Entry("swiss-roll", "two spirals in the plane, 10,000 + 2,500 rows", "nothing", "Generated."),
    Entry("quadratic", "the two sides of a quadratic form, 60,000 + 10,000 rows", "nothing", "Generated."),
    Entry("line", "a noisy line for least squares, 49 rows", "nothing", "Generated."),
    Entry(
        "mnist",
        "handwritten digits, 28 x 28 grey pixels, 60,000 + 10,000 rows",
        "files",
        "Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits. CC BY-SA 3.0.",
        MNIST,
    ),
    Entry(
        "cifar10",
        "small photographs in ten classes, 32 x 32 colour pixels, 50,000 + 10,000 rows",
        "files",
        "A. Krizhevsky, Learning multiple layers of features from tiny images, 2009. No licence is stated.",
        CIFAR10,
    ),
)

_GENERATORS: dict[str, Callable[[np.random.Generator], Dataset]] = {
    "peaks": generators.peaks,
    "gmm": generators.gmm,
    "swiss-roll": generators.swiss_roll,
    "quadratic": generators.quadratic,
    "line": generators.line,
}
_PLACES = {  # where each set may lie inside a data folder, in the order of preference
    "peaks": ("PeaksData.mat",),
    "gmm": ("GMMData.mat",),
    "mnist": ("mnist", ".", "mnist.npz", "mnist/mnist.npz"),
    "cifar10": (
        "cifar-10-batches-bin",
        "cifar-10-batches-py",
        "cifar10/cifar-10-batches-bin",
        "cifar10/cifar-10-batches-py",
    ),
}
_BAYES_ACCURACY = {  # of the Bayes rule on the validation rows of exactly these files, by SHA-256
    "96a04daa1c540b5b15ae2ba76bc83c50a330f295cbd840c2481bac8fc6cf5e81": 0.9370,  # PeaksData.mat
    "f04b30d6e81db19f0ce81046d64de78b9cca36186cb0b4c6a597c6bce7673787": 0.9754,  # GMMData.mat
}


def entries() -> tuple[Entry, ...]:
    """All data sets that have a name."""
    return _ENTRIES


def entry(name: str) -> Entry:
    """The data set called ``name``.

    Raises ``ConfigError`` for a name that is not in the catalogue, with the nearest one that is.

    >>> entry("line").needs
    'nothing'
    """
    by_name = {each.name: each for each in _ENTRIES}
    if name not in by_name:
        close = difflib.get_close_matches(name, by_name, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"choose from {', '.join(by_name)}, or give a path"
        raise ConfigError(f"there is no data set {name!r}; {hint}")
    return by_name[name]


def stored_at(name: str, data_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """The file or folder from which ``load`` reads the data set called ``name``; None where it finds none.

    Raises ``DataError`` for a data folder that was asked for and is not there.
    """
    return find(_PLACES.get(name, ()), data_dir)


def load(
    source: str | os.PathLike[str],
    *,
    data_dir: str | os.PathLike[str] | None = None,
    seed: int = 0,
    batches: Sequence[int] | None = None,
) -> Dataset:
    """A data set of the catalogue, or from a file.

    Args:
        source: a name (see ``entries``), or a path: of a .mat file (keys Yt, Ct, Yv, Cv), an .npz file
            (x_train, y_train, x_test, y_test), a folder of IDX files, or a CIFAR-10 folder in either layout.
        data_dir: where to look for files first.
        seed: of a generated set. ``peaks`` and ``gmm`` are read from PeaksData.mat and GMMData.mat where
            these are found, else generated; ``Dataset.source`` says which it was.
        batches: which of CIFAR-10's five training batches, numbered from 1; by default all.

    Raises ``ConfigError`` for an unknown name or ``batches`` that cannot be, ``DataError`` for data that
    is not there or not as it should be.

    >>> load("line", seed=3).source
    'generated (seed 3)'
    """
    try:
        return _load(source, data_dir, seed, batches)
    except OSError as error:  # from looking for files; reading them has messages of its own
        raise DataError(f"{error.filename or source}: cannot be read: {error.strerror or error}") from None


def _load(
    source: str | os.PathLike[str],
    data_dir: str | os.PathLike[str] | None,
    seed: int,
    batches: Sequence[int] | None,
) -> Dataset:
    if _is_path(source):
        return _read(Path(source), batches)
    name = entry(str(source)).name
    path = stored_at(name, data_dir)
    if path is not None:
        return _as_published(name, _read(path, batches), path)
    if name not in _GENERATORS:
        folders = ", ".join(str(folder) for folder in data_folders(data_dir))
        raise DataError(f"{name} is in none of {folders}; to download it: gradwright data get {name}")
    _refuse_batches(batches, name)
    dataset = _GENERATORS[name](np.random.default_rng(seed))
    return replace(dataset, source=f"generated (seed {seed})")


def _is_path(source: str | os.PathLike[str]) -> bool:
    """A name of the catalogue is never a path; anything else is one if it looks like one or is there."""
    if isinstance(source, str) and any(source == each.name for each in _ENTRIES):
        return False
    path = Path(source)
    return not isinstance(source, str) or len(path.parts) > 1 or path.suffix != "" or path.exists()


def _read(path: Path, batches: Sequence[int] | None) -> Dataset:
    """The data set at ``path``, read by the one format that fits it."""
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    if cifar.is_folder(path):
        return cifar.load_folder(path, cifar.BATCHES if batches is None else batches)
    _refuse_batches(batches, str(path))
    if idx.is_folder(path):
        return idx.load_folder(path)
    if path.is_dir():
        raise DataError(f"{path}: expected IDX files or CIFAR-10 batches in this folder, found neither")
    readers = {".mat": matfile.load, ".npz": npz.load}
    if is_table(path):
        raise ConfigError(
            f"{path}: expected the column that is to be learned, target in the table data of a config, found "
            "none; in Python Dataset.from_table(path, target) reads a table"
        )
    if path.suffix not in readers:
        raise DataError(
            f"{path}: expected a .mat or .npz file or a folder, found {path.suffix or 'no suffix'}"
        )
    return readers[path.suffix](path)


def _refuse_batches(batches: Sequence[int] | None, what: str) -> None:
    if batches is not None:
        raise ConfigError(f"batches: only CIFAR-10 is kept in batches; {what} is not")


def _as_published(name: str, dataset: Dataset, path: Path) -> Dataset:
    """``dataset`` under its catalogue name, held to the classes that the published set has."""
    if name == "mnist":
        return replace(dataset, name=name, classes=tuple("0123456789"))
    if name in _GENERATORS:
        return replace(dataset, name=name, bayes_accuracy=_BAYES_ACCURACY.get(sha256_of(path)))
    return replace(dataset, name=name)
