"""The rows, orders and rates that every peer is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gradwright.bench.speed import WORKLOADS
from gradwright.bench.speed.growth import AXES, growth
from gradwright.bench.speed.problem import Problem, draw_rows
from gradwright.data import iterate

SMALL = {name: replace(work, rows=4 * work.batch_size) for name, work in WORKLOADS.items()}


@pytest.mark.parametrize("name", SMALL)
def test_rows_have_the_shape_that_the_network_takes(name: str) -> None:
    work = SMALL[name]
    x, y = draw_rows(work)
    assert x.shape == (work.rows, work.widths[0])
    assert x.dtype == np.float32
    if work.loss == "squared error":
        assert y.shape == (work.rows, work.widths[-1])
    else:
        assert y.max() < work.widths[-1]


def test_targets_of_matrices_are_their_exponentials() -> None:
    x, y = draw_rows(SMALL["W10"])
    values, vectors = np.linalg.eig(x.reshape(-1, 2, 2).astype(np.float64))
    exponentials = vectors * np.exp(values)[:, None] @ np.linalg.inv(vectors)
    np.testing.assert_allclose(y, exponentials.reshape(-1, 4), rtol=1e-5)  # of float32, by another road


def test_peers_are_given_the_order_that_the_engine_draws() -> None:
    problem = Problem.of(SMALL["W2"])
    (task,) = problem.tasks()
    order = problem.order(steps=4)
    rows = problem.rows
    batches = iterate(rows.split, rows.features, order[0].ravel(), task.batch_size, "float32")
    for batch, numbers in zip(batches, order[0], strict=True):
        assert np.array_equal(batch.x, problem.x[numbers])


def test_every_step_of_a_workload_is_a_whole_batch() -> None:
    for work in WORKLOADS.values():
        assert work.steps_per_epoch * work.batch_size == work.rows


def test_models_of_a_sweep_have_their_own_rates_and_parameters() -> None:
    problem = Problem.of(SMALL["W7b"])
    assert len(set(problem.rates)) == 16
    assert max(problem.rates) == pytest.approx(4 * min(problem.rates))
    first, second = problem.only(0).initial()[0][0], problem.only(1).initial()[0][0]
    assert not np.array_equal(first, second)


def test_mapped_rows_are_the_same_rows_in_a_file() -> None:
    work = growth("rows", 10_000)
    mapped, _ = draw_rows(work)
    in_memory, _ = draw_rows(replace(work, mapped=False))
    assert isinstance(mapped, np.memmap)
    assert np.array_equal(mapped, in_memory)


@pytest.mark.parametrize("axis", AXES)
def test_growth_changes_one_size_and_stays_a_network(axis: str) -> None:
    for value in AXES[axis]:
        work = growth(axis, value)
        work.network()
        assert work.name == f"{axis}={value}"
        assert work.steps_per_epoch * work.batch_size == work.rows
        assert work.rows % work.batch_size == 0
