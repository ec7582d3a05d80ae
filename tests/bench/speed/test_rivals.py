"""Rivals that are built on demand: found where they are built, named where not, at one with the reference."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.bench.speed import WORKLOADS, Workload
from gradwright.bench.speed.agreement import disagreement, tolerance
from gradwright.bench.speed.peers import PEERS, Peer, rivals
from gradwright.bench.speed.problem import Problem

SOURCES = Path(__file__).parents[3] / "benchmarks/rivals"
SMALL = {name: replace(work, rows=12 * work.batch_size) for name, work in WORKLOADS.items()}
HEADERS = {"libxsmm": "libxsmm.h", "onednn": "oneapi/dnnl/dnnl.hpp"}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every rival whose library the compiler finds, built from the sources as they are."""
    folder = tmp_path_factory.mktemp("rivals")
    if shutil.which("make") and shutil.which("g++"):
        for library in HEADERS:
            command = ["make", "-C", str(SOURCES), f"BUILD={folder}", f"{folder}/{library}.so"]
            subprocess.run(command, capture_output=True, check=False)
    return folder


@pytest.mark.parametrize("name", ["W1", "W2", "W3", "W5", "W6"])
@pytest.mark.parametrize("peer", rivals.PEERS, ids=lambda peer: peer.name)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_rival_that_is_built_agrees_with_float64(
    peer: Peer, name: str, threads: int, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rivals.FOLDER, str(built))
    missing = peer.missing(SMALL[name])
    if missing is not None:
        pytest.skip(missing)
    assert disagreement(peer, Problem.of(SMALL[name]), threads) <= tolerance(peer, SMALL[name])


@pytest.mark.parametrize("peer", rivals.PEERS, ids=lambda peer: peer.name)
def test_a_rival_that_is_not_built_says_how_to_get_it(
    peer: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(rivals.FOLDER, str(tmp_path))
    reason = peer.missing(WORKLOADS["W5"])
    assert reason is not None
    assert "make -C benchmarks/rivals" in reason
    assert "docs/benchmarks.md" in reason


@pytest.mark.parametrize(
    ("peer", "work", "reason"),
    [
        ("libxsmm", WORKLOADS["W4"], "its products are for batches"),
        ("onednn-bf16", WORKLOADS["W2"], "bfloat16 is for wide layers"),
        ("libxsmm", WORKLOADS["W8a"], "it is written without dropout"),
        ("numba", WORKLOADS["W5"], "plain loops are for narrow layers"),
    ],
)
def test_what_a_rival_is_not_written_for_it_says(peer: str, work: Workload, reason: str) -> None:
    assert replace(PEERS[peer], package=None).missing(work) == reason
