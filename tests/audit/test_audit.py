"""The auditor finds what arithmetic forbids, in the five reports too, and is silent about sound tables."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.audit import audit, read_claims
from gradwright.audit.claims import make_claims
from gradwright.errors import ConfigError

EXAMPLES = Path(__file__).parents[2] / "examples" / "audit"


def kinds(*figures: dict[str, Any], **more: Any) -> list[str]:
    return [found.kind for found in audit(make_claims({"source": "test", "figure": list(figures), **more}))]


def found_in(report: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.kind, each.figures) for each in audit(read_claims(EXAMPLES / f"{report}.toml"))]


def test_s4_has_accuracies_that_10000_images_cannot_give() -> None:
    found = found_in("s4")
    assert ("no k/n", ("one cycle, train",)) in found
    assert ("no k/n", ("three cycles, validation",)) in found
    assert ("no k/n", ("three cycles, train",)) not in found  # .5368 is 5368 of 10,000


def test_s4_chooses_lambda_within_noise_and_miscounts_its_errors() -> None:
    found = found_in("s4")
    assert sum(kind == "noise" for kind, _ in found) == 5
    assert ("wrong share", ("relative, fast, b2",)) in found
    assert ("wrong share", ("relative, slow, W1",)) in found


def test_s1_has_fractions_of_rows_and_a_figure_above_its_own_limit() -> None:
    found = found_in("s1")
    assert ("no k/n", ("depth 2, train",)) in found
    assert ("no k/n", ("depth 2, validation",)) in found
    assert ("above its limit", ("softmax, rate 0.01",)) in found
    assert ("disagree", ("softmax, first list, rate 0.001", "softmax, rate 0.001")) in found
    assert ("noise", ("batch 16, validation", "batch 32, validation")) in found
    assert ("worse", ("batch 16, train", "batch 32, train")) in found


def test_s0_calls_a_tie_best_and_a_guess_trained() -> None:
    found = found_in("s0")
    assert ("tie", ("batch 32, rate 1e-3", "batch 64, rate .05")) in found
    assert ("worse than a guess", ("batch 128, rate 1e-4",)) in found


@pytest.mark.parametrize("report", ["s2", "s3"])
def test_a_loss_above_ln_k_is_called_trained_in(report: str) -> None:
    assert "worse than a guess" in {kind for kind, _ in found_in(report)}


@given(st.integers(1, 60_000), st.data(), st.integers(2, 6), st.booleans())
def test_no_true_accuracy_is_refused(n: int, data: st.DataObject, digits: int, cut_off: bool) -> None:
    k = data.draw(st.integers(0, n))
    scaled = Fraction(k, n) * 10**digits
    printed = Decimal(int(scaled) if cut_off else round(scaled)).scaleb(-digits)
    assert kinds({"name": "a", "accuracy": printed, "rows": n}) == []


def test_a_sound_table_is_left_alone() -> None:
    right = {
        "name": "a",
        "accuracy": 0.60,
        "rows": 10_000,
        "upper": 0.7,
        "loss": 1.2,
        "classes": 5,
        "trained": True,
    }
    sound = {key: Decimal(str(value)) if isinstance(value, float) else value for key, value in right.items()}
    other = {"name": "b", "accuracy": Decimal("0.55"), "rows": 10_000}
    assert kinds(sound, other, comparison=[{"best": "a", "of": ["b"]}]) == []


@pytest.mark.parametrize(
    ("figure", "kind"),
    [
        ({"accuracy": "49.536 %", "rows": 10_000}, "no k/n"),
        ({"accuracy": "101 %"}, "no share"),
        ({"accuracy": "58.6 %", "upper": "54.5 %"}, "above its limit"),
        ({"accuracy": "9.0 %", "rows": 10_000, "count": 9000}, "wrong share"),
        ({"loss": Decimal("1.65"), "classes": 5, "trained": True}, "worse than a guess"),
    ],
)
def test_each_planted_fault_is_caught(figure: dict[str, Any], kind: str) -> None:
    assert kinds({"name": "planted", **figure}) == [kind]


def test_equal_settings_may_differ_by_chance_but_not_by_more() -> None:
    def two(second: str) -> list[str]:
        return kinds(
            {"name": "a", "accuracy": "53.6 %", "rows": 25_000, "setting": "same"},
            {"name": "b", "accuracy": second, "rows": 25_000, "setting": "same"},
        )

    assert two("53.9 %") == []
    assert two("58.6 %") == ["disagree"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "source: expected the name"),
        ('source = "a"', "figure: expected at least one"),
        ('source = "a"\n[[figure]]\naccuracy = 0.5', "figure 1: name: this key is needed"),
        ('source = "a"\n[[figure]]\nname = "b"\nacuracy = 0.5', "did you mean 'accuracy'"),
        ('source = "a"\n[[figure]]\nname = "b"\nrows = 0', "expected int of at least 1, found 0"),
        ('source = "a"\n[[figure]]\nname = "b"\nrows = true', "rows: expected int"),
        ('source = "a"\n[[figure]]\nname = "b"\naccuracy = "half"', "expected a share or per cent"),
        ('source = "a"\n[[figure]]\nname = "b"\naccuracy = nan', "expected a finite number"),
        (
            'source = "a"\n[[figure]]\nname = "b"\n[[comparison]]\nbest = "c"\nof = ["b"]',
            "there is no figure 'c'",
        ),
        ('source = "a"\n[[figure]]\nname = "b"\n[[comparison]]\nbest = "b"', "a table with best and of"),
        ('source = "a"\nfigure = 3', "expected [[figure]] tables"),
        ('source = "a"\nfigure = [3]', "figure 1: expected a table"),
        ("source = ", "expected a table of claims in TOML"),
    ],
)
def test_a_wrong_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "claims.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_claims(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_digits_are_kept_as_printed(tmp_path: Path) -> None:
    path = tmp_path / "claims.toml"
    path.write_text('source = "a"\n[[figure]]\nname = "b"\naccuracy = 0.570\nrows = 1000')
    assert str(read_claims(path).figure("b").accuracy) == "0.570"
