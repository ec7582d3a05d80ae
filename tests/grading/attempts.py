"""What a hostile submission tries, all in one: a text to put before one, which tells what came of it.

Each attempt is an expression, run by itself: it tells "succeeded", or by what it failed.
"""

from __future__ import annotations

import json
import re
from typing import Any

# By name and number on x86-64 and on ARM: what no submission needs, each with arguments that could succeed.
SYSTEM_CALLS = {
    "chmod": ((90, None), "OUT, 0o777"),
    "fchmodat": ((268, 53), "-100, OUT, 0o777"),
    "fchmodat2": ((452, 452), "-100, OUT, 0o777, 0"),
    "chown": ((92, None), "OUT, -1, -1"),
    "fchownat": ((260, 54), "-100, OUT, -1, -1, 0"),
    "utime": ((132, None), "OUT, 0"),
    "utimensat": ((280, 88), "-100, OUT, 0, 0"),
    "setxattr": ((188, 5), "OUT, b'user.x', b'1', 1, 0"),
    "removexattr": ((197, 14), "OUT, b'user.x'"),
    "truncate": ((76, 45), "OUT, 0"),
    "link": ((86, None), "OUT, b'here'"),
    "linkat": ((265, 37), "-100, OUT, -100, b'here', 0"),
    "symlinkat": ((266, 36), "OUT, -100, b'here'"),
    "mknodat": ((259, 33), "-100, b'fifo', 0o010600, 0"),
    "setpriority": ((141, 140), "0, PARENT, 19"),
    "ioprio_set": ((251, 30), "1, PARENT, 0"),
    "sched_setaffinity": ((203, 122), "PARENT, 8, b'\\1' + bytes(7)"),
    "sched_setscheduler": ((144, 119), "PARENT, 3, bytes(8)"),
    "sched_setattr": ((314, 274), "PARENT, bytes(48), 0"),
    "prlimit64": ((302, 261), "PARENT, 7, LIMIT, 0"),
    "prlimit64 of itself": ((302, 261), "0, 7, LIMIT, 0"),
    "setrlimit": ((160, 164), "7, LIMIT"),
    "unshare": ((272, 97), "0x10000000"),
    "setns": ((308, 268), "0, 0"),
    "chroot": ((161, 51), "b'.'"),
    "pivot_root": ((155, 41), "b'.', b'.'"),
    "mount": ((165, 40), "b'none', b'.', b'tmpfs', 0, 0"),
    "umount2": ((166, 39), "b'.', 2"),
    "fsopen": ((430, 430), "b'tmpfs', 0"),
    "open_tree": ((428, 428), "-100, b'.', 1"),
    "move_mount": ((429, 429), "-100, b'.', -100, b'.', 0"),
    "mount_setattr": ((442, 442), "-100, b'.', 0, bytes(32), 32"),
    "shmget": ((29, 194), "1234, 4096, 0o1666"),
    "shmat": ((30, 196), "0, 0, 0"),
    "msgget": ((68, 186), "1234, 0o1666"),
    "semget": ((64, 190), "1234, 1, 0o1666"),
    "mq_open": ((240, 180), "b'queue', 0o102, 0o666, 0"),
    "ptrace": ((101, 117), "16, PARENT, 0, 0"),
    "process_vm_readv": ((310, 270), "PARENT, 0, 0, 0, 0, 0"),
    "process_vm_writev": ((311, 271), "PARENT, 0, 0, 0, 0, 0"),
    "process_madvise": ((440, 440), "0, 0, 0, 0, 0"),
    "pidfd_open": ((434, 434), "PARENT, 0"),
    "pidfd_getfd": ((438, 438), "0, 0, 0"),
    "kcmp": ((312, 272), "PARENT, SELF, 0, 0, 0"),
    "kill": ((62, 129), "PARENT, 0"),
    "kill of its group": ((62, 129), "0, 0"),
    "tkill": ((200, 130), "PARENT, 0"),
    "tgkill": ((234, 131), "PARENT, PARENT, 0"),
    "rt_sigqueueinfo": ((129, 138), "PARENT, 0, bytes(128)"),
    "rt_tgsigqueueinfo": ((297, 240), "PARENT, PARENT, 0, bytes(128)"),
    "fcntl F_SETOWN": ((72, 25), "1, 8, PARENT"),
    "fcntl F_SETSIG": ((72, 25), "1, 10, 9"),
    "ioctl FIOSETOWN": ((16, 29), "1, 0x8901, bytes(4)"),
    "ioctl TIOCSTI": ((16, 29), "1, 0x5412, b'x'"),
    "clone": ((56, 220), "17, 0, 0, 0, 0"),
    "clone3": ((435, 435), "bytes(88), 88"),
    "fork": ((57, None), ""),
    "vfork": ((58, None), ""),
    "execve": ((59, 221), "b'/bin/true', 0, 0"),
    "execveat": ((322, 281), "-100, b'/bin/true', 0, 0, 0"),
    "memfd_create": ((319, 279), "b'x', 0"),
    "memfd_secret": ((447, 447), "0"),
    "socket": ((41, 198), "1, 1, 0"),
    "socketpair": ((53, 199), "1, 1, 0, bytes(8)"),
    "io_uring_setup": ((425, 425), "1, bytes(120)"),
    "io_setup": ((206, 0), "1, bytes(8)"),
    "bpf": ((321, 280), "0, bytes(128), 128"),
    "seccomp": ((317, 277), "2, 0, 0"),
    "prctl": ((157, 167), "1, 0, 0, 0, 0"),
    "keyctl": ((250, 219), "0, -3, 0, 0, 0"),
    "add_key": ((248, 217), "b'user', b'x', b'y', 1, -3"),
    "request_key": ((249, 218), "b'user', b'x', 0, -3"),
    "perf_event_open": ((298, 241), "bytes(128), 0, -1, -1, 0"),
    "userfaultfd": ((323, 282), "1"),
    "name_to_handle_at": ((303, 264), "-100, OUT, bytes(136), bytes(4), 0"),
    "open_by_handle_at": ((304, 265), "-100, bytes(136), 0"),
    "inotify_init1": ((294, 26), "0"),
    "fanotify_init": ((300, 262), "0, 0"),
    "landlock_create_ruleset": ((444, 444), "0, 0, 1"),
    "setuid": ((105, 146), "0"),
    "setsid": ((112, 157), ""),
    "setpgid": ((109, 154), "0, 0"),
    "personality": ((135, 92), "0xFFFFFFFF"),
    "sethostname": ((170, 161), "b'x', 1"),
    "syslog": ((103, 116), "10, 0, 0"),
    "acct": ((163, 89), "0"),
    "mlock": ((149, 228), "0, 0"),
    "splice": ((275, 76), "0, 0, 1, 0, 0, 0"),
    "timer_create": ((222, 107), "0, 0, bytes(8)"),
    "setitimer": ((38, 103), "0, bytes(32), 0"),
    "quotactl": ((179, 60), "0, 0, 0, 0"),
    "init_module": ((175, 105), "0, 0, b''"),
    "kexec_load": ((246, 104), "0, 0, 0, 0"),
    "reboot": ((169, 142), "0, 0, 0, 0"),
    "swapon": ((167, 224), "b'x', 0"),
    "settimeofday": ((164, 170), "0, 0"),
    "clock_settime": ((227, 112), "0, bytes(16)"),
}

