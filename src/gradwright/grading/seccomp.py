"""The system calls that Python and NumPy need, and no others: a filter of seccomp, for x86-64 and ARM.

A call that is not in the table fails as forbidden (EPERM), so that whoever tried it reads so in a message.
What changes files without opening them (``chmod``, ``utime``, ``link``) is not in it, nor is anything that
makes a process, a thread, a socket, memory that outlives its process, or a signal to another.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from typing import NamedTuple

SET_SECCOMP, FILTER_MODE = 22, 2

ARCHITECTURES = {
    "x86_64": (0, 0xC000003E),
    "aarch64": (1, 0xC00000B7),
}  # column of the table, and the kernel's name
# fmt: off
CALLS: dict[str, tuple[int | None, int | None]] = {  # None: there is no such call
    # files, which Landlock bounds to those of Python and of the working folder
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "pwrite64": (18, 68), "lseek": (8, 62), "close": (3, 57), "close_range": (436, 436),
    "open": (2, None), "openat": (257, 56), "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "stat": (4, None), "fstat": (5, 80), "lstat": (6, None), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, None), "faccessat": (269, 48), "faccessat2": (439, 439),
    "getdents64": (217, 61), "readlink": (89, None), "readlinkat": (267, 78), "getcwd": (79, 17),
    "chdir": (80, 49), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "ftruncate": (77, 46), "fsync": (74, 82), "fdatasync": (75, 83), "fadvise64": (221, 223),
    # memory of its own
    "brk": (12, 214), "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226),
    "madvise": (28, 233),
    # time, waiting, chance
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, None),
    "times": (100, 153), "getrusage": (98, 165), "nanosleep": (35, 101), "clock_nanosleep": (230, 115),
    "poll": (7, None), "ppoll": (271, 73), "select": (23, None), "pselect6": (270, 72),
    "futex": (202, 98), "sched_yield": (24, 124), "restart_syscall": (219, 128), "getrandom": (318, 278),
    # itself
    "exit": (60, 93), "exit_group": (231, 94), "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139), "sigaltstack": (131, 132), "getpid": (39, 172), "getppid": (110, 173),
    "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getcpu": (309, 168), "sched_getaffinity": (204, 123), "getrlimit": (97, 163),
    "uname": (63, 160), "sysinfo": (99, 179),
}
IOCTL, FCNTL, TGKILL, PRLIMIT = (16, 29), (72, 25), (234, 131), (302, 261)
OF_TERMINALS = (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)  # what is asked of open files; a flag for exec
# fmt: on
OF_DESCRIPTORS = (0, 1, 2, 3, 4, 1030)  # copies and flags; not who is signalled (F_SETOWN)

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOWED, FORBIDDEN = 0x7FFF_0000, 0x0005_0000 | errno.EPERM
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # where the kernel's record of a call has them


class Step(NamedTuple):
    """An instruction of the filter: jumps are over so many of the next ones."""

    code: int
    if_so: int
    if_not: int
    value: int


ALLOW, FORBID = Step(RETURN, 0, 0, ALLOWED), Step(RETURN, 0, 0, FORBIDDEN)


def refuse_calls(libc: ctypes.CDLL) -> bool:
    """Set the filter for this process, which cannot be undone; whether the system has it."""
    if platform.machine() not in ARCHITECTURES:
        return False
    column, architecture = ARCHITECTURES[platform.machine()]
    steps = program(column, architecture, os.getpid())
    text = b"".join(struct.pack("<HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(text, len(text))
    header = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(buffer))
    return bool(libc.prctl(SET_SECCOMP, FILTER_MODE, header, 0, 0) == 0)


def program(column: int, architecture: int, pid: int) -> list[Step]:
    """The filter: calls of another architecture fail, those of the table pass, and four by what they ask."""
    numbers = [row[column] for row in CALLS.values()]
    known = [number for number in numbers if number is not None]
    return [
        Step(LOAD, 0, 0, ARCHITECTURE),
        Step(EQUAL, 1, 0, architecture),
        FORBID,
        Step(LOAD, 0, 0, NUMBER),
        *_where(IOCTL[column], _one_of(1, OF_TERMINALS)),
        *_where(FCNTL[column], _one_of(1, OF_DESCRIPTORS)),
        *_where(TGKILL[column], _one_of(0, [pid])),  # abort() is a signal to oneself
        *_where(PRLIMIT[column], _is_null(2)),  # limits can be read, not set
        *_to_allowed(known),
        FORBID,
        ALLOW,
    ]


def _where(number: int, steps: list[Step]) -> list[Step]:
    """Steps, which end in an answer, for one call."""
    return [Step(EQUAL, 0, len(steps), number), *steps]


def _one_of(argument: int, values: tuple[int, ...] | list[int]) -> list[Step]:
    """Whether the lower half of an argument, all that these calls look at, is one of some values."""
    return [Step(LOAD, 0, 0, ARGUMENTS + 8 * argument), *_to_allowed(values), FORBID, ALLOW]


def _is_null(argument: int) -> list[Step]:
    place = ARGUMENTS + 8 * argument
    lower, upper = Step(LOAD, 0, 0, place), Step(LOAD, 0, 0, place + 4)
    return [lower, Step(EQUAL, 0, 2, 0), upper, Step(EQUAL, 1, 0, 0), FORBID, ALLOW]


def _to_allowed(values: tuple[int, ...] | list[int]) -> list[Step]:
    """From each test that holds over those that follow it, and over FORBID."""
    return [Step(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
