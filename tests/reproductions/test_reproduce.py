"""Every experiment runs; the small ones give the reports' figures; what is not there is skipped."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gradwright.data import cifar
from gradwright.errors import ConfigError
from gradwright.reproductions import (
    Finding,
    Reproduction,
    Setting,
    experiments,
    reproduce,
    select,
)
from gradwright.reproductions.page import render, to_csv, to_markdown, to_text
from gradwright.reproductions.s0 import DEPTHS

pytestmark = pytest.mark.usefixtures("blank_pictures")

SMALL = [e.name for e in experiments() if not e.needs and not e.name.startswith("S0-depth")]


@pytest.fixture(autouse=True)
def _no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Generated sets alone, so that every machine does the same."""
    monkeypatch.delenv("GRADWRIGHT_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


@cache
def once(name: str) -> Finding:
    """What an experiment finds; equal settings find the same."""
    [done] = reproduce(select([name]), Setting(quick=True))
    assert done.finding is not None
    return done.finding


def test_all_five_reports_are_there_with_names_of_their_own() -> None:
    names = [e.name for e in experiments()]
    assert len(set(names)) == len(names)
    assert {e.report for e in experiments()} == {"S0", "S1", "S2", "S3", "S4"}
    assert select(["all"]) == experiments()


def test_names_are_found_in_any_case_and_wrong_ones_are_named() -> None:
    assert [e.name for e in select(["s2-SCALAR"])] == ["S2-scalar"]
    with pytest.raises(ConfigError, match="did you mean 'S1-softmax'"):
        select(["S1-sofmax"])


@pytest.mark.parametrize("name", SMALL)
def test_each_small_experiment_runs_quickly_and_says_why(name: str) -> None:
    finding = once(name)
    assert finding.lines
    assert finding.why


def test_a_depth_study_has_a_line_for_each_depth() -> None:
    lines = once("S0-depth-peaks").lines
    assert [line.quantity.split()[0] for line in lines] == [str(depth) for depth in DEPTHS]


EXACT = ["S0-gradients", "S1-gradients", "S1-least-squares", "S2-derivations", "S2-scalar", "S4-gradients"]


@pytest.mark.parametrize("name", EXACT)
def test_exact_experiments_come_out_again(name: str) -> None:
    judged = [line for line in once(name).lines if line.reported is not None]
    assert judged
    assert all(line.agrees for line in judged)


def test_the_synthetic_set_stays_at_069_as_written_and_is_learned_corrected() -> None:
    loss, small, large = once("S2-synthetic").lines
    assert loss.as_written is not None
    assert loss.corrected is not None
    assert loss.agrees
    assert loss.corrected.mean < 0.55  # four passes over a tenth of the set
    for line in (small, large):
        assert line.corrected is not None
        assert line.corrected.mean > 0.95


def test_momentum_reaches_the_exact_line_and_plain_descent_does_not() -> None:
    lines = {line.quantity: line for line in once("S1-least-squares").lines}
    by_momentum, plain = lines["offset by momentum, mean of ten"], lines["offset by SGD, mean of ten"]
    assert by_momentum.as_written is not None
    assert by_momentum.corrected is not None
    assert plain.as_written is not None
    assert by_momentum.as_written.mean == pytest.approx(by_momentum.corrected.mean, abs=1e-9)
    assert abs(plain.as_written.mean - by_momentum.corrected.mean) > 1e-3


def test_data_that_are_not_there_skip_the_experiment_with_the_command_that_gets_them(tmp_path: Path) -> None:
    [done] = reproduce(select(["S3-search"]), Setting(quick=True, data_dir=tmp_path))
    assert done.finding is None
    assert "gradwright data get mnist" in to_text(done)
    assert "Skipped" in to_markdown([done])


def test_a_damaged_file_skips_its_experiment_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").write_bytes(b"no archive")
    damaged, sound = reproduce(
        select(["S3-search", "S3-differences"]), Setting(quick=True, data_dir=tmp_path)
    )
    assert damaged.finding is None
    assert "mnist.npz" in to_text(damaged)
    assert sound.finding is not None


@pytest.mark.parametrize("name", ["S2-rates", "S2-final", "S3-initialisation", "S3-solutions", "S3-search"])
def test_experiments_on_mnist_run_on_a_small_set_of_its_form(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (500, 28, 28), np.uint8), rng.integers(0, 10, 500, np.uint8)
    rows = {"x_train": images[:400], "y_train": labels[:400], "x_test": images[400:], "y_test": labels[400:]}
    np.savez(tmp_path / "mnist.npz", allow_pickle=False, **rows)
    [done] = reproduce(select([name]), Setting(quick=True, data_dir=tmp_path))
    assert done.finding is not None
    assert done.finding.lines


@pytest.mark.parametrize("name", ["S4-loaders", "S4-cycles", "S4-search", "S4-final"])
def test_experiments_on_cifar_run_on_batches_of_noise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(cifar, "ROWS", 200)
    folder, rng = tmp_path / "cifar-10-batches-bin", np.random.default_rng(0)
    folder.mkdir()
    for batch in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        records = rng.integers(0, 256, (200, 1 + cifar.PIXELS), np.uint8)
        records[:, 0] %= 10
        (folder / f"{batch}.bin").write_bytes(records.tobytes())
    [done] = reproduce(select([name]), Setting(quick=True, data_dir=tmp_path))
    assert done.finding is not None
    assert done.finding.lines


def test_the_tables_have_every_line() -> None:
    done: list[Reproduction] = list(reproduce(select(["S2-scalar"]), Setting()))
    assert to_csv(done).count("\n") == 1 + 11
    text = to_markdown(done)
    assert "| k1 |" in text
    assert "gradwright reproduce S2-scalar" in text


def test_the_page_says_of_each_experiment_what_it_stands_on() -> None:
    done = list(reproduce(select(["S2-synthetic", "S2-scalar"]), Setting(quick=True)))
    page = render(done)
    assert "<code>gradwright reproduce S2-synthetic --quick</code>" in page.split("<figcaption>")[1]
    assert "(config.toml)</summary>" in page
    assert "<dd>0, 1; where runs are long, the first of them</dd>" in page
    for name, checksum in (done[1].finding.data if done[1].finding else {}).items():
        assert f"<dt>{name}, SHA-256</dt><dd>{checksum}</dd>" in page
    assert page.count("<dt>versions</dt>") == 2
