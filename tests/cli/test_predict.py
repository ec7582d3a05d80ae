"""``gradwright predict``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw

Command = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path) -> gw.Run:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    run = gw.fit(gw.mlp(2, 4, 2), (x, np.where(x[:, 0] > 0, "=up", "down")), epochs=2, progress=False)
    run.save(tmp_path / "run")
    return run


def test_each_row_has_its_label_and_the_probability_of_each(gradwright: Command, run: gw.Run) -> None:
    Path("rows.csv").write_text("1.5,0\n-1.5,0.5\n")
    outcome = gradwright("predict", "run", "rows.csv")
    first, *rows = outcome.out.splitlines()
    assert (outcome.code, first) == (0, "prediction,probability of =up,probability of down")
    x = [[1.5, 0], [-1.5, 0.5]]
    assert [row.split(",")[0].strip("'") for row in rows] == run.predict(x).tolist()
    assert [[float(cell) for cell in row.split(",")[1:]] for row in rows] == run.predict_proba(x).tolist()
    assert gradwright("predict", "run", "rows.csv", "--json").json["prediction"] == run.predict(x).tolist()


def test_scores_are_not_called_probabilities(gradwright: Command) -> None:
    x, y = np.random.default_rng(0).normal(size=(60, 2)), ["a", "b", "c"] * 20
    run = gw.fit(gw.mlp(2, 3), (x, y), loss="Hinge", epochs=1, progress=False)
    run.save("scored")
    Path("rows.csv").write_text("1.5,0\n")
    first, row = gradwright("predict", "scored", "rows.csv").out.splitlines()
    assert first == "prediction,score of a,score of b,score of c"
    assert [float(cell) for cell in row.split(",")[1:]] == run.outputs([[1.5, 0]])[0].tolist()


@pytest.mark.usefixtures("run")
def test_a_file_is_written_and_not_replaced_unasked(gradwright: Command) -> None:
    np.save("rows.npy", np.zeros((3, 2)))
    arguments = ("predict", "run", "rows.npy", "--out", "p.csv")
    outcome = gradwright(*arguments)
    assert (outcome.code, outcome.out, "3 answers written to p.csv" in outcome.err) == (0, "", True)
    assert len(Path("p.csv").read_text().splitlines()) == 4
    again = gradwright(*arguments)
    assert (again.code, "--overwrite" in again.err) == (2, True)
    assert gradwright(*arguments, "--overwrite").code == 0


def test_numbers_are_answered_in_columns(gradwright: Command) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    gw.fit(gw.mlp(2, 3), (x, np.hstack([x, x[:, :1]])), epochs=1, progress=False).save("run")
    np.save("rows.npy", x)
    first = gradwright("predict", "run", "rows.npy").out.splitlines()[0]
    assert first == "prediction 0,prediction 1,prediction 2"


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected rows of numbers, found none"),
        ("a,b\n", "expected rows of numbers, found none"),
        ("1,2,3\n", "expected 2 columns, found 3"),
        ("1,2\n3\n", "line 2: expected 2 columns, found 1"),
        ("a,b\n\n1,2\n3,x\n", "line 4, column 'b': expected a number, found 'x'"),
        ("1,2\n1,nan\n", "expected finite numbers, found nan in row 1, column 1"),
        ("1," + "9" * 200_000, "found damage"),
    ],
)
def test_rows_that_cannot_be_are_one_message(gradwright: Command, text: str, message: str) -> None:
    Path("rows.csv").write_text(text)
    outcome = gradwright("predict", "run", "rows.csv", "--out", "p.csv")
    assert (outcome.code, outcome.out, message in outcome.err) == (1, "", True), outcome.err
    assert not Path("p.csv").exists()


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"PK"])
def test_a_damaged_array_is_one_message(gradwright: Command, content: bytes) -> None:
    Path("rows.npy").write_bytes(content)
    outcome = gradwright("predict", "run", "rows.npy")
    assert (outcome.code, "rows.npy: expected an array in NumPy's format" in outcome.err) == (1, True)


@pytest.mark.usefixtures("run")
def test_other_files_are_refused(gradwright: Command) -> None:
    assert "found .xlsx" in gradwright("predict", "run", "rows.xlsx").err
    assert "no such file" in gradwright("predict", "run", "rows.csv").err
    assert "found no config.toml" in gradwright("predict", "nowhere", "rows.csv").err


def test_the_columns_of_a_frame_are_found_by_name(gradwright: Command) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    frame = pandas.DataFrame(np.random.default_rng(0).normal(size=(40, 2)), columns=["width", "height"])
    run = gw.fit(gw.mlp(2, 2), (frame, frame["width"] > 0), epochs=1, progress=False)
    run.save("run")
    Path("rows.csv").write_text("height,name,width\n1,x,2\n")
    answers = gradwright("predict", "run", "rows.csv", "--json").json
    assert answers["prediction"] == run.predict([[2.0, 1.0]]).tolist()
    Path("rows.csv").write_text("height,widht\n1,2\n")
    assert "did you mean 'widht'" in gradwright("predict", "run", "rows.csv").err


@pytest.fixture
def table_run() -> gw.Run:
    rng = np.random.default_rng(0)
    size, town = rng.normal(50, 20, 100), rng.choice(["Ulm", "Bonn"], 100)
    data = gw.Dataset.from_table({"size": size, "town": town, "y": np.where(size > 50, "up", "down")}, "y")
    run = gw.fit(gw.mlp(2, 4, 2), data, epochs=2, progress=False)
    run.save("run")
    return run


def test_a_table_is_answered_by_its_names_and_in_parts(
    gradwright: Command, table_run: gw.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.data.table.files.table_blocks.__defaults__", (2,))
    Path("rows.csv").write_text(
        "town;size;y\nUlm;50,5;up\nBonn;1;up\nUlm;;up\nWien;7;\nWien;8;\n".replace(",", ".")
    )
    outcome = gradwright("predict", "run", "rows.csv", "--out", "p.csv")
    assert outcome.code == 0
    assert "5 answers written to p.csv" in outcome.err
    assert "column 'town': 2 rows with a value that training never showed, 'Wien'; unknown" in outcome.err
    assert "column 'size': 1 row without a number" in outcome.err
    first, *lines = Path("p.csv").read_text().splitlines()
    table = {"town": ["Ulm", "Bonn", "Ulm", "Wien", "Wien"], "size": [50.5, 1, None, 7, 8]}
    with pytest.warns(UserWarning, match="column"):
        expected = table_run.predict(table)
    assert first == "prediction,probability of down,probability of up"
    assert [line.split(",")[0] for line in lines] == expected.tolist()
    found = gradwright("predict", "run", "rows.csv", "--json")
    assert found.json["prediction"] == expected.tolist()


@pytest.mark.usefixtures("table_run")
def test_a_table_that_cannot_be_is_one_message_and_leaves_no_file(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.data.table.files.table_blocks.__defaults__", (2,))
    Path("rows.csv").write_text("town,size\nUlm,50\nBonn,1\nUlm,many\n")
    outcome = gradwright("predict", "run", "rows.csv", "--out", "p.csv")
    assert outcome.code == 1
    assert (
        "rows.csv, of the rows from 2 on: column 'size': expected a number, found 'many' in row 0"
        in outcome.err
    )
    assert not Path("p.csv").exists()
    Path("rows.csv").write_text("town,sizes\nUlm,50\n")
    assert (
        "expected a column 'size', found none; did you mean 'sizes'?"
        in gradwright("predict", "run", "rows.csv").err
    )


def test_columns_without_names_are_found_by_their_numbers(gradwright: Command) -> None:
    lines = [f"{k % 2},{3 * k},{7 * k % 5}\n" for k in range(60)]
    Path("train.csv").write_text("".join(lines))
    data = gw.Dataset.from_table("train.csv", "column 1")
    gw.fit(gw.mlp(2, 2), data, epochs=1, progress=False).save("run")
    Path("whole.csv").write_text("".join(lines[:5]))
    Path("new.csv").write_text("".join(line.split(",", 1)[1] for line in lines[:5]))
    assert gradwright("predict", "run", "new.csv").out == gradwright("predict", "run", "whole.csv").out != ""


def test_networks_that_answer_together_are_served_too(gradwright: Command) -> None:
    rng = np.random.default_rng(0)
    table = {"size": rng.normal(size=60).round(3).tolist(), "town": ["Ulm", "Bonn", "Graz"] * 20}
    run = gw.tabular(table, "town", epochs=2, progress=False)
    run.save("towns")
    Path("rows.csv").write_text("size\n" + "\n".join(map(str, table["size"])))
    first, *rows = gradwright("predict", "towns", "rows.csv").out.splitlines()
    assert first == "prediction,probability of Bonn,probability of Graz,probability of Ulm"
    assert [row.split(",")[0] for row in rows] == run.predict("rows.csv").tolist()
    found = [[float(cell) for cell in row.split(",")[1:]] for row in rows]
    assert found == run.predict_proba("rows.csv").tolist()
    gw.tabular(table, "size", epochs=2, progress=False).save("sizes")
    Path("rows.csv").write_text("town\nUlm\nWien\n")
    outcome = gradwright("predict", "sizes", "rows.csv", "--out", "p.csv")
    assert Path("p.csv").read_text().splitlines()[0] == "prediction"
    assert "a value that training never showed, 'Wien'" in outcome.err
