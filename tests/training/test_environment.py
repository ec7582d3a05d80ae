"""The record of the machine is of the machine as it is then, though little of it is looked up anew."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
import threadpoolctl

from gradwright.training.environment import describe_machine


def test_libraries_with_threads_are_those_that_are_loaded_now(monkeypatch: pytest.MonkeyPatch) -> None:
    def controller() -> threadpoolctl.ThreadpoolController:
        raise LookupError

    describe_machine()
    monkeypatch.setattr(threadpoolctl, "ThreadpoolController", controller)
    describe_machine()  # nothing came since, and nothing is looked for
    monkeypatch.setitem(sys.modules, "a_module_that_may_bring_one", ModuleType("one"))
    with pytest.raises(LookupError):
        describe_machine()


def test_the_threads_of_a_library_are_those_that_it_has_now() -> None:
    with threadpoolctl.threadpool_limits(1):
        assert all(", 1 threads" in pool for pool in describe_machine()["blas"])
    assert describe_machine()["blas"] == [
        f"{pool['internal_api']} {pool['version']}, {pool['num_threads']} threads"
        for pool in threadpoolctl.threadpool_info()
    ]
