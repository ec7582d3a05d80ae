"""Every reader by one table: what it refuses unread, what it unpacks no further, what it survives."""

from __future__ import annotations

import gzip
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from gradwright.audit.claims import read_claims
from gradwright.cli.output import error, say
from gradwright.data import idx, npz
from gradwright.errors import ConfigError, DataError, GradwrightError, RecordError
from gradwright.inputs import MOST_DEPTH, parse_json, read_input
from gradwright.nn import mlp
from gradwright.nn.parameters import ParameterLayout
from gradwright.studies.plan import plan_of
from gradwright.tables import Table
from gradwright.toml import parse_toml, read_toml
from tests.hostile.attempts import attempts
from tests.hostile.readers import Reader, readers

NAMES = (
    *("config", "claims", "rubric", "grades", "notebook", "bench", "network"),
    *("run: checkpoint.safetensors", "run: config.toml", "run: data.json", "run: environment.json"),
    *("run: gradient_check.json", "run: history.jsonl", "run: openings.jsonl", "run: outcome.safetensors"),
    *("run: parameters.safetensors", "run: reported.json", "run: result.json", "run: sample.safetensors"),
    *("run: importance.json", "run: to resume"),
    *("study: plan", "study: record", "study: looks", "study: openings", "study: complete", "study: summary"),
    "study: index",
    *("npz", "npz: an array", "mat 5: plain", "mat 5: deflated", "mat 5: a matrix", "mat 7.3"),
    *(
        "idx",
        "idx.gz",
        "idx.gz: inside",
        "pickle",
        "tar",
        "csv",
        "csv.gz",
        "csv.gz: inside",
        "parquet",
        "arrow",
    ),
    *("tabular: tabular.json", "tabular: data.json"),
)
AS_TEXT = ("network", "run: to resume", "study: summary")  # whose readers are handed a text
FORGIVING = "study: complete"  # what cannot be read is not complete, and made again
LINKED = [name for name in NAMES if name.startswith(("run: ", "study: ")) and name not in AS_TEXT]
INPUTS = 1000


@pytest.fixture(scope="module")
def every() -> Iterator[dict[str, Reader]]:
    with tempfile.TemporaryDirectory() as folder:
        yield {reader.name: reader for reader in readers(Path(folder))}


@pytest.fixture
def reader(request: pytest.FixtureRequest, every: dict[str, Reader]) -> Iterator[Reader]:
    found = every[request.param]
    yield found
    found.path.unlink(missing_ok=True)
    found.write(found.content)


each_reader = pytest.mark.parametrize("reader", NAMES, indirect=True)
each_of_a_file = pytest.mark.parametrize(
    "reader", [name for name in NAMES if name not in (*AS_TEXT, FORGIVING)], indirect=True
)


def test_the_table_has_every_reader(every: dict[str, Reader]) -> None:
    assert sorted(every) == sorted(NAMES)


@each_reader
def test_an_honest_file_is_read(reader: Reader) -> None:
    if reader.name == "tar":  # all but its last step: the members that the caller names
        with pytest.raises(DataError, match="expected the members none/of it, found none of them"):
            reader.read()
    else:
        reader.read()


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@each_of_a_file
@pytest.mark.parametrize("make", [make_pipe, make_device, Path.mkdir], ids=["pipe", "device", "folder"])
def test_what_is_no_file_is_refused_at_once_in_one_sentence(
    reader: Reader, make: Callable[[Path], None]
) -> None:
    reader.path.unlink()
    make(reader.path)
    try:
        with pytest.raises(GradwrightError, match=re.escape(reader.path.name)) as caught:
            reader.read()
    finally:
        reader.path.rmdir() if make is Path.mkdir else reader.path.unlink()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reader", [name for name in LINKED if name != FORGIVING], indirect=True)
def test_a_link_inside_a_run_or_a_study_is_not_followed(reader: Reader, tmp_path: Path) -> None:
    reader.path.rename(tmp_path / "secret")
    reader.path.symlink_to(tmp_path / "secret")
    with pytest.raises(
        GradwrightError, match=r"a link, which is not followed here|expected no symbolic link"
    ):
        reader.read()


