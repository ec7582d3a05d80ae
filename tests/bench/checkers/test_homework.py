"""Every family of homework is right as it stands, and every fault of it is one edit that can be measured."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers.homework.families import Folder, families, folder_of
from gradwright.bench.checkers.homework.family import Family, Fault, executed, fault
from gradwright.bench.checkers.homework.words import WORDS
from gradwright.check import check_gradient, covectors
from gradwright.check.conventions.form import by_leaf
from gradwright.check.conventions.functions import asked
from gradwright.check.conventions.target import Target
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array, Tree

ELSEWHERE = -1.25  # times the point: asked before it, because some faults show only then
MEASURABLE = 1e-3  # of the largest entry
ROUNDING = 1e-9

FOLDERS: tuple[Folder, ...] = ("practice", "kept")
FAMILIES = {name: family for folder in FOLDERS for name, family in families(folder)}
each_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


class AskedError(Exception):
    """Carries what is asked of ``check_gradient``, instead of an answer."""

    def __init__(self, target: Target) -> None:
        self.target = target


def target_of(family: Family, fault: Fault | None, monkeypatch: pytest.MonkeyPatch) -> Target:
    """The function and gradient that a family's check asks about."""

    def ask(f: Any = None, grad: Any = None, x: Any = None, **options: Any) -> None:
        named = {key: options.get(key) for key in ("value_and_grad", "wrt", "names")}
        raise AskedError(asked(f, grad, x, **named))

    def ask_through(target: Target, **_: Any) -> None:
        raise AskedError(target)

    monkeypatch.setattr(covectors, "verdict_on", ask_through)
    monkeypatch.setattr(sys.modules[family.check.__module__], "check_gradient", ask, raising=False)
    with pytest.raises(AskedError) as raised:
        family.report(fault)
    return raised.value.target


def gradient_of(target: Target) -> dict[str, Array]:
    """By array; a call elsewhere comes first."""
    tree = Tree.of(target.point)
    x = tree.pack(target.point)
    for vector in (ELSEWHERE * x, x):
        point = tree.unpack(vector)[0]
        target.f(point)
        gradient = target.grad(point)
    return {name: np.array(g) for name, g in by_leaf(gradient, tree).items()}


def differing(right: dict[str, Array], wrong: dict[str, Array]) -> dict[str, float]:
    """Which of the gradients differ, and by how much of the largest entry."""
    assert {name: g.shape for name, g in right.items()} == {name: g.shape for name, g in wrong.items()}
    sizes = {name: float(np.abs(wrong[name] - g).max() / np.abs(g).max()) for name, g in right.items()}
    return {name: size for name, size in sizes.items() if not size <= ROUNDING}


@each_family
def test_right_homework_is_correct_and_all_of_it_is_checked(family: Family) -> None:
    report = family.report()
    assert report.verdict == "correct", str(report)
    assert not report.unchecked


@each_family
def test_each_fault_makes_the_stated_arrays_wrong_by_what_can_be_measured(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = gradient_of(target_of(family, None, monkeypatch))
    for planted in family.faults:
        sizes = differing(right, gradient_of(target_of(family, planted, monkeypatch)))
        assert set(sizes) == planted.wrong, planted.name
        assert max(sizes.values()) >= MEASURABLE, planted.name
        assert np.isfinite(list(sizes.values())).all(), planted.name


def test_a_fault_that_changes_nothing_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    family = FAMILIES["affine_relu"]
    harmless = fault("a factor of 1", "dx = ", "dx = 1.0 * ", "x")
    right, same = (gradient_of(target_of(family, each, monkeypatch)) for each in (None, harmless))
    assert not differing(right, same)


@each_family
def test_the_faults_of_a_family_have_names_of_their_own(family: Family) -> None:
    assert len({fault.name for fault in family.faults}) == len(family.faults)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_draw_by_name_has_put_every_family_where_it_is(folder: Folder) -> None:
    assert {folder_of(name) for name, _ in families(folder)} <= {folder}


def test_every_accepted_cause_is_a_word_that_is_known() -> None:
    accepted = {word for family in FAMILIES.values() for fault in family.faults for word in fault.accepts}
    assert accepted <= set(Cause.__members__) | set(WORDS)


def test_every_structural_fault_has_a_cause_that_names_it() -> None:
    assert not [
        f.name for family in FAMILIES.values() for f in family.faults if f.structural and not f.accepts
    ]


def test_an_edit_that_does_not_stand_there_once_is_refused() -> None:
    family = Family("a = 1\nb = 1\n", lambda *_: check_gradient(), ())
    for old, times in (("1", 2), ("c", 0)):
        with pytest.raises(ValueError, match=f"found it {times} times"):
            family.edited(fault("nowhere", old, "2", "x"))


def test_the_lines_of_a_text_are_known_to_inspect() -> None:
    text = "\ndef f(x):\n    return 2 * x\n\n\nclass Layer:\n    pass\n"
    code = executed(text)
    assert inspect.getsource(code.f) == "def f(x):\n    return 2 * x\n"
    assert inspect.getsource(code.Layer) == "class Layer:\n    pass\n"
