"""The runs of a study on a Dask cluster, whose workers may come and go."""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from gradwright.errors import ConfigError, RecordError
from gradwright.studies.executors import WAITING, Workers, gone
from gradwright.studies.trial import carry_out

ADDRESS = r"(\w+://)?[^/]+:\d+"
SECONDS_TO_CONNECT = 10
SECONDS_BETWEEN_COUNTS = 1.0


@contextlib.contextmanager
def dask(address: str, say: Callable[[str], None] = lambda _: None) -> Iterator[Workers]:
    """The workers of a Dask cluster whose scheduler listens at ``address``, such as tcp://127.0.0.1:8786.

    Workers may come and go; ``say`` is told where there are none, and the study waits for some.

    Raises ``ConfigError`` where Dask is not installed or the address is none, ``RecordError`` where no
    scheduler answers.
    """
    if not re.fullmatch(ADDRESS, address):
        raise ConfigError(f"--dask: expected an address such as tcp://HOST:8786, found {address!r}")
    try:
        from distributed import Client
    except ImportError:
        raise ConfigError(
            "--dask: Dask is not installed; install it with: pip install 'gradwright[distributed]'"
        ) from None
    with _hushed("distributed"):
        try:
            client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise RecordError(f"--dask: expected a scheduler at {address}, found none: {error}") from None
        with client:
            pool = client.get_executor(pure=False)
            present = _Count(client, address, say)
            yield Workers(lambda trial: pool.submit(carry_out, trial), WAITING, present=present)


@contextlib.contextmanager
def _hushed(package: str) -> Iterator[None]:
    """Keep the loggers of a package from writing tracebacks beside the one message that is ours."""
    names = [name for name in logging.root.manager.loggerDict if f"{name}.".startswith(f"{package}.")]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


class _Count:
    """Counts the workers of a cluster, every now and then."""

    def __init__(self, client: Any, address: str, say: Callable[[str], None]) -> None:
        self.client, self.address, self.say = client, address, say
        self.count, self.due = -1, 0.0

    def __call__(self) -> int:
        """How many threads its workers have in all."""
        if time.monotonic() < self.due:
            return self.count
        try:
            count = sum(map(int, self.client.nthreads().values()))
        except Exception as error:  # whatever Dask raises: the scheduler does not answer
            raise RecordError(gone(error)) from None
        if count == 0 and self.count != 0:
            self.say(f"There are no workers at {self.address}; waiting for: dask worker {self.address}")
        self.count, self.due = count, time.monotonic() + SECONDS_BETWEEN_COUNTS
        return count
