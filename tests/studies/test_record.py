"""A record of a run: it comes back as it was, and says what is wrong with one that does not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from gradwright.errors import RecordError
from gradwright.studies import RunRecord, run_id

Make = Callable[..., RunRecord]


def test_a_record_comes_back_as_it_was(record: Make) -> None:
    before = record(metrics={"train": {"loss": 0.1 + 0.2}})
    after = RunRecord.from_json(before.to_json())
    assert after.to_dict() == before.to_dict()
    assert math.isnan(after.history["running"][0])


def test_a_record_is_json_for_every_reader(record: Make) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    json.loads(record(history={"running": [math.nan, math.inf]}).to_json(), parse_constant=refuse)


def test_a_metric_is_found_by_its_dotted_name(record: Make) -> None:
    assert record().metric("validation.loss") == 0.5
    assert record().metric("train.loss") is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version: expected 1, found 2"),
        ({"seed": "one"}, "seed: expected int, found 'one'"),
        ({"seed": True}, "seed: expected int, found True"),
        ({"sede": 1}, "sede: there is no such key; did you mean 'seed'?"),
        (
            {"status": "won"},
            "status: expected one of finished, converged, stopped early, interrupted, diverged, failed, ",
        ),
        ({"metrics": {"test": {"loss": 0.1}}}, "metrics.test: the test set is sealed"),
    ],
)
def test_a_wrong_record_is_refused_by_the_name_of_its_key(
    record: Make, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(RecordError, match=r"^somewhere: ") as caught:
        RunRecord.from_dict({**record().to_dict(), **changes}, "somewhere")
    assert message in str(caught.value)


def test_a_missing_key_is_named(record: Make) -> None:
    plain = record().to_dict()
    del plain["budget"]
    with pytest.raises(RecordError, match="budget: this key is needed"):
        RunRecord.from_dict(plain)


@pytest.mark.parametrize("text", ["", "[1]", '{"version": 1, "id'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordError, match="expected the record of a run"):
        RunRecord.from_json(text)


def test_a_run_has_the_same_id_wherever_it_is_computed() -> None:
    config = {"epochs": 3, "optimizer": {"kind": "SGD", "momentum": 0.9}}
    assert run_id(config, 7, "data") == run_id(dict(reversed(config.items())), 7, "data")
    others = {run_id(config, 8, "data"), run_id(config, 7, "other"), run_id({"epochs": 4}, 7, "data")}
    assert len(others | {run_id(config, 7, "data")}) == 4
