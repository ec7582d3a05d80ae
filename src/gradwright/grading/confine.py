"""A process shuts itself in before it runs what nobody trusts; what comes after cannot undo it.

- Limits of memory, CPU time, file size and processes (POSIX).
- On Linux, where it lends them, namespaces and a root of its own, with a folder of few bytes and files
  (``namespaces``).
- On Linux from 5.13, no file to read but Python's own, none to write but in that folder (``landlock``).
- On Linux on x86-64 and ARM, no system call but those that NumPy needs (``seccomp``).

This is no wall against faults of the kernel. What is missing on a system is told, see ``confine``.
"""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import site
import sys
from collections.abc import Iterable
from pathlib import Path

from gradwright.grading.landlock import restrict_files
from gradwright.grading.namespaces import separate
from gradwright.grading.seccomp import refuse_calls

MIB = 2**20
CPU_GRACE = 5  # seconds over the limit of the clock, which comes first for what is busy
PARENT_DEATH_SIGNAL, NO_NEW_PRIVILEGES = 1, 38
LIBRARIES = ("lib", "lib32", "lib64")  # of a prefix, below which a course may lie, as in /usr/src
SYSTEM = ("/usr", "/usr/local", "/")
MORE = ("/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/urandom")

SEEING, READING = "seeing which files and processes there are", "reading files"
CALLING = ("signals to other processes", "the network", "changes of files' permissions and times")


def confine(
    seconds: float, memory_mib: int, file_mib: int, folder_mib: int, readable: Iterable[str], parent: int
) -> list[str]:
    """Shut this process in its working folder; returns what this system could not do, in words."""
    limit(resource.RLIMIT_CPU, math.ceil(seconds) + CPU_GRACE)
    limit(resource.RLIMIT_AS, memory_mib * MIB)
    limit(resource.RLIMIT_FSIZE, file_mib * MIB)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NPROC, 0)  # the system does not hold this against root, nor threads of before
    if sys.platform != "linux":
        return [SEEING, READING, *CALLING]
    libc = ctypes.CDLL(None, use_errno=True)
    missing = [] if separate(libc, folder_mib, [*readable, os.devnull]) else [SEEING]
    end_with_parent(parent)  # again: the system forgets it where privileges change
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    missing += [] if restrict_files(libc, readable) else [READING]
    return missing + ([] if refuse_calls(libc) else [*CALLING])


def python_places() -> set[str]:
    """What Python and its packages are read from while a submission runs."""
    prefixes = {sys.prefix, sys.base_prefix, *SYSTEM}
    libraries = {str(Path(prefix, library)) for prefix in prefixes for library in LIBRARIES}
    return {*libraries, *site.getsitepackages(), *filter(None, sys.path), *MORE}


def end_with_parent(parent: int) -> None:
    """Have the system kill this process when the grader, of which this is the number, is no more.

    Where only Linux can do that, the end of the question's pipe still ends a worker that reads from it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it was gone before that was asked for
        os._exit(1)


def limit(which: int, value: int) -> None:
    """Set a limit, or leave the one of before where that is lower."""
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))
