"""A process in namespaces of its own, where the kernel lends them: users, mounts, System V memory, network.

It sees a root of its own, with nothing in it but the places that it may read and its working folder: a small
file system in memory, which bounds how many bytes and files it may leave, and is gone with it. There is no
namespace for processes: what starts, signals or looks into one is forbidden (``seccomp``), and ``/proc`` is
not in that root, so that it would keep this process from nothing.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

NEW_MOUNTS, NEW_IPC, NEW_USERS, NEW_NETWORK = 0x0002_0000, 0x0800_0000, 0x1000_0000, 0x4000_0000
PRIVATE, RECURSIVE, BIND = 1 << 18, 1 << 14, 1 << 12
NO_SUID, NO_DEVICES, NO_PROGRAMS = 1 << 1, 1 << 2, 1 << 3
MOST_FILES = 1024


def separate(libc: ctypes.CDLL, mib: int, readable: Iterable[str]) -> bool:
    """Move this process to its own namespaces and its own root; whether the system does all of that.

    ``mib`` is what its folder may hold. Where something fails, the process stays as it was, or has a part.
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
    if not _in_memory(libc, folder, mib):
        return False
    os.chdir(folder)  # the old one lies below the new
    root = folder / "root"
    own = root / folder.relative_to("/")
    root.mkdir()
    made = _in_memory(libc, root, 1) and all(_bound(libc, root, Path(each)) for each in sorted(readable))
    own.mkdir(parents=True)
    if made and _in_memory(libc, own, mib) and libc.chroot(os.fsencode(root)) == 0:
        os.chdir(folder)
        return True
    return False


def _in_memory(libc: ctypes.CDLL, folder: Path, mib: int) -> bool:
    """Cover a folder with an empty file system of ``mib``."""
    options = f"size={mib}m,nr_inodes={MOST_FILES},mode=700".encode()
    flags = NO_SUID | NO_DEVICES | NO_PROGRAMS
    return bool(libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options) == 0)


def _bound(libc: ctypes.CDLL, root: Path, place: Path) -> bool:
    """Show what there is at ``place``, if anything, at the same place below ``root``."""
    if not place.exists():
        return True
    target = root / place.relative_to("/")
    (target if place.is_dir() else target.parent).mkdir(parents=True, exist_ok=True)
    if not place.is_dir():
        target.touch()
    return bool(libc.mount(os.fsencode(place), os.fsencode(target), None, BIND | RECURSIVE, None) == 0)
