"""Every reader of the package with an honest file for it, in the small: what the hostile tests start from."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import pickle
import tarfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl
import scipy.io

import gradwright as gw
from gradwright.audit.claims import read_claims
from gradwright.bench.speed.record import Record
from gradwright.check import check_network
from gradwright.data import idx, matfile, npz, pickles
from gradwright.data.download import unpack
from gradwright.errors import DataWarning
from gradwright.grading import Grade, Mark, gradebook
from gradwright.grading.formats import gradescope
from gradwright.grading.handed_in import source
from gradwright.grading.rubric import read_rubric
from gradwright.nn.spec import network_from_json, network_to_json
from gradwright.show.checks import read_check, write_check
from gradwright.show.reported import REPORTED, read_reported
from gradwright.studies.looks import looks
from gradwright.studies.plan import read_plan
from gradwright.studies.sealed import openings
from gradwright.studies.store import Study
from gradwright.studies.summary import from_summary, to_summary
from gradwright.training.checkpoint import load_checkpoint
from gradwright.training.config import read_config
from gradwright.training.importance import Importance, write_importance
from gradwright.training.load_run import read_run
from gradwright.training.record import RunRecord
from gradwright.training.resume import require_same_settings

EXAMPLES = Path(__file__).parents[2] / "examples"
STUDY = b"""version = 1
repeats = 2

[base]
name = "moons"
network = { kind = "mlp", widths = [2, 8, 3] }
epochs = 2

[base.data]
name = "peaks"

[space]
batch_size = [16, 32]
learning_rate = { log_uniform = [1e-3, 1.0] }
"optimizer.momentum" = { uniform = [0, 0.9] }

