"""The HTML of a report: one piece that needs nothing else and lets nothing in."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import ParameterVerdict

VOID = {"img"}


class Page(HTMLParser):
    """What a browser would find: the tags in order, the text, and whether everything is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and data.strip():
            self.texts.append(data.strip())


def page_of(report: GradientReport) -> Page:
    return Page(report._repr_html_())


def test_every_tag_is_closed_and_the_verdict_comes_first(report: GradientReport) -> None:
    page = page_of(report)
    assert page.open == []
    assert page.texts[0] == report.verdict
    assert f"{page.texts[0]}: {page.texts[1]}" == " ".join(str(report).split("\n\n")[0].splitlines())


def test_the_same_report_gives_the_same_html(wrong_report: GradientReport) -> None:
    assert wrong_report._repr_html_() == replace(wrong_report)._repr_html_()


def test_it_says_what_the_text_says(wrong_report: GradientReport) -> None:
    texts = page_of(wrong_report).texts
    for said in (
        "9 of 12 directions contradict the gradient",
        "Note: f changes its input: every call was given a copy",
        "8.125000e-02",
        "9.9e-01",
        "1.00 (1.00, 1.01) at 95 %, of the second remainder, expected 2",
        "Shaded: orders fitted from step 3.125e-02 to 1.953e-03",
    ):
        assert said in texts


def test_the_fitted_rows_are_marked(wrong_report: GradientReport) -> None:
    tags = page_of(wrong_report).tags
    assert sum(tag == "tr" and attrs.get("class") == "fitted" for tag, attrs in tags) == 5


def test_nothing_is_fetched_and_nothing_runs(report: GradientReport) -> None:
    page = page_of(report)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("src") or "data:").startswith("data:")
    assert "url(" not in report._repr_html_()
    assert "http" not in report._repr_html_()


def test_every_rule_of_style_stays_within_the_report(wrong_report: GradientReport) -> None:
    style = re.search(r"<style>(.*?)</style>", wrong_report._repr_html_(), re.DOTALL)
    assert style is not None
    selectors = re.findall(r"([^{}]+)\{[^}]*\}", style[1])
    assert len(selectors) > 5
    assert all(part.strip().startswith(".gw-check") for rule in selectors for part in rule.split(","))


def test_names_of_users_are_shown_and_never_obeyed(wrong_report: GradientReport) -> None:
    evil = "<script>alert(1)</script>\"'&"
    report = replace(
        wrong_report,
        evidence=evil,
        cause=evil,
        location=evil,
        reason=evil,
        notes=(evil,),
        parameters=(ParameterVerdict(evil, "wrong", 1.0, 1e-9), *wrong_report.parameters),
    )
    page = page_of(report)
    assert "script" not in [tag for tag, _ in page.tags]
    assert {name for _, attributes in page.tags for name in attributes} == {"class", "scope", "alt", "src"}
    assert evil in page.texts
    assert f"Note: {evil}" in page.texts


def test_the_picture_is_within_the_page_and_told_in_words(wrong_report: GradientReport) -> None:
    ((_, image),) = [(tag, attrs) for tag, attrs in page_of(wrong_report).tags if tag == "img"]
    assert (image["src"] or "").startswith("data:image/svg+xml;base64,")
    assert "wrong: dW2 is 0.0100 x" in (image["alt"] or "")


def test_without_matplotlib_the_tables_stand_alone(
    wrong_report: GradientReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    page = page_of(wrong_report)
    assert "img" not in [tag for tag, _ in page.tags]
    assert "8.125000e-02" in page.texts


def test_without_steps_there_is_no_picture_and_no_table(undecided_report: GradientReport) -> None:
    assert not {"img", "table", "details"} & {tag for tag, _ in page_of(undecided_report).tags}
