"""Which engine serves: the compiled one where it can, loudly not where it was asked for and cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, at_best_precision, choose_engine, variants
from gradwright.errors import ConfigError

TASK = Task(
    gw.Objective(gw.mlp(3, 4, 2), gw.SoftmaxCrossEntropy()), gw.SGD(), gw.Constant(0.1), batch_size=4, seed=0
)
ROWS = Rows(Split(np.zeros((8, 3), np.float32), np.zeros(8, np.int64)), Affine())
ATTENTION = gw.Objective(gw.Sequential(gw.Linear(3, 2), gw.SelfAttention(2)), gw.SoftmaxCrossEntropy())
TOO_WIDE = gw.Objective(gw.Linear(2**24, 1), gw.SoftmaxCrossEntropy())
MANY = Rows(Split(np.zeros((2**24 + 1, 1), np.uint8), np.zeros(2**24 + 1, np.float16)), Affine())


def compiled() -> bool:
    return bool(variants.supported())


def test_auto_takes_the_compiled_engine_where_it_is_installed() -> None:
    assert choose_engine("auto", TASK, ROWS).name == ("native" if compiled() else "reference")


def test_the_reference_serves_whoever_asks_for_it() -> None:
    assert choose_engine("reference", TASK, ROWS).name == "reference"


@pytest.mark.skipif(not compiled(), reason="the compiled engine was not built")
@pytest.mark.parametrize(
    ("task", "rows", "reason"),
    [
        (replace(TASK, objective=ATTENTION), ROWS, "1.*SelfAttention"),
        (TASK, Rows(Split(np.zeros((8, 3), np.int64), np.zeros(8, np.int64)), Affine()), "found int64"),
        (replace(TASK, objective=TOO_WIDE), ROWS, "widths: expected 1 to 2.24 - 1, found 16777216"),
        (replace(TASK, batch_size=2**25), MANY, "batch_size: expected at most 16777216 .*, found 16777217"),
    ],
    ids=["a layer without a step", "stored whole numbers", "too wide", "batches too large"],
)
def test_what_the_compiled_engine_does_not_serve_is_refused_or_left_to_numpy(
    task: Task, rows: Rows, reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        choose_engine("native", task, rows)
    chosen = choose_engine("auto", task, rows)
    assert chosen.name == "reference"
    assert "expected" in chosen.reason or "reference" in chosen.reason


@pytest.mark.skipif(not compiled(), reason="the compiled engine was not built")
def test_a_batch_takes_no_more_room_than_there_are_rows() -> None:
    task = replace(TASK, batch_size=2**40)
    epoch = choose_engine("native", task, ROWS).train_epoch(task, task.initial_state(), ROWS)
    assert epoch.sizes.tolist() == [8]


def test_without_compiled_modules_native_says_why_and_auto_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "built", tuple)
    with pytest.raises(ConfigError, match="no C\\+\\+ compiler"):
        choose_engine("native", TASK, ROWS)
    assert choose_engine("auto", TASK, ROWS).name == "reference"


@pytest.mark.skipif(not compiled(), reason="the compiled engine was not built")
def test_an_instruction_set_can_be_forced_and_an_unknown_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plainest = variants.supported()[-1]
    monkeypatch.setenv(variants.VARIABLE, plainest)
    assert plainest in choose_engine("native", TASK, ROWS).reason
    monkeypatch.setenv(variants.VARIABLE, "mmx")
    with pytest.raises(ConfigError, match=r"GRADWRIGHT_ISA: expected one of .* found 'mmx'"):
        choose_engine("native", TASK, ROWS)


@pytest.mark.parametrize(
    ("built", "runnable", "message"),
    [
        ((), (), "was not built: no C++ compiler was found at installation, or it failed"),
        (("avx512",), ("avx2", "baseline"), "is for other processors (avx512); in the sources' folder"),
        (("baseline",), ("avx2", "baseline"), "could also run avx2, which was not built; in the sources'"),
        (("avx2",), ("avx2", "baseline"), None),  # as make demo builds it
        (("avx512", "avx2"), ("avx2", "baseline"), None),
    ],
)
def test_an_engine_that_is_not_the_best_for_this_processor_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, built: tuple[str, ...], runnable: tuple[str, ...], message: str | None
) -> None:
    monkeypatch.setattr(variants, "built", lambda: built)
    monkeypatch.setattr(variants, "runnable", lambda: runnable)
    found = variants.missing()
    assert found == message or (message and found and message in found)


@pytest.mark.parametrize(
    ("wanted", "serves"),
    [("", "avx2"), ("all", "avx2"), ("here", "avx2"), ("best", "avx2"), ("baseline,avx512", "baseline")],
)
def test_what_a_build_is_told_is_understood_when_it_runs_too(
    monkeypatch: pytest.MonkeyPatch, wanted: str, serves: str
) -> None:
    monkeypatch.setattr(variants, "built", lambda: ("avx2", "baseline"))
    monkeypatch.setattr(variants, "runnable", lambda: ("avx512", "avx2", "baseline"))
    monkeypatch.setenv(variants.VARIABLE, wanted)
    assert variants.variant() == serves
    monkeypatch.setenv(variants.VARIABLE, "avx512")
    with pytest.raises(
        ConfigError, match=r"found 'avx512', which was not built; .*GRADWRIGHT_ISA=avx512 pip"
    ):
        variants.variant()


def test_the_number_of_threads_can_be_set_and_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variants.THREADS, "3")
    assert variants.threads() == 3
    monkeypatch.delenv(variants.THREADS)
    assert variants.threads() >= 1
    for nonsense in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv(variants.THREADS, nonsense)
        with pytest.raises(ConfigError, match="GRADWRIGHT_THREADS: expected a whole number >= 1"):
            variants.threads()


@pytest.mark.skipif(not compiled(), reason="the compiled engine was not built")
def test_the_best_precision_is_that_of_tiles_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    serves = variants.variant() == "amx"
    wide = replace(TASK, objective=gw.Objective(gw.mlp(3, 256, 256, 2), gw.SoftmaxCrossEntropy()))
    found = at_best_precision(wide, ROWS)
    assert found.precision == ("bf16x3" if serves else "float32")
    assert ("products in bf16x3" in choose_engine("auto", found, ROWS).reason) is serves
    for exact in (replace(wide, dtype="float64"), replace(TASK, objective=ATTENTION)):
        assert at_best_precision(exact, ROWS) is exact
    monkeypatch.setattr("gradwright.engine.choose.variant", lambda: "avx2")
    assert at_best_precision(wide, ROWS) is wide
