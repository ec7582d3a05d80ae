"""Whenever the power goes, what is left leads to the same bits; what is not flushed is found out."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.hostile.crash_states import recover
from tests.hostile.disk import Recorder
from tests.hostile.scenes import LONGER, STUDY, TRAINING, Scene, training


@pytest.mark.parametrize(("scene", "most"), [(TRAINING, 12), (LONGER, 8), (STUDY, 6)], ids=str)
def test_every_state_that_a_power_cut_leaves_is_recovered(scene: Scene, most: int) -> None:
    seen = recover(scene, cuts=3, most=most)
    assert seen["recovered"] == most < seen["distinct"]


@pytest.mark.parametrize("unflushed", ["sync", "sync names"])
def test_what_is_not_flushed_is_found_out(monkeypatch: pytest.MonkeyPatch, unflushed: str) -> None:
    """As if the package did not flush files before it moves them, or folders after."""
    note = Recorder._note

    def forgetful(self: Recorder, *call: Any) -> None:
        note(self, *call)
        if self.log and self.log[-1][0] == unflushed:
            self.log.pop()

    monkeypatch.setattr(Recorder, "_note", forgetful)
    with pytest.raises(AssertionError, match="training, after"):
        recover(Scene("training", partial(training, epochs=1)), cuts=2, most=200)
