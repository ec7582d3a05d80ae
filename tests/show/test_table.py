"""A table of texts, printed."""

from __future__ import annotations

from gradwright.show import Table

TABLE = Table(("name", "rows"), "lr", (("peaks", "25,000"), ("a|b", "7")))


def test_columns_are_as_wide_as_their_widest_cell_and_numbers_end_together() -> None:
    assert str(TABLE).splitlines() == ["name     rows", "peaks  25,000", "a|b         7"]


def test_a_bar_in_a_cell_does_not_break_a_markdown_table() -> None:
    assert TABLE.to_markdown().splitlines()[-1] == r"| a\|b | 7 |"
