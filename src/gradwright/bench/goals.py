"""What the package wants to reach: how many times as fast as which peer, in one run on one machine."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.bench.record import Record

SINGLE = ("numpy", "scikit-learn", "torch", "torch-compile", "torch-by-hand", "jax", "jax-scan")


@dataclass(frozen=True)
class Goal:
    """``ours`` should be ``ratio`` times as fast on ``workload`` as the fastest of ``peers``."""

    workload: str
    peers: tuple[str, ...]
    ratio: float
    ours: str = "gradwright"
    threads: int = 1

    def reached(self, record: Record) -> tuple[str, float] | None:
        """The fastest of the peers and the ratio that was measured; None where one side is missing."""
        mine = record.time(self.workload, self.ours, self.threads)
        times = {peer: record.time(self.workload, peer, self.threads) for peer in self.peers}
        known = {peer: time for peer, time in times.items() if time is not None}
        if mine is None or not known:
            return None
        best = min(known, key=known.__getitem__)
        return best, known[best] / mine


GOALS = (
    Goal("W1", ("jax-scan",), 60),
    Goal("W2", ("jax-scan",), 6.5),
    Goal("W2", ("torch",), 45),
    Goal("W2", ("numpy",), 15),
    Goal("W3", ("jax-scan",), 15),
    Goal("W4", ("jax-scan",), 7.5),
    Goal("W4", ("torch",), 50),
    Goal("W5", SINGLE, 1.3),
    Goal("W5", SINGLE, 2.6, ours="gradwright-bf16x3"),
    Goal("W5", ("torch-bf16",), 5.5, ours="gradwright-bf16"),
    Goal("W6", ("torch-by-hand",), 2.2),
    Goal("W6", ("jax-scan",), 3.5),
    Goal("W7a", SINGLE, 6.5, threads=2),
    Goal("W7a", ("torch-vmap",), 20, threads=2),
    Goal("W7b", SINGLE, 2.5, ours="gradwright-bf16x3", threads=2),
)

# Microseconds per step that were aimed at on one processor with AVX-512 and AMX: elsewhere, a rough guide.
TARGETS = {
    ("W1", "gradwright"): 0.22,
    ("W2", "gradwright"): 4.0,
    ("W3", "gradwright"): 1.9,
    ("W4", "gradwright"): 6.5,
    ("W5", "gradwright"): 1950.0,
    ("W5", "gradwright-bf16x3"): 950.0,
    ("W5", "gradwright-bf16"): 400.0,
    ("W6", "gradwright"): 380.0,
}
TARGETS_SWEEP = {("W7a", "gradwright"): 2.1}  # on two threads
