"""The memory of this process, as Linux tells it."""

from __future__ import annotations

import os
from pathlib import Path


def resident() -> int:
    """The bytes that are resident now; 0 where the system does not say."""
    pages = _read("statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def most_resident() -> int:
    """The most that were resident at once; 0 where the system does not say."""
    kilobytes = (line.split()[1] for line in _read("status").splitlines() if line.startswith("VmHWM"))
    return int(next(kilobytes, 0)) * 1024


def _read(name: str) -> str:
    file = Path("/proc/self") / name
    return file.read_text(encoding="ascii") if file.exists() else ""