@each_of_a_file
@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00\x80" * 9,
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"a = " + b"9" * 5000,
        b"a = 0x" + b"f" * 5000,
    ],
    ids=["bytes", "lists", "tables", "digits", "hexadecimal"],
)
def test_what_no_reader_can_mean_is_refused(reader: Reader, content: bytes) -> None:
    reader.path.write_bytes(content + b"\n")
    if reader.name == "study: record":
        assert not reader.read()  # it is moved aside, and its run is made again
    elif reader.name == "study: index":
        assert reader.read()  # it is made again
    else:
        with pytest.raises(GradwrightError):
            reader.read()


def test_damaged_files_of_every_reader_are_read_or_refused(every: dict[str, Reader]) -> None:
    tried = list(attempts(list(every.values()), range(INPUTS), seed=0, seconds=60))
    assert len(tried) == INPUTS
    assert not [attempt for attempt in tried if attempt.fall]


def test_an_index_whose_damage_sqlite_quotes_is_made_again(every: dict[str, Reader]) -> None:
    index = every["study: index"]
    index.write(index.content.replace(b"WITHOUT ROWID", b"WITHOUT\xfbROWID"))
    assert index.read()
    assert b"\xfb" not in index.path.read_bytes()


def test_a_file_that_lies_about_its_size_is_read_to_the_bound_alone(tmp_path: Path) -> None:
    assert read_input(Path("/proc/self/status"), DataError, "a file", 2**20).startswith(b"Name:")  # says 0
    with pytest.raises(
        DataError, match="status: expected a file, found: more than 10 bytes, which is the most"
    ):
        read_input(Path("/proc/self/status"), DataError, "a file", 10)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(ConfigError, match=r"found: 1,099,511,627,776 bytes, where 1,048,576 is the most"):
        read_toml(tmp_path / "sparse", "a config")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * (MOST_DEPTH + 2) + "]" * (MOST_DEPTH + 2), "tables or lists more than 100 deep"),
        ("[" * 10**6, "it nests too deeply to be read"),
        ("1" * 4301, "Exceeds the limit"),
        ("1" * 60, "a whole number of more than 128 bits"),
        (b'{"a": "\xff"}', "no text in UTF-8"),
    ],
)
def test_json_is_bounded(text: str | bytes, message: str) -> None:
    with pytest.raises(RecordError, match=rf"^a\.json: expected JSON, found: .*{message}"):
        parse_json(text, "a.json", RecordError)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 5000, "too deeply|100 deep"),
        (".".join("a" * 2000) + " = 1", "tables or lists more than 100 deep"),
        ("a = 0x" + "f" * 5000, "a whole number of more than 128 bits"),
        ("a = " + "1" * 5000, "Exceeds the limit"),
        ("a = 1979-05-27", "the date or time 1979-05-27"),
        ("a = 1\n=", "at line 2"),
        (b"a = '\xff'", "no text in UTF-8"),
    ],
)
def test_toml_is_bounded(text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^a\.toml: expected a config, found: .*({message})"):
        parse_toml(text, "a.toml", "a config", ConfigError)


NETWORK = {"kind": "mlp", "widths": [2, 8, 3]}
BASE = {"network": NETWORK, "name": "a", "data": {"name": "peaks"}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repeats": 10**12}, "repeats: expected a whole number >= 1, of at most 100,000, found 10{12}"),
        (
            {"search": {"kind": "Grid", "points": 10**9}},
            "points: expected a whole number >= 2, of at most 10,000",
        ),
        (
            {"search": {"kind": "Random", "trials": 10**8}},
            "a study of at most 1,000,000 runs, found one of 100,0",
        ),
        (
            {"search": {"kind": "CoarseToFine", "coarse": 1, "fine": 1, "rounds": 10**9}},
            "of at most 1,000,000",
        ),
        ({"space": {"batch_size": {"integers": [1, 10**9]}}}, "a grid of at most 1,000,000 points"),
        (
            {"base": BASE | {"epochs": 10**12}},
            "epochs: expected a whole number >= 0, of at most 1,000,000,000",
        ),
        ({"base": BASE | {"batch_size": 10**12}}, "batch_size: expected .* of at most 1,000,000,000"),
        ({"base": BASE | {"network": {"kind": "mlp", "widths": [2, 10**12, 3]}}}, "of at most 1,000,000,000"),
    ],
)
def test_a_number_is_bounded_before_anything_is_counted_by_it(
    change: dict[str, object], message: str
) -> None:
    study = {"base": BASE, "space": {"learning_rate": {"uniform": [0.1, 1.0]}}}
    with pytest.raises(ConfigError, match=message):
        plan_of(study | change)


