"""The tables hold the numbers of the records, and no more columns than somebody fills."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import gradwright as gw
from gradwright.check import NetworkCheck
from gradwright.show import (
    data_table,
    epochs_table,
    gradients_table,
    invariants_table,
    layers_table,
    results_table,
    splits_table,
    taylor_table,
)
from gradwright.tables import Table
from gradwright.training import EpochRecord, History

REPORTED = {"train_accuracy": 0.93476, "validation_accuracy": 0.93232, "source": "a report"}


def column(table: Table, title: str) -> list[str]:
    return [row[table.titles.index(title)] for row in table.rows]


def test_the_results_of_a_run_have_a_row_for_each_split(run: gw.Run) -> None:
    table = results_table([run], {"blobs": REPORTED})
    assert table.titles == (
        *("run", "seed", "split", "loss", "accuracy"),
        *("reported", "ceiling", "parameters", "time"),
    )
    assert column(table, "split") == ["train", "validation", "test"]
    assert column(table, "loss") == [f"{metrics['loss']:.4f}" for metrics in run.metrics.values()]
    assert column(table, "accuracy") == [f"{m['accuracy']:.2%}" for m in run.metrics.values()]
    assert column(table, "reported") == ["93.48%", "93.23%", "-"]
    assert column(table, "ceiling") == ["-", "95.00%", "-"]
    assert column(table, "parameters") == ["51", "", ""]


def test_metrics_that_were_asked_for_have_columns_of_their_own(train: Callable[..., gw.Run]) -> None:
    run = train(metrics=["balanced_accuracy", "top2"])
    reached = [metrics["balanced_accuracy"] for metrics in run.metrics.values()]
    for table in (results_table([run]), splits_table(run)):
        assert column(table, "balanced accuracy") == [f"{value:.2%}" for value in reached]
        assert table.titles.index("top2") == table.titles.index("accuracy") + 2
    last = run.history[-1].metric("validation.balanced_accuracy")
    assert column(epochs_table(run.history), "validation balanced accuracy")[-1] == f"{last:.2%}"


def test_what_a_source_reported_stands_beside_the_run_of_that_name_alone(
    run: gw.Run, regression: gw.Run
) -> None:
    table = results_table([run, regression], {"line": {"train_loss": 0.5}, "another": REPORTED})
    assert column(table, "reported loss") == ["-", "-", "-", "0.5000"]
    assert "reported" not in table.titles


def test_a_mean_shows_its_deviation(seeds: list[gw.Run]) -> None:
    table = results_table(seeds)
    assert column(table, "seed")[-1] == "0, 1, 2"
    assert column(table, "status") == ["finished"] * 9 + ["mean of 3"] * 3
    assert all("±" in cell for cell in column(table, "accuracy")[-3:])


def test_a_column_that_nobody_fills_is_left_out(regression: gw.Run) -> None:
    titles = ("run", "seed", "split", "loss", "parameters", "time")
    assert results_table([regression]).titles == titles


def test_a_run_that_did_not_go_to_its_end_says_so(interrupted: gw.Run) -> None:
    assert column(results_table([interrupted]), "status") == ["interrupted"] * 3


def test_the_splits_of_a_run_show_every_metric_and_the_rows(train: Callable[..., gw.Run]) -> None:
    run = train(penalty=gw.L2(1e-3), epochs=1, open_test=True)
    table = splits_table(run, REPORTED)
    assert table.titles == ("split", "rows", "loss", "objective", "accuracy", "reported", "ceiling")
    assert column(table, "rows") == ["120", "60", "30"]
    assert column(table, "objective") == [f"{m['objective']:.4f}" for m in run.metrics.values()]


def test_a_long_history_is_thinned_and_keeps_both_ends() -> None:
    records = (EpochRecord(e, 10 * e, {"loss": 1.0}, learning_rate=0.1) for e in range(1000))
    table = epochs_table(History(tuple(records)), most=5)
    assert column(table, "epoch") == ["0", "250", "500", "749", "999"]
    assert table.titles == ("epoch", "steps", "learning rate", "train loss")


def test_a_history_shows_zero_as_a_number_and_what_was_not_measured_as_nothing() -> None:
    history = History((EpochRecord(0, 0, {"loss": 0.0, "accuracy": 0.0}, {"loss": math.inf}),))
    table = epochs_table(history)
    assert table.rows == (("0", "0", "-", "0.0000", "0.00%", "inf"),)


def test_the_layers_add_up_to_the_total(run: gw.Run) -> None:
    table = layers_table(run)
    assert column(table, "kind") == ["Linear", "Tanh", "Linear", ""]
    assert column(table, "count") == ["24", "0", "27", "51"]
    assert column(table, "parameters")[:2] == ["weight 2x8, bias 8", "-"]


def test_the_data_are_described_from_the_record(run: gw.Run, regression: gw.Run) -> None:
    table = data_table(run)
    counts = run.data["splits"]["test"]["counts"].values()
    assert column(table, "rows") == ["120", "60", "30"]
    assert column(table, "rows per class")[-1] == f"{min(counts)} to {max(counts)}"
    assert column(data_table(regression), "rows per class") == ["-"]


def test_a_wrong_gradient_is_called_wrong(check: NetworkCheck) -> None:
    wrong = check.gradient.parameters[1]._replace(verdict="wrong", difference=0.5)
    unknown = check.gradient.parameters[3]._replace(verdict="undecided", difference=math.nan)
    first, _, third, _ = check.gradient.parameters
    gradient = replace(check.gradient, parameters=(first, wrong, third, unknown))
    table = gradients_table(replace(check, gradient=gradient))
    assert column(table, "parameter") == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert column(table, "verdict") == ["correct", "wrong", "correct", "undecided"]
    assert column(table, "difference")[1::2] == ["5.0e-01", "-"]


def test_a_broken_invariant_is_called_broken(check: NetworkCheck) -> None:
    assert check.invariants is not None
    first, *others = check.invariants.rows
    table = invariants_table(replace(check.invariants, rows=(replace(first, passed=False), *others)))
    assert column(table, "invariant")[0] == "arguments untouched"
    assert column(table, "verdict") == ["broken"] + ["holds"] * len(others)


def test_the_taylor_table_has_a_row_for_each_step_and_no_ratio_after_the_last(check: NetworkCheck) -> None:
    table = taylor_table(check.gradient)
    assert 3 < len(table.rows) <= len(check.gradient.steps)
    assert table.rows[-1][2] == table.rows[-1][4] == "-"
