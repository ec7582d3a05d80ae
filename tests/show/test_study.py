"""What a study's page says: findings, tables and figures that follow from the records alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from gradwright.errors import ConfigError
from gradwright.show.study_findings import findings
from gradwright.show.study_page import FIGURES, all_tables, figure_of, render_page, to_markdown
from gradwright.show.study_tables import openings_table, rest_table, standings_table, to_csv
from gradwright.studies.compare import Comparison, compare
from gradwright.studies.sealed import StudyOpening
from tests.studies.studies import run_record, study_of

pytestmark = pytest.mark.usefixtures("blank_pictures")

COMMAND = ["gradwright", "compare", "studies/my rates"]
OPENING = StudyOpening(
    "2025-01-01T00:00:00+00:00",
    {"a": 0},
    [0, 1],
    {"accuracy": [0.9, 0.8]},
    100,
    "validation.accuracy",
    10,
    True,
)


@pytest.fixture
def clear() -> Comparison:
    """Three configurations that five seeds tell apart, and one that broke."""
    records = study_of([0.9, 0.8, 0.7], spread=0.005)
    return compare([*records, run_record({"a": 9}, 0, 0, "diverged")], rows=1000)


@pytest.fixture
def grid() -> Comparison:
    """Two axes and a third that is a choice."""
    points: list[dict[str, Any]] = [
        {"rate": rate, "size": size, "kind": kind}
        for rate in (0.001, 0.01, 0.1)
        for size in (16, 32)
        for kind in ("SGD", "Adam")
    ]
    return compare([run_record(p, s, 0.5 + p["rate"] + 0.001 * s) for p in points for s in range(3)])


def test_the_findings_name_the_winner_and_what_can_be_told(clear: Comparison) -> None:
    text = " ".join(findings(clear))
    assert "with a 0, over 5 seeds" in text
    assert "95% confidence it is the best of the 3" in text
    assert "1,000 rows" in text
    assert "sealed" in text


def test_contenders_are_counted_with_the_seeds_that_would_tell() -> None:
    text = " ".join(findings(compare(study_of([0.9, 0.895], spread=0.01))))
    assert "is among 2 that cannot be told apart" in text
    assert "seeds would tell one of them" in text
    same = [run_record({"a": a}, s, 0.5 + 0.1 * ((s + a) % 2)) for a in range(2) for s in range(4)]
    assert "1,000 seeds would not do it" in " ".join(findings(compare(same)))


def test_few_seeds_and_single_ones_are_said_to_be_so() -> None:
    assert "3 seeds are few" in " ".join(findings(compare(study_of([0.9, 0.8], seeds=3))))
    assert "nothing can be told apart" in " ".join(findings(compare(study_of([0.9, 0.8], seeds=1))))
    assert "nothing to compare it with" in " ".join(findings(compare(study_of([0.9]))))


def test_each_opening_of_the_test_set_is_shown(clear: Comparison) -> None:
    assert "opened once" in findings(clear, [OPENING])[-1]
    assert "opened 2 times; only the first" in findings(clear, [OPENING, OPENING])[-1]
    table = openings_table([OPENING, OPENING])
    assert [row[0] for row in table.rows] == ["1", "2"]
    assert "accuracy 85.00 ± 7.07%" in table.rows[0]


def test_the_table_has_a_row_for_each_configuration_best_first(clear: Comparison) -> None:
    table = standings_table(clear)
    assert [row[1] for row in table.rows] == ["0", "1", "2"]
    assert len(standings_table(clear, most=2).rows) == 2


def test_each_configuration_that_does_not_compete_has_its_reason(clear: Comparison) -> None:
    assert rest_table(clear.rest).rows == (("a 9", "0", "1", "0", "the loss is not finite"),)
    others = [
        run_record({"a": 3}, 0, 0.9),
        run_record({"a": 4}, 0, 0, "pruned"),
        run_record({"a": 5}, 0, 0, "failed", message=None),
    ]
    reasons = [row[-1] for row in rest_table(compare([*study_of([0.9]), *others]).rest).rows]
    assert reasons == ["too few finished runs", "a run was pruned", "a run broke"]


def test_a_loss_is_shown_as_a_loss() -> None:
    table = standings_table(compare(study_of([0.9, 0.5]), "validation.loss"))
    assert "%" not in table.rows[0][3]


def test_the_csv_has_every_digit(clear: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(clear))))
    assert [row["a"] for row in rows] == ["0", "1", "2"]
    assert clear.winner.estimate is not None
    assert float(rows[0]["mean"]) == clear.winner.estimate.mean


def test_markdown_holds_findings_and_tables(clear: Comparison) -> None:
    text = to_markdown(clear, [OPENING], "Study rates")
    assert text.startswith("# Study rates\n\n- The best mean")
    assert all(f"## {heading}" in text for heading in all_tables(clear, [OPENING]))


def test_the_page_stands_alone_and_says_how_to_make_each_figure(
    grid: Comparison, read_page: Callable[[str], Any]
) -> None:
    text = render_page(grid, [OPENING], "Study <rates>", COMMAND)
    page = read_page(text)
    assert page.faults == []
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert "Study <rates>" in page.words
    for name in FIGURES:
        assert f"gradwright compare 'studies/my rates' --figure {name} --out {name}.svg" in page.words
    assert text == render_page(grid, [OPENING], "Study <rates>", COMMAND)


def test_the_page_says_what_it_is_and_holds_the_settings_of_the_best(
    grid: Comparison, read_page: Callable[[str], Any]
) -> None:
    page = read_page(render_page(grid, [], "Study", COMMAND))
    assert any(words.startswith("What 36 runs of 12 configurations allow to say") for words in page.words)
    assert any(words.startswith('monitor = "validation.accuracy" seed = 0') for words in page.words)
    links = {target for target in page.attributes("href") if target.startswith(("#table", "#f", "#a"))}
    assert links == {"#findings", "#figures", "#table-1", "#table-2", "#again"}
    assert {link.removeprefix("#") for link in links} <= set(page.attributes("id"))


def test_an_unknown_figure_and_one_with_nothing_to_show_are_refused(clear: Comparison) -> None:
    with pytest.raises(
        ConfigError, match="expected one of ranking, differences, curves, space, shares, time, found 'pie'"
    ):
        figure_of(clear, "pie")
    with pytest.raises(ConfigError, match="nothing to draw as 'shares'"):
        figure_of(clear, "shares")
