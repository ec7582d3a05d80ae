"""A table of texts, printed."""

from __future__ import annotations

import pytest

from gradwright.tables import Table

TABLE = Table(("name", "rows"), "lr", (("peaks", "25,000"), ("a|b", "7")))


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_end_together() -> None:
    assert str(TABLE).splitlines() == ["name     rows", "peaks  25,000", "a|b         7"]


def test_a_bar_in_a_cell_does_not_break_a_markdown_table() -> None:
    assert TABLE.to_markdown().splitlines()[-1] == r"| a\|b | 7 |"


WIDE = Table(
    ("no.", "optimizer", "mean", "gap", "time"),
    "rlrrr",
    (
        ("1", "SGD", "0.5531 ± 0.0467", "0.0751 (-0.534 to 0.684)", "0.3 s"),
        ("12", "Adam", "31.9", "-", "1 min 3 s"),
    ),
)
LONG = Table(
    ("configuration", "runs"), "lr", (("batch_size 16, learning_rate 0.1, optimizer SGD", "3"), ("a", "3"))
)


@pytest.mark.parametrize("width", range(12, 80))
@pytest.mark.parametrize("table", [WIDE, LONG, TABLE])
def test_no_line_is_wider_than_the_terminal_and_nothing_is_left_out(table: Table, width: int) -> None:
    text = table.within(width)
    assert max(map(len, text.splitlines())) <= width
    for words in ("".join(row) for row in (table.titles, *table.rows)):
        assert all(text.count(letter) >= words.count(letter) for letter in words if letter != " ")


def test_a_table_that_fits_is_as_it_was() -> None:
    assert WIDE.within(200) == str(WIDE)


def test_what_is_too_wide_goes_below_beside_its_first_column_again() -> None:
    first, second = WIDE.within(40).split("\n\n")
    assert first.splitlines()[0].split() == ["no.", "optimizer", "mean"]
    assert second.splitlines()[0].split() == ["no.", "gap", "time"]
    assert second.splitlines()[2].split() == ["12", "-", "1", "min", "3", "s"]


def test_a_long_cell_is_broken_into_lines_beside_the_others() -> None:
    assert LONG.within(36).splitlines() == [
        "configuration       runs",
        "batch_size 16,         3",
        "learning_rate 0.1,",
        "optimizer SGD",
        "a                      3",
    ]
