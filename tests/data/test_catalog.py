"""A name finds a file in the order stated, or generates; a path is read by the format that fits it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

from gradwright.data import catalog, entries, load, peaks
from gradwright.data.files import sha256_of
from gradwright.errors import ConfigError, DataError

pytestmark = pytest.mark.usefixtures("no_data_elsewhere")

Arrays = dict[str, np.ndarray[Any, Any]]


@pytest.fixture
def peaks_file(tmp_path: Path, course_arrays: Arrays) -> Path:
    folder = tmp_path / "asked-for"
    folder.mkdir()
    scipy.io.savemat(folder / "PeaksData.mat", course_arrays)
    return folder / "PeaksData.mat"


def test_every_entry_says_what_it_is_and_whom_to_cite() -> None:
    assert [each.name for each in entries()] == [
        "peaks",
        "gmm",
        "swiss-roll",
        "quadratic",
        "line",
        "mnist",
        "cifar10",
    ]
    for each in entries():
        assert each.description
        assert each.citation
        assert (each.needs == "files") == bool(each.files)


def test_every_published_file_has_a_checksum_and_an_address() -> None:
    for remote in (remote for each in entries() for remote in each.files):
        assert len(bytes.fromhex(remote.sha256)) == 32
        assert remote.size > 0
        assert all(url.startswith("https://") and url.endswith(Path(remote.path).name) for url in remote.urls)


@pytest.mark.parametrize("name", ["peaks", "gmm", "swiss-roll", "quadratic", "line"])
def test_generated_sets_need_nothing_and_name_their_seed(name: str) -> None:
    data = load(name, seed=7)
    assert (data.name, data.source) == (name, "generated (seed 7)")


def test_the_seed_decides_what_is_generated() -> None:
    assert load("line", seed=1).checksum() == load("line", seed=1).checksum() != load("line").checksum()
    assert load("peaks", seed=3).checksum() == peaks(np.random.default_rng(3)).checksum()


def test_a_file_is_preferred_to_generating_and_the_source_says_so(peaks_file: Path) -> None:
    data = load("peaks", data_dir=peaks_file.parent)
    assert (data.name, data.source) == ("peaks", "PeaksData.mat")
    assert data.bayes_accuracy is None, "these are not the rows for which it is known"


def test_the_bayes_accuracy_is_told_for_the_very_file_it_was_computed_on(
    peaks_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_BAYES_ACCURACY", {sha256_of(peaks_file): 0.937})
    assert load("peaks", data_dir=peaks_file.parent).bayes_accuracy == 0.937


def test_folders_are_searched_in_the_order_argument_environment_user(
    tmp_path: Path, course_arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {name: tmp_path / name for name in ("argument", "environment", "user-data")}
    for rows, folder in enumerate(folders.values(), start=1):
        folder.mkdir()
        training = {key: course_arrays[key][:, :rows] for key in ("Yt", "Ct")}
        scipy.io.savemat(folder / "PeaksData.mat", course_arrays | training)
    monkeypatch.setenv("GRADWRIGHT_DATA", str(folders["environment"]))

    assert len(load("peaks", data_dir=folders["argument"]).train) == 1
    (folders["argument"] / "PeaksData.mat").unlink()
    assert len(load("peaks", data_dir=folders["argument"]).train) == 2
    assert len(load("peaks").train) == 2
    (folders["environment"] / "PeaksData.mat").unlink()
    assert len(load("peaks").train) == 3
    (folders["user-data"] / "PeaksData.mat").unlink()
    assert load("peaks").source == "generated (seed 0)"


def test_a_data_folder_that_was_asked_for_and_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="typo: there is no such data folder"):
        load("peaks", data_dir=tmp_path / "typo")
    monkeypatch.setenv("GRADWRIGHT_DATA", str(tmp_path / "slip"))
    with pytest.raises(
        DataError, match=r"slip: there is no such data folder \(see --data-dir and GRADWRIGHT_DATA"
    ):
        load("peaks")


@pytest.mark.parametrize("name", ["mnist", "cifar10"])
def test_a_set_that_is_not_there_says_where_it_looked_and_how_to_get_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"{name} is in none of .*user-data; .* gradwright data get {name}"):
        load(name, data_dir=tmp_path)


@pytest.mark.parametrize("place", ["", "mnist"])
def test_mnist_is_found_as_idx_files_here_or_in_its_folder(idx_folder: Path, place: str) -> None:
    data = load("mnist", data_dir=idx_folder if place == "" else idx_folder.parent)
    assert (data.name, data.source) == ("mnist", "IDX files in mnist")
    assert data.classes == tuple("0123456789")


def test_mnist_is_found_as_an_archive(write_npz: Any, digits: Arrays) -> None:
    assert load("mnist", data_dir=write_npz(digits).parent).source == "mnist.npz"


def test_a_label_that_is_no_digit_is_refused_in_mnist(write_npz: Any, digits: Arrays) -> None:
    path = write_npz(digits | {"y_train": np.array([0, 1, 2, 10, 3])})
    with pytest.raises(DataError, match=r"mnist\.npz: train: expected labels 0 \.\. 9, found 10 in row 3"):
        load("mnist", data_dir=path.parent)


@pytest.mark.parametrize("folder", [".", "cifar10"])
def test_cifar10_is_found_here_or_in_a_folder_of_its_name(cifar_binary: Path, folder: str) -> None:
    if folder == "cifar10":
        (cifar_binary.parent / folder).mkdir()
        cifar_binary.rename(cifar_binary.parent / folder / cifar_binary.name)
    data = load("cifar10", data_dir=cifar_binary.parent, batches=[2])
    assert (data.name, data.source, len(data.train)) == ("cifar10", "cifar-10-batches-bin (batches 2)", 20)


def test_all_batches_are_read_unless_some_are_chosen(cifar_binary: Path) -> None:
    assert len(load("cifar10", data_dir=cifar_binary.parent).train) == 100


@pytest.mark.parametrize("name", ["peaks", "line"])
def test_batches_are_refused_where_there_are_none(name: str) -> None:
    with pytest.raises(ConfigError, match=f"batches: only CIFAR-10 is kept in batches; {name} is not"):
        load(name, batches=[1])


def test_batches_of_a_file_are_refused(peaks_file: Path) -> None:
    with pytest.raises(ConfigError, match=r"PeaksData\.mat is not"):
        load(peaks_file, batches=[1])


def test_paths_are_read_by_their_format(
    peaks_file: Path, idx_folder: Path, cifar_binary: Path, write_npz: Any, digits: Arrays
) -> None:
    paths = (peaks_file, idx_folder, cifar_binary, write_npz(digits))
    assert [load(path).name for path in paths] == ["PeaksData", "mnist", "cifar-10-batches-bin", "mnist"]
    assert load(str(peaks_file)).name == "PeaksData"


def test_a_bare_folder_name_is_a_path_if_it_is_there(
    idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(idx_folder.parent)
    idx_folder.rename(idx_folder.parent / "digits")
    assert load("digits").name == "digits"


def test_a_name_of_the_catalogue_is_never_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line").mkdir()
    assert load("line").source == "generated (seed 0)"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("peks", "did you mean 'peaks'?"),
        ("cifar", "did you mean 'cifar10'?"),
        ("zzz", "choose from peaks, gmm"),
    ],
)
def test_an_unknown_name_gets_a_suggestion(name: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(name)
    assert f"there is no data set '{name}'" in str(refusal.value)
    assert hint in str(refusal.value)


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"other\.mat: there is no such file or folder"):
        load("other.mat")
    with pytest.raises(DataError, match="nowhere: there is no such file or folder"):
        load(tmp_path / "nowhere")


def test_a_path_that_the_operating_system_refuses_is_named() -> None:
    with pytest.raises(DataError, match="xxx: cannot be read: File name too long"):
        load("x" * 5000)


def test_a_folder_without_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match="expected IDX files or CIFAR-10 batches in this folder, found neither"
    ):
        load(tmp_path)


@pytest.mark.parametrize(("name", "found"), [("data.xls", ".xls"), ("data", "no suffix")])
def test_a_file_of_another_format_is_named(tmp_path: Path, name: str, found: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(DataError, match=f"expected a .mat or .npz file or a folder, found {found}"):
        load(tmp_path / name)


def test_a_table_needs_a_target(tmp_path: Path) -> None:
    (tmp_path / "data.csv").touch()
    with pytest.raises(
        ConfigError, match=r"data.csv: expected the column that is to be learned, .*from_table"
    ):
        load(tmp_path / "data.csv")
