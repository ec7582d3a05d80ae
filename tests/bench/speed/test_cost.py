"""Floors: what a step costs at the least."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradwright.bench.speed import WORKLOADS, Limits, floor
from gradwright.bench.speed.cost import memory_traffic, operations
from gradwright.bench.speed.limits import measure_limits, product_rate, triad_rate

AVX512 = Limits(1, flops=213e9, bandwidth=15e9, source="a core with AVX-512")
# Floors worked out by hand for that core, with the exponentials timed; within a tenth is agreement.
BY_HAND = {"W2": 2.9, "W4": 4.65, "W5": 1507, "W6": 290}


@pytest.mark.parametrize("name", BY_HAND)
def test_floors_are_those_worked_out_by_hand(name: str) -> None:
    assert floor(WORKLOADS[name], AVX512) == pytest.approx(BY_HAND[name], rel=0.1)


def test_a_residual_block_costs_two_maps() -> None:
    batch, exponentials = 32, 20 + 20 + 5
    products = 2 * 2 * 5 * 20 + 3 * 2 * 20 * 20 + 3 * 20 * 5
    assert operations(WORKLOADS["W3"]) == batch * (2 * products + 48 * exponentials)


def test_where_memory_is_slow_the_rows_decide() -> None:
    slow = replace(AVX512, bandwidth=1e6)
    assert floor(WORKLOADS["W6"], slow) == pytest.approx(memory_traffic(WORKLOADS["W6"]))


def test_rates_are_positive() -> None:
    assert product_rate(64) > 0
    assert triad_rate(4096) > 0


def test_without_the_compiled_engine_the_limit_says_that_it_is_a_lower_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gradwright.bench.speed.limits.native", lambda: None)
    monkeypatch.setattr("gradwright.bench.speed.limits.SIZE", 64)
    monkeypatch.setattr("gradwright.bench.speed.limits.TRIAD", 4096)
    assert "lower bounds" in measure_limits(1).source


def test_the_compiled_engine_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Compiled:
        @staticmethod
        def measure_limits(threads: int) -> dict[str, float]:
            return {"flops": 1e9 * threads, "bandwidth": 2e9}

    monkeypatch.setattr("gradwright.bench.speed.limits.native", lambda: Compiled)
    limits = measure_limits(2)
    assert (limits.threads, limits.flops, limits.bandwidth) == (2, 2e9, 2e9)
