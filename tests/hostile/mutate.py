"""Damaged files for every reader, drawn from a seed: each is to be read, or refused by an error of ours.

``python -m tests.hostile.mutate --inputs 1000000 --processes 2`` prints what fell, and how to see it again.
"""

from __future__ import annotations

import argparse
import collections

from tests.hostile.attempts import Attempt
from tests.hostile.progress import told
from tests.hostile.workers import shared_out


def main() -> int:
    """Read so many damaged files, print what fell; returns 1 where anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=3000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="the number of one input, to see it again")
    parser.add_argument("--processes", type=int, default=1)
    asked = parser.parse_args()
    first, count = (asked.first, asked.inputs) if asked.only is None else (asked.only, 1)
    kinds: collections.Counter[tuple[str, str]] = collections.Counter()
    slowest = largest = Attempt(first, "none")
    numbers = range(first, first + count)
    each = shared_out(numbers, asked.seed, asked.processes)
    for _, attempt in zip(told(numbers, "inputs", count), each, strict=True):
        slowest = max(slowest, attempt, key=lambda each: each.seconds)
        largest = max(largest, attempt, key=lambda each: each.memory)
        kind = attempt.reader, attempt.fall.partition(":")[0]
        kinds[kind] += bool(attempt.fall)
        if attempt.fall and kinds[kind] <= 3:
            print(
                f"{attempt}: {attempt.fall}\n  again: --seed {asked.seed} --only {attempt.number}", flush=True
            )
    fallen = sum(kinds.values())
    print(f"{count:,} inputs from number {first:,}, seed {asked.seed}: {fallen:,} fell")
    print(f"slowest: {slowest}\nlargest: {largest}")
    return 1 if fallen else 0


if __name__ == "__main__":
    raise SystemExit(main())
