"""A process in namespaces of its own, where the kernel lends them: users, mounts, System V memory, network.

Its working folder becomes a small file system in memory, which bounds how many bytes and files it may leave,
and is gone with it. There is none for processes: the calls that would need it are forbidden (``seccomp``).
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path

NEW_MOUNTS, NEW_IPC, NEW_USERS, NEW_NETWORK = 0x0002_0000, 0x0800_0000, 0x1000_0000, 0x4000_0000
PRIVATE, RECURSIVE = 1 << 18, 1 << 14
NO_SUID, NO_DEVICES, NO_PROGRAMS = 1 << 1, 1 << 2, 1 << 3
MOST_FILES = 1024


def separate(libc: ctypes.CDLL, mib: int) -> bool:
    """Move this process to its own namespaces, its folder to memory of ``mib``; whether the system does that.

    Where it does not, the process stays as it was, or has some of them.
    """
    user, group, folder = os.getuid(), os.getgid(), Path.cwd()
    if libc.unshare(NEW_USERS | NEW_MOUNTS | NEW_IPC | NEW_NETWORK) != 0:
        return False
    with suppress(OSError):  # without a map files still belong to whom they did
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if libc.mount(b"none", b"/", None, PRIVATE | RECURSIVE, None) != 0:
        return False
    options = f"size={mib}m,nr_inodes={MOST_FILES},mode=700".encode()
    flags = NO_SUID | NO_DEVICES | NO_PROGRAMS
    if libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options) != 0:
        return False
    os.chdir(folder)  # the old one lies below the new
    return True