[search]
kind = "Grid"
points = 3
"""
LOOK = {"time": "now", "metric": "validation.loss", "runs": 3, "complete": True, "records": "0a"}
OPENING = {
    **{"time": "now", "point": {"batch_size": 16}, "seeds": [1], "metrics": {"loss": [0.5]}, "rows": 9},
    **{"metric": "validation.loss", "runs": 3, "repeated": True},
}
BENCH = {
    "environment": {"python": "3"},
    "workloads": [],
    "limits": [],
    "measurements": [
        {"workload": "w", "peer": "p", "threads": 1, "status": "measured", "microseconds": [1.0, 2.0]}
    ],
    "status": "complete",
}


@dataclass(frozen=True)
class Reader:
    """A reader: the file that it reads, what lies in it, how that is packed, and the reading itself."""

    name: str
    path: Path
    content: bytes
    read: Callable[[], object]
    pack: Callable[[bytes], bytes] = bytes

    def write(self, content: bytes) -> None:
        """Put other content in the place of the honest one."""
        self.path.write_bytes(self.pack(content))


def readers(folder: Path) -> list[Reader]:
    """All readers, with their honest files in ``folder``."""
    found = [*_tables(folder), *_run_files(folder / "run"), *_study_files(folder / "study"), *_data(folder)]
    found += _ensemble_files(folder / "flats")
    for reader in found:
        reader.path.parent.mkdir(parents=True, exist_ok=True)
        reader.write(reader.content)
    return found


def _tables(folder: Path) -> Iterator[Reader]:
    """What people write by hand, and what is handed on by itself."""
    config, claims, rubric = (folder / f"{name}.toml" for name in ("config", "claims", "rubric"))
    example = (EXAMPLES / "peaks.toml").read_bytes()
    yield Reader("config", config, example, lambda: read_config(config))
    told = (
        b'source = "S4"\n[[figure]]\nname = "a"\naccuracy = 0.49536\nrows = 10000\nloss = 1.65\nclasses = 5\n'
    )
    yield Reader("claims", claims, told, lambda: read_claims(claims))
    asked = (EXAMPLES / "grading" / "rubric.toml").read_bytes()
    yield Reader("rubric", rubric, asked, lambda: read_rubric(rubric))
    rules, grades = read_rubric(EXAMPLES / "grading" / "rubric.toml"), folder / "grades.json"
    about = {"sha256": "0c", "rubric": gradebook.begin(rules, 7).rubric}
    marks = (Mark("square", "value", 1.0, 1.0, "right", "your loss is the expected one"),)
    graded = json.dumps(gradescope.to_dict(Grade("a.py", 7, marks), about)).encode()
    yield Reader("grades", grades, graded, lambda: gradebook.read(grades, rules, 7))
    handed_in = folder / "homework.ipynb"
    code = ["%pylab\n", "def f(x): return x\n"]
    pages = {"cells": [{"cell_type": "code", "source": code}, {"cell_type": "markdown", "source": "# End"}]}
    honest = json.dumps(pages | {"nbformat": 4}).encode()
    yield Reader("notebook", handed_in, honest, lambda: source(handed_in, rules))
    bench = folder / "bench.json"
    yield Reader("bench", bench, json.dumps(BENCH).encode(), lambda: Record.read(bench))
    network = folder / "network.json"
    honest = network_to_json(gw.mlp(2, 8, 3)).encode()
    yield Reader("network", network, honest, lambda: network_from_json(network.read_text("latin-1")))


def _run_files(run: Path) -> Iterator[Reader]:
    """The files of a run, each read as the part of it that it is."""
    made = gw.fit(
        gw.mlp(2, 8, 5), gw.data.load("peaks"), epochs=2, batch_size=512, progress=False, folder=run
    )
    x, y = gw.data.load("peaks").train.x[:4], gw.data.load("peaks").train.y[:4]
    write_check(check_network(made.objective, made.theta, x, y), run)
    (run / REPORTED).write_text('{"validation_accuracy": 0.93, "source": "S1"}')
    write_importance(Importance("validation", 9, "log loss", ("x1",), (0.1,), (0.0,), (0.2,)), run)
    look = {"time": "now", "epoch": 2, "rows": 9, "metrics": {"loss": 0.5}}
    (run / "openings.jsonl").write_text(json.dumps(look) + "\n")
    special = {
        "checkpoint.safetensors": lambda: load_checkpoint(run / "checkpoint.safetensors"),
        "gradient_check.json": lambda: read_check(run),
        REPORTED: lambda: read_reported(run),
    }
    for path in sorted(run.iterdir()):
        if path.suffix in (".toml", ".json", ".jsonl", ".safetensors"):
            content = path.read_bytes()
            yield Reader(f"run: {path.name}", path, content, special.get(path.name, lambda: read_run(run)))
    settings = run / "settings.toml"
    settings.write_bytes((run / "config.toml").read_bytes())
    yield Reader(
        "run: to resume",
        settings,
        settings.read_bytes(),
        lambda: require_same_settings(run, settings.read_text("latin-1"), made.config),
    )


def _ensemble_files(flats: Path) -> Iterator[Reader]:
    """What makes one model of several networks, and how a table was encoded for the first of them."""
    size = np.random.default_rng(0).normal(70, 25, 60)
    table = {"size": size, "town": ["Ulm", "Bonn", "Graz"] * 20, "rent": 9 * size}
    data = gw.Dataset.from_table(table, "rent", validation=None, bins=3)
    gw.tabular(data, epochs=1, progress=False).save(flats)
    for path in (flats / "tabular.json", flats / "network-1" / "data.json"):
        yield Reader(f"tabular: {path.name}", path, path.read_bytes(), lambda: gw.load_tabular(flats))


def _study_files(study: Path) -> Iterator[Reader]:
    """The files of a study, and a line of its index."""
    record = RunRecord(
        id="0a",
        point={"batch_size": 16},
        seed=1,
        status="finished",
        config={"name": "moons", "epochs": 2},
        metrics={"validation": {"loss": 0.5}},
        history={"validation.loss": [1.0, 0.5]},
        versions={"numpy": "2"},
        data="0b",
        budget=2,
    )
    plan, file = study / "study.toml", study / "runs" / "0a.json"
    yield Reader("study: plan", plan, STUDY, lambda: read_plan(plan, links=False).total_runs)

    def records() -> object:
        (study / "index.sqlite").unlink(missing_ok=True)
        return Study.open(study).records()

    yield Reader("study: record", file, record.to_json().encode(), records)
    index = study / "index.sqlite"
    for path, content in ((plan, STUDY), (file, record.to_json().encode())):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    records()

    def listed() -> object:
        for beside in study.glob("index.sqlite-*"):
            beside.unlink()
        return Study.open(study).records()

    yield Reader("study: index", index, index.read_bytes(), listed)
    seen, opened = study / "looks.jsonl", study / "openings.jsonl"
    yield Reader("study: looks", seen, _line(LOOK), lambda: looks(Study.open(study)))
    yield Reader("study: openings", opened, _line(OPENING), lambda: openings(Study.open(study)))
    complete = study / "complete.json"
    yield Reader("study: complete", complete, b'{"plan": "0", "runs": 1}', Study(study).is_complete)
    summary = study / "summary.json"  # in the index it is a text of SQLite
    yield Reader(
        "study: summary",
        summary,
        to_summary(record).encode(),
        lambda: from_summary("0a", summary.read_text("latin-1"), study / "runs"),
    )


def _line(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def _data(folder: Path) -> Iterator[Reader]:
    """Data sets in each format, packed and not: behind a checksum no damage gets far."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(256, size=(5, 4, 4), dtype=np.uint8), np.array([3, 0, 1, 2, 1], np.uint8)
    arrays = {"x_train": x, "y_train": y, "x_test": x[:3], "y_test": y[:3]}
    course = {
        "Yt": x.reshape(5, 16).T / 255.0,
        "Ct": np.eye(5)[:, y],
        "Yv": np.ones((16, 2)),
        "Cv": np.eye(5)[:, :2],
    }
    archive, member = folder / "a.npz", folder / "b.npz"
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]
    yield Reader("npz", archive, packed.getvalue(), lambda: npz.load(archive))
    array = io.BytesIO()
    np.save(array, x)
    yield Reader("npz: an array", member, array.getvalue(), lambda: npz.load(member), _in_npz(arrays))
    plain, deflated, matrix = (folder / f"{name}.mat" for name in ("plain", "deflated", "matrix"))
    scipy.io.savemat(plain, course)
    scipy.io.savemat(deflated, course, do_compression=True)
    yield Reader("mat 5: plain", plain, plain.read_bytes(), lambda: matfile.load(plain))
    yield Reader("mat 5: deflated", deflated, deflated.read_bytes(), lambda: matfile.load(deflated))
    head, body = plain.read_bytes()[:128], plain.read_bytes()[128:]
    end = 8 + int.from_bytes(body[4:8], "little")  # of the first of its matrices
    pack = _in_mat(head, body[end:])
    yield Reader("mat 5: a matrix", matrix, body[:end], lambda: matfile.load(matrix), pack)
    seven = folder / "seven.mat"
    with h5py.File(seven, "w") as file:
        for key, value in course.items():
            file.create_dataset(key, data=value.T, compression="gzip")
    yield Reader("mat 7.3", seven, seven.read_bytes(), lambda: matfile.load(seven))
    images, zipped = folder / "images", folder / "images.gz"
    content = bytes([0, 0, 8, 3, *(0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 4)]) + x.tobytes()
    yield Reader("idx", images, content, lambda: idx.read(images, 3))
    yield Reader("idx.gz", zipped, gzip.compress(content), lambda: idx.read(zipped, 3))
    yield Reader(
        "idx.gz: inside", folder / "in.gz", content, lambda: idx.read(folder / "in.gz", 3), gzip.compress
    )
    batch = folder / "batch"
    honest = pickle.dumps({"data": x.reshape(5, 16), "labels": y.tolist()}, protocol=2)
    yield Reader("pickle", batch, honest, lambda: pickles.load(batch))
    yield from _tables_of_rows(folder)
    tar = folder / "tar" / "set.tar.gz"
    yield Reader("tar", tar, _tar(), lambda: unpack(tar, (("none/of it", 3),)), gzip.compress)


