"""A history as a notebook shows it."""

from __future__ import annotations

from gradwright.training import EpochRecord, History


def test_a_notebook_shows_the_last_epochs_and_says_how_many_there_are() -> None:
    history = History(tuple(EpochRecord(e, e, {"loss": e + 0.25}) for e in range(30)))
    html = history._repr_html_()
    assert "29.25" in html
    assert ">19.25<" not in html
    assert "The last 10 of 30 rows" in html


def test_a_short_history_is_shown_whole() -> None:
    html = History((EpochRecord(0, 0, {"loss": 1.5}), EpochRecord(1, 9, {"loss": 0.5})))._repr_html_()
    assert ">1.5<" in html
    assert ">0.5<" in html
    assert "to_frame" not in html
