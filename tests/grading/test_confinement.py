"""What a submission cannot do to what is around it: system calls, files and processes, many at a time."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.grading import Grade, process
from gradwright.grading.seccomp import ARCHITECTURES, CALLS, FCNTL, IOCTL, PRLIMIT, TGKILL
from tests.grading.attempts import FILES, calls, printed, submission
from tests.grading.conftest import why

pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() not in ARCHITECTURES,
        reason="Landlock and seccomp are Linux's, and the filter knows x86-64 and ARM",
    ),
]

Graded = Callable[..., Grade]

COLUMN = ARCHITECTURES.get(platform.machine(), (0, 0))[0]
PROBES = {335, 336}  # the kernel's own, on x86-64: they end whoever calls them, and no filter is asked
EVERY_CALL = 600  # more numbers than Linux has


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file of the teacher's, whose mode and times are to stay."""
    path = tmp_path / "teacher" / "reference.py"
    path.parent.mkdir()
    path.write_text("the answer")
    return path


def test_what_no_submission_needs_is_forbidden(graded: Graded, right: str, outside: Path) -> None:
    before, priority = outside.stat(), os.getpriority(os.PRIO_PROCESS, 0)
    given = graded(submission(calls(COLUMN), str(outside), {"EPERM"}) + right)
    assert printed(given.printed) == {}
    assert given.score == 10  # whoever tries and does his homework has done it
    assert outside.stat() == before
    assert os.getpriority(os.PRIO_PROCESS, 0) == priority


def test_every_call_that_is_not_in_the_table_is_forbidden(graded: Graded, right: str, outside: Path) -> None:
    known = {row[COLUMN] for row in [*CALLS.values(), IOCTL, FCNTL, TGKILL, PRLIMIT]}
    others = {str(n): f"call({n}, 0, 0, 0, 0, 0, 0)" for n in range(EVERY_CALL) if n not in known | PROBES}
    given = graded(submission(others, str(outside), {"EPERM"}) + right)
    assert len(others) > EVERY_CALL - 100
    assert printed(given.printed) == {}


def test_files_of_others_can_be_neither_seen_nor_touched(graded: Graded, right: str, outside: Path) -> None:
    refused = {
        "EPERM",
        "EACCES",
        "EROFS",
        "EXDEV",
        "ENOENT",
        "ModuleNotFoundError",
        "RuntimeError",
        "gaierror",
    }
    given = graded(submission(FILES, str(outside), refused) + right)
    assert printed(given.printed) == {}
    assert outside.read_text() == "the answer"
    assert list(outside.parent.iterdir()) == [outside]


UNSEEN = {
    "the grader": "os.stat(f'/proc/{PARENT}')",
    "itself": "os.stat('/proc/self')",
    "that there is a file": "os.stat(OUT)",
    "that there is a folder": "os.stat(os.path.dirname(OUT))",
    "where a link leads": "os.readlink('/proc/self/exe')",
    "programs": "os.stat('/usr/bin')",
    "the way out of its root": "os.stat(b'../../../../../../..' + OUT)",
    "what is mounted": "os.stat('/proc/self/mountinfo')",
    "devices": "os.stat('/dev/zero')",
    "users": "os.stat('/etc/passwd')",
}


def test_the_names_of_files_and_processes_are_not_seen(graded: Graded, right: str, outside: Path) -> None:
    given = graded(submission(UNSEEN, str(outside), {"ENOENT"}) + right)
    if given.notes:
        pytest.skip("this kernel lends no namespaces")
    assert printed(given.printed) == {}


USES = {
    "its own folder": "os.mkdir('d') or open('d/x', 'w').close() or os.rename('d/x', 'y') or os.remove('y')",
    "an array in a file": "np.save('a.npy', np.ones(3)) or np.load('a.npy', mmap_mode='r').sum()",
    "linear algebra": "np.linalg.svd(np.ones((300, 200)) @ np.ones((200, 300)))",
    "what is imported late": "importlib.import_module('numpy.polynomial')",
    "chance": "np.random.default_rng().standard_normal(10) + len(os.urandom(9))",
    "the clock": "importlib.import_module('time').sleep(0.001)",
    "temporary files": "importlib.import_module('tempfile').NamedTemporaryFile().write(b'x')",
    "its own limits": "importlib.import_module('resource').getrlimit(7)",
}


def test_what_a_submission_needs_is_allowed(graded: Graded, right: str, outside: Path) -> None:
    given = graded(submission(USES, str(outside), {"succeeded"}) + right)
    assert printed(given.printed) == {}


QUOTA = """
import os
def fill(write):
    try:
        for i in range(10**4):
            write(i)
    except OSError:
        pass
    return i
files = fill(lambda i: open(f"f{i}", "w").close())
for name in os.listdir("."):
    os.remove(name)
mib = fill(lambda i: open(f"m{i}", "wb").write(bytes(2**20)))
print('{"files": %d, "mib": %d}' % (files, mib))
"""


def test_bytes_and_files_are_bounded(graded: Graded, right: str) -> None:
    given = graded(QUOTA + right)
    if given.notes:
        pytest.skip("this kernel lends no namespaces")
    found = printed(given.printed)
    assert 100 < found["files"] < 1100
    assert 16 <= found["mib"] <= 32


WITHOUT_NAMESPACES = """
import gradwright.grading.confine as confine
from gradwright.grading.worker import main

confine.separate = lambda *_: False
main()
"""
FILLS = {
    "files as it is loaded": "for i in range(10**6): open(f'{i}', 'w').close()",
    "folders in folders": "for i in range(10**6): os.mkdir('d') or os.chdir('d')",
    "bytes, a few with each answer": """
inner = loss_and_grad
def loss_and_grad(*arguments):
    for _ in range(9):
        open(f"{len(os.listdir('.'))}", "wb").write(bytes(2**20))
    return inner(*arguments)""",
}


@pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)
def test_where_no_namespace_is_lent_who_fills_the_disk_is_ended(
    graded: Graded, right: str, monkeypatch: pytest.MonkeyPatch, fill: str
) -> None:
    monkeypatch.setattr(process, "WORKER", [sys.executable, "-E", "-P", "-u", "-c", WITHOUT_NAMESPACES])
    given = graded(f"{right}\nimport os\n{fill}\n")
    assert given.score < 10
    assert any(text.endswith("left more than 1,024 files or 32 MiB in its folder") for text in why(given))
    assert given.notes == (
        "This system does not keep submissions from: seeing which files and processes there are.",
    )
