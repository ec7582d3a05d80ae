"""Who is told how far a check is where no argument of its door says so: a whole block may be watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from gradwright.check.verdict.oracle import Watch

_WATCH: ContextVar[Watch | None] = ContextVar("_WATCH", default=None)


@contextmanager
def watched(watch: Watch | None) -> Iterator[None]:
    """Within the block ``watch`` is told of every call of f, as by the ``watch`` of ``check_gradient``."""
    token = _WATCH.set(watch)
    try:
        yield
    finally:
        _WATCH.reset(token)


def watching() -> Watch | None:
    """Who watches here."""
    return _WATCH.get()
