"""One file from the network: checked, resumed where it broke off, and never put over another file.

The standard library does it, because a connection that breaks after 150 of 170 MB should go on from there (an
HTTP Range request), which download helpers such as pooch do not do.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

from gradwright.data.files import BLOCK, sha256_of
from gradwright.data.published import Remote
from gradwright.errors import DataError

TIMEOUT = 30.0  # seconds without a byte until a mirror counts as silent
ATTEMPTS = 5  # at one mirror, as long as each brings the file further


class _MirrorError(Exception):
    """What one mirror did wrong; the next one may do better."""


def fetch(remote: Remote, folder: Path) -> Path:
    """Brings ``remote`` into ``folder`` from the first mirror that delivers it right; returns its path.

    What arrives is kept in a ``.part`` file beside the target, from which the next attempt goes on; only
    a whole file with the right SHA-256 is moved into place. A target that is right already is left as it
    is. A progress bar is drawn on stderr where that is a terminal.

    Raises ``DataError`` if another file stands in the target's place, the folder cannot be written to, or no
    mirror delivers.
    """
    target = folder / remote.path
    if target.exists():
        _check(target, remote)
        return target
    partial = target.with_name(target.name + ".part")
    failures = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()
        # Bytes left from an earlier time may be wrong where the mirror is right: it gets a second chance.
        leftover = partial.stat().st_size > 0
        for url in (remote.urls[0], *remote.urls) if leftover else remote.urls:
            try:
                _fill(partial, url, remote.size)
                _check_arrived(partial, remote)
            except _MirrorError as failure:
                failures.append(f"{url}: {failure}")
            else:
                partial.replace(target)
                return target
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror or error}") from None
    raise DataError(f"{target} could not be downloaded: {'; '.join(failures)}")


def _check(target: Path, remote: Remote) -> None:
    found = sha256_of(target)
    if found != remote.sha256:
        raise DataError(
            f"{target}: another file stands here (expected SHA-256 {remote.sha256}, found {found}); "
            "move it away, then ask again"
        )


def _check_arrived(partial: Path, remote: Remote) -> None:
    found = sha256_of(partial)
    if found != remote.sha256:
        partial.write_bytes(b"")
        raise _MirrorError(f"expected SHA-256 {remote.sha256}, found {found}")


def _fill(partial: Path, url: str, size: int) -> None:
    """Completes ``partial`` to ``size`` bytes from ``url``, asking again while that brings it further."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    hidden = not sys.stderr.isatty()
    with Progress(*columns, console=Console(stderr=True), disable=hidden) as bar, partial.open("r+b") as file:
        task = bar.add_task(partial.stem, total=size)
        for _ in range(ATTEMPTS):
            have = file.seek(0, os.SEEK_END)
            if have >= size:
                break
            try:
                for place, block in _blocks(url, have):
                    if place + len(block) > size:
                        raise _MirrorError(f"expected {size} bytes, found more")
                    file.seek(place)
                    file.write(block)
                    bar.update(task, completed=place + len(block))
            except _MirrorError:
                if file.seek(0, os.SEEK_END) == have:
                    raise
        have = file.seek(0, os.SEEK_END)
        os.fsync(file.fileno())
    if have < size:
        raise _MirrorError(f"expected {size} bytes, found the connection at an end after {have}")


def _blocks(url: str, start: int) -> Iterator[tuple[int, bytes]]:
    """What ``url`` sends, each block with its place in the file: from ``start`` on, if the server can."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            place = start if response.status == 206 else 0  # 206: partial content; 200: all of it, once more
            while block := response.read(BLOCK):
                yield place, block
                place += len(block)
    except (OSError, HTTPException) as error:
        raise _MirrorError(str(error) or type(error).__name__) from None