def _tables_of_rows(folder: Path) -> Iterator[Reader]:
    """Tables of numbers, texts, booleans, dates and gaps."""
    frame = pl.DataFrame(
        {
            "size": [52.5, None, 61.0, 70.5, 44.0] * 4,
            "rooms": [2, 3, 3, 4, 1] * 4,
            "town": ["Ulm", "Bonn", None, "Ulm", "Graz"] * 4,
            "new": [True, False, True, False, True] * 4,
            "day": [datetime.date(2024, 1, 1 + k) for k in range(20)],
            "rent": ["high", "low", "low", "high", "low"] * 4,
        }
    )
    named, parquet, arrow = (folder / f"flats.{suffix}" for suffix in ("csv", "parquet", "arrow"))
    zipped, inside = folder / "flats.csv.gz", folder / "in.csv.gz"
    frame.write_csv(named)
    frame.write_parquet(parquet)
    frame.write_ipc(arrow)

    def read(path: Path) -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            return gw.Dataset.from_table(path, "rent", dates="split")

    zipped.write_bytes(gzip.compress(named.read_bytes()))
    yield Reader("csv.gz: inside", inside, named.read_bytes(), lambda: read(inside), gzip.compress)
    for path in (named, zipped, parquet, arrow):
        yield Reader("".join(path.suffixes)[1:], path, path.read_bytes(), lambda path=path: read(path))  # type: ignore[misc]


def _in_npz(arrays: dict[str, np.ndarray[Any, Any]]) -> Callable[[bytes], bytes]:
    def pack(content: bytes) -> bytes:
        whole = io.BytesIO()
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x_train.npy", content)
            for key, value in arrays.items():
                if key != "x_train":
                    member = io.BytesIO()
                    np.save(member, value)
                    archive.writestr(f"{key}.npy", member.getvalue())
        return whole.getvalue()

    return pack


def _in_mat(head: bytes, others: bytes) -> Callable[[bytes], bytes]:
    def pack(content: bytes) -> bytes:
        packed = zlib.compress(content)
        return head + np.array([15, len(packed)], "<u4").tobytes() + packed + others

    return pack


def _tar() -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        info = tarfile.TarInfo("batches/a.bin")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"aaa"))
    return whole.getvalue()
