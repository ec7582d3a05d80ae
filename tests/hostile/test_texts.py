"""What names out of a stranger's study do on a terminal, in Markdown, CSV, a page or a figure: nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gradwright.cli import main
from gradwright.cli.output import say
from gradwright.drawing import render
from gradwright.show.study_findings import findings
from gradwright.show.study_page import all_tables, figure_of, render_page, to_markdown
from gradwright.show.study_tables import to_csv
from gradwright.studies.compare import Comparison, compare
from gradwright.studies.store import STUDY, Study
from tests.studies.studies import run_record

TEXTS = (
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b31m",
    "over\rwritten",
    "two\nlines",
    "two\r\n\r\n## A heading",
    "back\b\b\bspace",
    "bell\x07 and nul\x00",
    "right to left \u202e\u2066",
    "lines \u2028 and \u2029",
    "lone \udc80",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg><script>1</script>",
    "]]><!-- --> <!--",
    "{{ 7 * 7 }} {% raw %}",
    "a | b | c",
    "`code` ``` fence",
    "[look](javascript:alert(1)) ![x](http://gradwright.invalid/x.png)",
    "\\| \\< \\`",
    "$\\frac{1}{0}$ $$",
    "=HYPERLINK(1)",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(1)",
)
MOVES = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.fixture(scope="module")
def hostile() -> Comparison:
    """A study whose axes and values a stranger named."""
    points = [{"kind": text, text: index % 3} for index, text in enumerate(TEXTS)]
    return compare([run_record(point, s, 0.9 - 0.01 * s) for point in points for s in range(3)])


@pytest.fixture(scope="module")
def peaceful() -> Comparison:
    """The same study with names that mean nothing."""
    points = [{"kind": f"v{index}", f"n{index}": index % 3} for index in range(len(TEXTS))]
    return compare([run_record(point, s, 0.9 - 0.01 * s) for point in points for s in range(3)])


def lines(text: str) -> int:
    return len(text.split("\n"))


def said(comparison: Comparison, capsys: pytest.CaptureFixture[str]) -> str:
    say("\n\n".join(["\n".join(findings(comparison)), *map(str, all_tables(comparison).values())]))
    return capsys.readouterr().out


def test_a_terminal_shows_them_without_a_move_or_a_line_more(
    hostile: Comparison, peaceful: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(hostile, capsys)
    assert not MOVES.search(shown)
    assert lines(shown) == lines(said(peaceful, capsys))


def test_markdown_has_the_lines_cells_and_headings_that_it_would_have(
    hostile: Comparison, peaceful: Comparison
) -> None:
    mine, plain = (to_markdown(each, [], "\n# x <b> `y`") for each in (hostile, peaceful))
    assert not MOVES.search(mine)
    assert lines(mine) == lines(plain)

    def cells(text: str) -> Sequence[int]:
        return [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in text.split("\n")]

    assert cells(mine) == cells(plain)
    assert not re.search(r"(?<!\\)(?:\\\\)*(?:[<`]|\]\()", mine)


def test_a_spreadsheet_computes_nothing(hostile: Comparison) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(hostile))))
    assert len(rows) == 1 + len(TEXTS)
    texts = [cell for row in rows for cell in row if not re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell)]
    assert not any(MOVES.search(cell) or "\n" in cell for cell in texts)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in texts)
    assert sum(cell.startswith("'") for cell in texts) == 2 * 4  # as a value and as an axis


@pytest.mark.usefixtures("blank_pictures")
def test_a_page_holds_no_element_more(hostile: Comparison, peaceful: Comparison) -> None:
    mine, plain = (render_page(each, [], "</title><script>", ["x"]) for each in (hostile, peaceful))
    for element in ("script", "img", "svg", "title", "h2", "td", "th", "a", "input"):
        assert mine.count(f"<{element}") == plain.count(f"<{element}"), element


@pytest.mark.parametrize("name", ["ranking", "space"])
def test_a_figure_runs_nothing_and_fetches_nothing(hostile: Comparison, name: str) -> None:
    figure = render(figure_of(hostile, name), "svg")
    elements = list(ElementTree.fromstring(figure).iter())
    assert not {each.tag.rpartition("}")[2] for each in elements} & {"script", "img", "foreignObject", "a"}
    links = [value for each in elements for name, value in each.attrib.items() if name.endswith("href")]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)


@pytest.mark.usefixtures("blank_pictures")
def test_compare_shows_such_a_study(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a\x1b[2J\n<b>"
    folder.mkdir()
    (folder / STUDY).write_text("")
    for index, text in enumerate(TEXTS):
        Study.open(folder).add(run_record({"kind": text}, 0, 0.5, id=f"run-{index}"))
    assert main(["compare", str(folder)]) == 0
    out, err = capfd.readouterr()
    assert not MOVES.search(out)
    assert "\x1b[2J" not in err
    for name in ("tables.md", "configurations.csv"):
        assert not MOVES.search((folder / "report" / name).read_text())
