"""What the estimators are given, and how their costs are told."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from gradwright.bench.estimators import cases, compare
from gradwright.bench.estimators.compare import EstimatorComparison, compare_estimators
from gradwright.bench.estimators.peers import PEERS, installed
from gradwright.errors import ConfigError

pytest.importorskip("sklearn", reason="needs scikit-learn")


def test_a_fit_is_measured_in_a_process_of_its_own() -> None:
    module = "gradwright.bench.estimators.child"
    command = [sys.executable, "-m", module, "lbfgs", "gradwright", "0", "quick"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert found["score"] > 0.97
    assert found["fit"] > 0


def test_the_estimators_take_their_turns_on_every_case(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def measured(*request: object) -> dict[str, float]:
        asked.append(request)
        slow = 4.0 if request[1] == "scikit-learn" else 1.0
        return {"fit": slow, "predict": slow, "score": 0.9, "memory": slow * 1e6}

    monkeypatch.setattr(compare, "_measured", measured)
    monkeypatch.setattr(compare, "installed", lambda: ("gradwright", "scikit-learn"))
    found = compare_estimators(quick=True)
    assert len(asked) == len(cases.CASES) * compare.QUICK_SEEDS * 2
    assert asked[0][1:] == ("gradwright", 0, True)
    assert asked[1][1:] == ("scikit-learn", 0, True)
    rows = [" ".join(row.split()) for row in str(found).splitlines()[1:]]
    assert all(row.endswith("gradwright 1 s 1.0 1 s 1.0 1 0.900 (0.000)") for row in rows[0::2])
    assert all(row == "scikit-learn 4 s 4.0 4 s 4.0 4 0.900 (0.000)" for row in rows[1::2])


@pytest.mark.skipif("skorch" not in installed(), reason="needs skorch and PyTorch")
def test_skorch_learns_the_network_that_scikit_learn_makes_of_the_settings() -> None:
    x, y = cases.digits(np.random.default_rng(0), True)
    model = PEERS["skorch"](max_iter=20, random_state=0, **cases.ENDLESS)
    model.fit(x.astype(np.float32), y)
    assert np.mean(model.predict(x.astype(np.float32)) == y) > 0.93


def test_a_case_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "CASES", {"no such case": cases.CASES["digits"]})
    with pytest.raises(ConfigError, match="--only sklearn: gradwright failed on no such case: KeyError"):
        compare_estimators(quick=True)


def test_a_comparison_is_plain_data_for_json() -> None:
    answers = {"digits": {who: [{"fit": 1.0}] for who in ("gradwright", "scikit-learn")}}
    assert EstimatorComparison(answers).to_dict() == {"cases": answers}
