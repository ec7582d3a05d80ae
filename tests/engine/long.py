"""The engine's random tests at length: so many networks, and so many changed plans.

From the root of the sources: ``python -m tests.engine.long 2500 500``
"""

from __future__ import annotations

import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.conftest import Problem, problems_of
from tests.engine.test_changed_plans import share_of_the_taken
from tests.engine.test_native import assert_engines_agree


def main(networks: int, plans: int) -> None:
    @settings(deadline=None, max_examples=networks, derandomize=True, database=None)
    @given(problem=problems_of(), dtype=st.sampled_from(["float32", "float64"]))
    def each(problem: Problem, dtype: str) -> None:
        assert_engines_agree(problem, dtype)

    each()
    print(f"{networks} networks: the engines agree")
    print(f"{plans} changed plans: {share_of_the_taken(plans):.0%} were taken, and are the interpreter's")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
