"""A process shuts itself in before it runs what nobody trusts; what comes after cannot undo it.

- Limits of memory, CPU time, file size and processes (POSIX).
- On Linux from 5.13, Landlock: no file to read but Python's own, none to write but in the working folder.
- On Linux on x86-64 and ARM, seccomp: no new process, program or thread, no network, no signal to others.

This is no wall against faults of the kernel. What is missing on a system is told, see ``confine``.
"""

from __future__ import annotations

import ctypes
import math
import os
import platform
import resource
import signal
import site
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

MIB = 2**20
CPU_GRACE = 5  # seconds over the limit of the clock, which comes first for what is busy
PARENT_DEATH_SIGNAL = 1
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER_MODE = 38, 22, 2

# What a submission has no use for, by the system's numbers on x86-64 and on ARM. By name: fork, vfork, clone,
# clone3, execve, execveat, socket, socketpair, io_uring_setup, kill, tkill, tgkill, rt_sigqueueinfo,
# rt_tgsigqueueinfo, pidfd_send_signal, ptrace, process_vm_readv, process_vm_writev, prlimit64, setpgid and
# setsid.
REFUSED = {
    "x86_64": (
        0xC000003E,
        (57, 58, 56, 435, 59, 322, 41, 53, 425, 62, 200, 234, 129, 297, 424, 101, 310, 311, 302, 109, 112),
    ),
    "aarch64": (
        0xC00000B7,
        (220, 435, 221, 281, 198, 199, 425, 129, 130, 131, 138, 240, 424, 117, 270, 271, 261, 154, 157),
    ),
}
PERMISSION_DENIED = 0x0005_0000 | 1
ALLOWED, KILLED = 0x7FFF_0000, 0x8000_0000
FOREIGN_NUMBERS = 0x4000_0000  # the second set of calls that x86-64 has, for 32-bit pointers

LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
EVERY_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1}
FROM_ABI_3 = (1 << 15) - 1
READING = 1 << 0 | 1 << 2 | 1 << 3  # execute (a shared library is mapped so), read a file, list a folder
OF_A_FILE = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14
SYSTEM = ("/usr", "/lib", "/lib64", "/System", "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom")


def confine(seconds: float, memory_mib: int, file_mib: int, readable: Iterable[str]) -> list[str]:
    """Shut this process in its working folder; returns what this system could not do, in words."""
    limit(resource.RLIMIT_CPU, math.ceil(seconds) + CPU_GRACE)
    limit(resource.RLIMIT_AS, memory_mib * MIB)
    limit(resource.RLIMIT_FSIZE, file_mib * MIB)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NPROC, 0)  # the system does not hold this against root, nor threads of before
    if sys.platform != "linux":
        return ["reading files", "signals to other processes", "the network"]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    python = {sys.prefix, sys.base_prefix, *site.getsitepackages(), *filter(None, sys.path)}
    missing = [] if restrict_files(libc, {*python, *SYSTEM, *readable}) else ["reading files"]
    return missing + ([] if refuse_calls(libc) else ["signals to other processes", "the network"])


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


def restrict_files(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    """Landlock: reading below ``readable``, writing in the working folder; whether the system has it."""
    abi = libc.syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if abi < 1:
        return False
    access = EVERY_ACCESS.get(abi, FROM_ABI_3)
    ruleset = libc.syscall(LANDLOCK_CREATE, struct.pack("<Q", access), ctypes.c_size_t(8), 0)
    for path in readable:
        _allow(libc, ruleset, path, access & READING)
    _allow(libc, ruleset, str(Path.cwd()), access)
    _allow(libc, ruleset, os.devnull, access & OF_A_FILE)
    restricted = bool(libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)
    return restricted


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not there, and so nothing to read
        return
    access = access if Path(path).is_dir() else access & OF_A_FILE
    libc.syscall(LANDLOCK_ADD, ruleset, 1, struct.pack("<Qi", access, place), 0)
    os.close(place)


def refuse_calls(libc: ctypes.CDLL) -> bool:
    """seccomp: the calls of ``REFUSED`` fail as forbidden; whether the system has it."""
    if platform.machine() not in REFUSED:
        return False
    architecture, refused = REFUSED[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, KILLED),
        (load, 0, 0, 0),
        # From each test that holds to the last line: over the tests that follow it, and over ALLOWED.
        (at_least, len(refused) + 1, 0, FOREIGN_NUMBERS),
        *((equal, len(refused) - i, 0, number) for i, number in enumerate(refused)),
        (give, 0, 0, ALLOWED),
        (give, 0, 0, PERMISSION_DENIED),
    ]
    text = b"".join(struct.pack("<HBBI", *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(text, len(text))
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(buffer))
    return bool(libc.prctl(SET_SECCOMP, FILTER_MODE, header, 0, 0) == 0)
