"""Files that a process may open, by folders: Landlock, which Linux has from 5.13."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

CREATE, ADD, RESTRICT = 444, 445, 446
EVERY_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1}  # by the version that the system has
FROM_ABI_3 = (1 << 15) - 1
READING = 1 << 0 | 1 << 2 | 1 << 3  # execute (a shared library is mapped so), read a file, list a folder
OF_A_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14


def restrict_files(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    """Allow reading below ``readable``, writing in the working folder; whether the system can do that."""
    abi = libc.syscall(CREATE, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return False
    access = EVERY_ACCESS.get(abi, FROM_ABI_3)
    ruleset = libc.syscall(CREATE, struct.pack("<Q", access), ctypes.c_size_t(8), 0)
    for path in readable:
        _allow(libc, ruleset, path, access & READING)
    _allow(libc, ruleset, str(Path.cwd()), access)
    _allow(libc, ruleset, os.devnull, access & OF_A_FILE)
    restricted = bool(libc.syscall(RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)
    return restricted


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not there, and so nothing to read
        return
    access = access if Path(path).is_dir() else access & OF_A_FILE
    libc.syscall(ADD, ruleset, 1, struct.pack("<Qi", access, place), 0)
    os.close(place)
