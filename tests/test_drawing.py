"""One look for every figure, and the same bytes for the same figure."""

from __future__ import annotations

import sys

import matplotlib
import pytest

from gradwright.drawing import FORMATS, PALETTE, color, new_figure, render, set_log, styled
from gradwright.errors import ConfigError


def drawing(kind: str) -> bytes:
    with styled():
        figure, (axes,) = new_figure(2.0)
        axes.plot([0, 1], [0, 1], color=color(0))
        axes.set_title("one line")
    return render(figure, kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_figure_is_the_same_bytes(kind: str) -> None:
    assert drawing(kind) == drawing(kind)


@pytest.mark.parametrize("kind", FORMATS)
def test_the_users_own_settings_change_nothing_and_stay(kind: str) -> None:
    plain = drawing(kind)
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "none"}):
        assert drawing(kind) == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_a_letter_that_the_font_has_not_is_no_warning() -> None:
    with styled():
        figure, (axes,) = new_figure(2.0)
        axes.set_title("\U000e0041 猫")
    assert render(figure, "png")


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    with pytest.raises(ConfigError, match=r'pip install "gradwright\[report\]"'), styled():
        pass


def test_colours_repeat_after_the_last() -> None:
    assert color(len(PALETTE)) == color(0) == PALETTE[0]
    assert len(set(PALETTE)) == len(PALETTE)


@pytest.mark.parametrize("decades", [0.2, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 9, 16])
@pytest.mark.parametrize("start", [1.0, 0.37, 3e-5])
def test_a_logarithmic_axis_has_numbers_enough_to_read_one_off_and_not_too_many(
    decades: float, start: float
) -> None:
    with styled():
        figure, (axes,) = new_figure(2.4)
        axes.plot([0, 1], [start, start * 10**decades])
        set_log(axes, "y")
    figure.draw_without_rendering()
    low, high = axes.get_ylim()
    inside = [low <= place <= high for place in axes.get_yticks()]
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    shown = [text for text, seen in zip(labels, inside, strict=True) if seen and text]
    assert 3 <= len(shown) <= 12
    assert len(set(shown)) == len(shown)
