"""The table of a network."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.nn import (
    Layer,
    Linear,
    ParameterLayout,
    Residual,
    Sequential,
    Tanh,
    mlp,
    residual_mlp,
    summarize,
)


def lines(text: str) -> str:
    return dedent(text).strip()


def test_the_network_of_report_s1_for_peaks() -> None:
    assert str(summarize(mlp(2, 50, 5))) == lines(
        """
        layer  kind    output  parameters            count
        0      Linear  50      weight 2x50, bias 50    150
        1      Tanh    50                                0
        2      Linear  5       weight 50x5, bias 5     255
        total                                          405
        """
    )


def test_blocks_are_opened_and_end_with_their_sum() -> None:
    assert str(summarize(residual_mlp(5, 20, 5))) == lines(
        """
        layer    kind    output  parameters            count
        0.0.0    Linear  20      weight 5x20, bias 20    120
        0.0.1.0  Linear  20      weight 5x20, bias 20    120
        0.0.1.1  Tanh    20                                0
        0.0      Sum     20                                0
        0.1      ReLU    20                                0
        1        Linear  5       weight 20x5, bias 5     105
        total                                            345
        """
    )


def test_a_residual_follows_its_body_and_shares_its_name() -> None:
    assert str(summarize(Sequential(Linear(2, 3), Residual(Sequential(Tanh(), Linear(3, 3)))))) == lines(
        """
        layer  kind      output  parameters          count
        0      Linear    3       weight 2x3, bias 3      9
        1.0    Tanh      3                               0
        1.1    Linear    3       weight 3x3, bias 3     12
        1      Residual  3                               0
        total                                           21
        """
    )


def test_a_layer_without_a_container_has_no_name() -> None:
    (row,) = summarize(Linear(2, 3)).rows
    assert (row.name, row.kind, row.features, row.count) == ("", "Linear", 3, 9)


@pytest.mark.parametrize(("features", "output"), [(None, "any"), (7, "7")])
def test_a_network_of_any_width_says_so_until_it_is_told(features: int | None, output: str) -> None:
    _, row, total = str(summarize(Sequential(Tanh()), features)).splitlines()
    assert row.split() == ["0", "Tanh", output, "0"]
    assert total.split() == ["total", "0"]


def test_large_counts_are_grouped() -> None:
    assert str(summarize(mlp(784, 512, 512, 10))).endswith("669,706")


@given(data=st.data())
def test_the_rows_add_up_and_the_last_tells_the_output(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    network, features = data.draw(networks)
    summary = summarize(network, features)
    assert sum(row.count for row in summary.rows) == summary.total == ParameterLayout.of(network).size
    assert summary.rows[-1].features == network.output_features(features)
    shapes = [shape for row in summary.rows for _, shape in row.shapes]
    assert shapes == [slot.shape for slot in ParameterLayout.of(network).slots]
