"""A process that nobody trusts: a frame goes in, a message comes out in time, and nothing of it is left."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from typing import IO

from gradwright.errors import CheckError, ConfigError
from gradwright.grading.folder import holds_more, own_folder
from gradwright.grading.namespaces import MOST_FILES
from gradwright.grading.wire import MOST_NAMES, Message, WireError, receive

WORKER = [sys.executable, "-E", "-P", "-u", "-m", "gradwright.grading.worker"]  # and the grader's number
CHUNK = 2**16
WATCHED = 0.25  # seconds after which the folder is looked into, while an answer is waited for
KEPT_OUTPUT = 2000  # characters of what a submission prints
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT")  # HOME: where Python looks for packages
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM")}


class GoneError(CheckError):
    """A process that gives no more answers."""


class OverfullError(Exception):
    """A folder that holds too much."""


class Process:
    """The worker in an empty folder, with a clean environment, in a session of its own.

    Raises ``CheckError`` where the system lends no folder, file or process for it.
    """

    def __init__(self, folder_mib: int) -> None:
        if sys.platform == "win32":
            raise ConfigError("grading: expected Linux or macOS, which can limit a process, found Windows")
        self.left = 0.0
        self.missing: list[str] = []  # what the system cannot keep it from, once it has shut itself in
        self._most = folder_mib * 2**20
        self._deadline = 0.0
        self._gone: str | None = None
        with ExitStack() as kept:
            try:
                self.folder = kept.enter_context(own_folder())
                self._printed: IO[bytes] = kept.enter_context(tempfile.TemporaryFile())
                self._process = self._started()
            except OSError as error:  # a full disk, no more processes or descriptors
                raise CheckError(f"a submission's process could not be started: {error}") from None
            self._kept = kept.pop_all()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._in, self._out):
            os.set_blocking(pipe, False)

    def _started(self) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*WORKER, str(os.getpid())],
            stdin=pipe,
            stdout=pipe,
            stderr=self._printed,
            bufsize=0,
            cwd=self.folder,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | ONE_THREAD,
            start_new_session=True,
        )

    def give(self, seconds: float) -> None:
        """Let it have so many seconds; they run while it is asked, not while the grader thinks."""
        self.left = self._seconds = seconds

    def ask(self, frame: bytes, most_body: int = 0) -> Message:
        """The message that follows a frame, with arrays of so many bytes at most.

        Raises ``GoneError`` where none comes in time, or what comes is none; and from then on always.
        """
        if self._gone is None:
            start = time.monotonic()
            self._deadline = start + self.left
            try:
                self._require_room()
                self._write(frame)
                return receive(self._read, MOST_NAMES, most_body)
            except TimeoutError:
                self._gone = f"was not done after {self._seconds:.3g} s"
            except OverfullError:
                self._gone = f"left more than {MOST_FILES:,} files or {self._most // 2**20} MiB in its folder"
            except (EOFError, BrokenPipeError):
                self._gone = self._fate()
            except WireError as error:
                self._gone = f"wrote into the grader's pipe: {error}"
            finally:
                self.left -= time.monotonic() - start
            self._end()
        raise GoneError(self._gone)

    @property
    def printed(self) -> str:
        """The first characters of what was written to stdout and stderr."""
        self._printed.seek(0)
        return self._printed.read(4 * KEPT_OUTPUT).decode("utf-8", "replace")[:KEPT_OUTPUT].strip()

    def close(self) -> None:
        """End it, whatever it is doing, with all that it started, and remove its folder."""
        self._end()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._kept.close()

    def _write(self, frame: bytes) -> None:
        rest = memoryview(frame)
        while rest:
            try:
                rest = rest[os.write(self._in, rest[:CHUNK]) :]
            except BlockingIOError:
                self._wait(self._in, selectors.EVENT_WRITE)

    def _read(self, length: int) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            try:
                part = os.read(self._out, min(CHUNK, length - len(parts)))
            except BlockingIOError:
                self._wait(self._out, selectors.EVENT_READ)
                continue
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)

    def _wait(self, pipe: int, event: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, event)
            while (left := self._deadline - time.monotonic()) > 0:
                if selector.select(min(left, WATCHED)):
                    return
                self._require_room()
            raise TimeoutError

    def _require_room(self) -> None:
        """Raise ``OverfullError`` where its folder lies on the disk, not in memory, and holds too much."""
        if holds_more(self.folder, MOST_FILES, self._most):
            raise OverfullError

    def _fate(self) -> str:
        """How it ended; it may have closed its pipe and live on, and is killed then."""
        try:
            code = self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._end()  # what is on its way out, on a busy machine, keeps the code that it ends with
            if self._process.returncode == -signal.SIGKILL:
                return "closed the grader's pipe"
            code = self._process.returncode
        if code == -signal.SIGXCPU:
            return "used up its CPU time"
        if code < 0:
            return f"crashed its process: {signal.strsignal(-code)}"
        return f"ended its process with exit code {code}"

    def _end(self) -> None:
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it for a group that has ended
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