FILES = {
    "reads the teacher's file": "open(OUT)",
    "lists the folder of others": "os.listdir(os.path.dirname(OUT))",
    "writes to the teacher's file": "open(OUT, 'a')",
    "removes the teacher's file": "os.remove(OUT)",
    "moves the teacher's file": "os.rename(OUT, 'here')",
    "makes a file beside it": "open(OUT + b'.new', 'w')",
    "reads the passwords": "open('/etc/passwd')",
    "reads the home folder": "os.listdir('/root')",
    "reads its own memory map": "open('/proc/self/maps')",
    "writes its own memory": "open('/proc/self/mem', 'wb')",
    "reads the grader's memory": "open(f'/proc/{PARENT}/mem', 'rb')",
    "reads the grader's command": "open(f'/proc/{PARENT}/cmdline')",
    "reads the grader's environment": "open(f'/proc/{PARENT}/environ')",
    "raises its chance of being spared": "open('/proc/self/oom_score_adj', 'w')",
    "lists the devices": "os.listdir('/dev')",
    "opens the terminal": "open('/dev/tty')",
    "opens shared memory": "open('/dev/shm/left', 'w')",
    "writes into Python's packages": "open(np.__file__, 'a')",
    "adds a package to Python": "open(os.path.dirname(np.__file__) + '/../left.py', 'w')",
    "changes the folder of the temporary files": "open('/tmp/left', 'w')",
    "reads the kernel's settings": "os.listdir('/sys/kernel')",
    "imports the reference": "importlib.import_module('reference')",
    "starts a program": "subprocess.run(['true'])",
    "starts a thread": "threading.Thread(target=print).start()",
    "opens a socket": "socket.socket()",
    "looks a name up": "socket.gethostbyname('example.com')",
}

ATTEMPTED = """
import ctypes, errno, importlib, json, os, socket, struct, subprocess, threading
import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
OUT, PARENT, SELF, LIMIT = {out!r}, os.getppid(), os.getpid(), struct.pack("QQ", 64, 64)

def call(number, *arguments):
    given = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    if libc.syscall(ctypes.c_long(number), *given) == -1:
        raise OSError(ctypes.get_errno(), "")

def outcome(expression):
    try:
        eval(expression, globals())
    except BaseException as error:
        name = type(error).__name__
        return errno.errorcode.get(error.errno, name) if getattr(error, "errno", None) else name
    return "succeeded"

found = {{}}
for name, expression in json.loads({attempts!r}).items():
    found.setdefault(outcome(expression), []).append(name)
print(json.dumps({{kind: names for kind, names in found.items() if kind not in {expected!r}}}))
"""


def submission(attempts: dict[str, str], out: str, expected: set[str]) -> str:
    """A text that makes the attempts when it is loaded, and prints those that did not end as expected."""
    return ATTEMPTED.format(attempts=json.dumps(attempts), out=out.encode(), expected=expected)


def calls(column: int) -> dict[str, str]:
    """The system calls of ``SYSTEM_CALLS`` as attempts, those that the processor has."""
    return {
        name: f"call({numbers[column]}{', ' * bool(given)}{given})"
        for name, (numbers, given) in SYSTEM_CALLS.items()
        if numbers[column] is not None
    }


def printed(text: str) -> Any:
    """What the attempts printed."""
    found = re.search(r"^\{.*\}$", text, re.MULTILINE)
    assert found, text
    return json.loads(found[0])