def test_a_network_that_no_memory_holds_is_refused_by_its_size() -> None:
    layout = ParameterLayout.of(mlp(2, 10**6, 10**6, 5))
    with pytest.raises(ConfigError, match="at most 2,147,483,648 parameters, found one of 1,000,0"):
        layout.initialize(np.random.default_rng(0))


@pytest.mark.parametrize("number", ["1e-999999999", "1e999999999", "nan", "inf", f"0.{'1' * 50}"])
@pytest.mark.parametrize("key", ["accuracy", "upper", "loss"])
def test_a_claim_is_a_number_as_reports_print_them(tmp_path: Path, key: str, number: str) -> None:
    (tmp_path / "a.toml").write_text(f'source = "S"\n[[figure]]\nname = "a"\n{key} = {number}\n')
    with pytest.raises(
        ConfigError, match=rf"a\.toml: figure 1: {key}: expected a (finite number|number of at most)"
    ):
        read_claims(tmp_path / "a.toml")


def test_what_unpacks_to_gigabytes_is_refused_with_the_numbers_said(tmp_path: Path) -> None:
    images, bomb = tmp_path / "images.gz", tmp_path / "a.npz"
    sizes = np.array([2**14, 2**9, 2**9], ">u4").tobytes()
    images.write_bytes(gzip.compress(bytes([0, 0, 8, 3]) + sizes + bytes(2**21)))
    with pytest.raises(DataError, match=r"images.gz: announces 4294967296 bytes .* at most 335\d+ in a"):
        idx.read(images, 3)
    head = io.BytesIO()
    shape = {"descr": "|u1", "fortran_order": False, "shape": (2**16, 2**16)}
    np.lib.format.write_array_header_1_0(head, shape)
    with zipfile.ZipFile(bomb, "w") as archive:
        for key in npz.KEYS:
            archive.writestr(f"{key}.npy", head.getvalue())
    with zipfile.ZipFile(bomb, "a") as archive:
        for key in npz.KEYS:
            archive.getinfo(f"{key}.npy").file_size += 2**32
        archive.comment = b"so that the directory is written anew"
    with pytest.raises(DataError, match=r"a.npz: announces 17179869184 bytes .*, expected at most 335\d+ in"):
        npz.load(bomb)


def test_honest_zeros_and_real_images_pass_the_bound(tmp_path: Path, real_data: Path) -> None:
    images = idx.read(real_data / "mnist" / "train-images-idx3-ubyte.gz", 3)
    assert images.shape == (60_000, 28, 28)
    kept = tmp_path / "a.npz"
    x, y = images[:5000].astype(np.float32) / 255, np.arange(5000, dtype=np.uint8) % 10
    np.savez_compressed(kept, x_train=x, y_train=y, x_test=np.zeros_like(x), y_test=y)
    assert len(npz.load(kept).train) == 5000


def test_a_label_that_is_no_class_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    x, y = np.zeros((2, 1)), np.array([0, 10**12])
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    with pytest.raises(
        DataError, match=r"at most 65,536 classes, found 1000000000000; Dataset.from_arrays makes"
    ):
        npz.load(path)


def test_control_characters_never_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say("a\x1b]0;title\x07\nb\u202e \udc80")
    error("runs/\x1b[2J: expected a file", 1)
    out, err = capsys.readouterr()
    assert out == "a\\x1b]0;title\\x07\nb\\u202e \\udc80\n"
    assert "\\x1b[2J" in err
    assert "\x1b[2J" not in err


def test_markdown_holds_no_markup_of_a_file() -> None:
    table = Table(("a",), "l", (("<img src=x onerror=y>",), ("[x](javascript:y)",), ("a\\|b\nc",)))
    lines = table.to_markdown().splitlines()
    assert lines[2:] == [r"| \<img src=x onerror=y> |", r"| [x]\(javascript:y) |", r"| a\\\|b\\nc |"]
