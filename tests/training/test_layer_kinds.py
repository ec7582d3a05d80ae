"""Each layer that the compiled engine does not know trains on the reference engine and can be saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, DataError
from gradwright.nn.layer import Array
from gradwright.training import History

ROWS, STEPS, VOCABULARY = 120, 6, 5
RNG = np.random.default_rng(0)
NUMBERS = RNG.standard_normal((ROWS, STEPS))
RISES = (NUMBERS[:, STEPS // 2 :].sum(axis=1) > NUMBERS[:, : STEPS // 2].sum(axis=1)).astype(int)
WORDS = RNG.integers(VOCABULARY, size=(ROWS, STEPS))
HAS_MANY = ((WORDS == 3).sum(axis=1) > 1).astype(int)


class Killed(BaseException):
    """What ends a run at once."""


NETWORKS: dict[str, tuple[gw.Sequential, Array, Array]] = {
    "LayerNorm": (gw.Sequential(gw.LayerNorm(STEPS), gw.Linear(STEPS, 2)), NUMBERS, RISES),
    "BatchNorm": (
        gw.Sequential(gw.Linear(STEPS, 8, bias=False), gw.BatchNorm(8), gw.Tanh(), gw.Linear(8, 2)),
        NUMBERS,
        RISES,
    ),
    "Embedding": (gw.Sequential(gw.Embedding(VOCABULARY, 2), gw.Linear(2 * STEPS, 2)), WORDS, HAS_MANY),
    "Columns": (
        gw.Sequential(gw.Columns((gw.Scale(2),), columns=((0, 5),), features=STEPS), gw.Linear(STEPS, 2)),
        NUMBERS,
        RISES,
    ),
    "Conv1d": (
        gw.Sequential(gw.Conv1d(1, 4, kernel_size=3, padding=1), gw.ReLU(), gw.Linear(4 * STEPS, 2)),
        NUMBERS,
        RISES,
    ),
    "SelfAttention": (
        gw.Sequential(gw.Linear(STEPS, STEPS), gw.SelfAttention(2, heads=2), gw.Linear(STEPS, 2)),
        NUMBERS,
        RISES,
    ),
    "LSTM": (gw.Sequential(gw.LSTM(1, 6), gw.Linear(6, 2)), NUMBERS, RISES),
}
every_network = pytest.mark.parametrize("kind", NETWORKS)


@every_network
def test_it_learns_more_than_a_constant_answer_and_comes_back_from_its_folder(
    kind: str, tmp_path: Path
) -> None:
    network, x, labels = NETWORKS[kind]
    shares = np.bincount(labels) / ROWS
    constant = -(shares * np.log(shares)).sum()
    run = gw.fit(
        network, (x, labels), optimizer=gw.Adam(), learning_rate=0.02, epochs=30, folder=tmp_path / "run"
    )
    assert run.history.curve("train.loss")[-1] < 0.7 * constant
    again = gw.load_run(tmp_path / "run")
    assert again.config.network == network
    np.testing.assert_array_equal(again.predict(x), run.predict(x))


@pytest.mark.parametrize("kind", [kind for kind in NETWORKS if "Norm" not in kind])
def test_the_compiled_engine_says_that_it_does_not_know_it(kind: str) -> None:
    network, x, labels = NETWORKS[kind]
    with pytest.raises(ConfigError, match=r"found \w+, which the reference engine runs"):
        gw.fit(network, (x, labels), epochs=1, engine="native")


def test_running_statistics_come_through_a_kill_and_a_resume_to_the_last_bit(tmp_path: Path) -> None:
    network, x, labels = NETWORKS["BatchNorm"]

    def fit(folder: Path | None = None, **more: Any) -> gw.Run:
        return gw.fit(network, (x, labels), epochs=4, batch_size=32, folder=folder, progress=False, **more)

    def die(history: History, _theta: Array) -> None:
        if len(history) == 3:
            raise Killed

    with pytest.raises(Killed):
        fit(tmp_path / "run", callbacks=[die])
    whole, layout = fit(), gw.ParameterLayout.of(network)
    np.testing.assert_array_equal(fit(tmp_path / "run", resume=True).theta, whole.theta)
    assert (layout.named(whole.theta)["1.mean"] != 0).all()


def test_words_beyond_the_vocabulary_are_refused() -> None:
    network, x, labels = NETWORKS["Embedding"]
    with pytest.raises(DataError, match=r"Embedding\(5, 2\): expected whole numbers in 0 .. 4, found 5"):
        gw.fit(network, (x + 1, labels), epochs=1)
