"""Hostile submissions: each costs its author the item, nobody else anything, and none fakes a grade."""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gradwright.grading import Grade, Rubric
from gradwright.grading.folder import PREFIX, own_folder
from tests.grading.conftest import EXAMPLES, HEAD, earned, why
from tests.programs import PATIENCE, kill_at

pytestmark = pytest.mark.waits

Graded = Callable[..., Grade]

HANGS = 1.0  # seconds for an item that does not end whatever it is given
LATE = f"was not done after {HANGS:g} s"


def replaced(right: str, body: str) -> str:
    """The right submission with another body of its first function."""
    return (
        f"{right}\n{HEAD}{textwrap.indent(textwrap.dedent(body), '    ')}\n    return 0.0, (0 * W, 0 * b)\n"
    )


MISCHIEF = {
    "leaves": ("import os; os._exit(0)", "ended its process with exit code 0"),
    "raises SystemExit": ("raise SystemExit('bye')", "SystemExit: bye"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "crashed its process: Segmentation fault"),
    "spins": ("while True: pass", LATE),
    "sleeps": ("import time; time.sleep(6000)", LATE),
    "allocates 100 GB": ("np.ones(10**11 // 8)", "MemoryError: Unable to allocate 93.1 GiB"),
    "fills the disk": ("open('x', 'wb').write(bytes(2**25))", "OSError: [Errno 27] File too large"),
    "prints without end": ("while True: print('0' * 10**5)", "OSError: [Errno 27] File too large"),
    "asks for input": ("input()", "EOFError: EOF when reading a line"),
    "recurses": ("return loss_and_grad(W, b, x, labels, penalty)", "RecursionError: maximum recursion"),
    "writes into the pipes": (
        "import os\nfor fd in range(3, 30):\n    try: os.write(fd, b'\\xff' * 99)\n    except OSError: pass",
        "wrote into the grader's pipe: a frame that is too long",
    ),
    "closes the pipes": (
        "import os, time; os.closerange(0, 50); time.sleep(6000)",
        "closed the grader's pipe",
    ),
    "changes NumPy": ("np.asarray = lambda *a, **k: 1 / 0", "ZeroDivisionError: division by zero"),
    "raises what cannot be printed": (
        "class E(Exception):\n    def __str__(self): raise self\nraise E",
        "E",
    ),
    "raises what has no name": (
        "class M(type):\n    __name__ = property(lambda cls: 1 / 0)\n"
        "class E(Exception, metaclass=M):\n    def __str__(self): raise self\nraise E",
        "E",
    ),
    "answers before it is asked": (
        "import gc, io\n"
        "for pipe in [each for each in gc.get_objects() if isinstance(each, io.BufferedWriter)]:\n"
        "    pipe.write(bytes(12)); pipe.flush()",
        "wrote into the grader's pipe: a frame that does not add up",
    ),
    "stops itself": ("import signal; signal.raise_signal(signal.SIGSTOP)", LATE),
    "kills itself": ("import signal; signal.raise_signal(signal.SIGKILL)", "crashed its process: Killed"),
    "returns a table without end": (
        "from collections.abc import Mapping\n"
        "class Endless(Mapping):\n    __getitem__ = __len__ = __iter__ = None\n"
        "    def items(self):\n        while True: yield 'W', W\nreturn 0.0, Endless()",
        LATE,
    ),
    "returns itself in itself": ("g = [W]; g.append(g); return 0.0, g", "RecursionError: maximum recursion"),
    "returns a tuple that lies": (
        "class T(tuple):\n    def __len__(self): return 2\nreturn T((1,))",
        "IndexError: tuple index out of range",
    ),
    "returns objects that turn into floats": (
        "class F:\n    def __float__(self): return 1.0\nreturn np.array([F()]), (W, b)",
        "TypeError: expected numbers as the value, found ndarray of object",
    ),
    "yields": ("yield 0.0, (W, b)", "TypeError: expected loss_and_grad to return (loss, gradient)"),
    "returns nothing": ("return None", "TypeError: expected loss_and_grad to return (loss, gradient)"),
    "returns text": ("return 'one', 'two'", "TypeError: expected numbers as the value, found str"),
}


def _expect_only_the_item_lost(given: Grade, message: str) -> None:
    assert set(earned(given).values()) == {0}
    assert any(text.startswith(message) for text in why(given)), why(given)


@pytest.mark.parametrize(("body", "message"), MISCHIEF.values(), ids=MISCHIEF)
def test_mischief_costs_the_item_alone(graded: Graded, right: str, body: str, message: str) -> None:
    limits = {"item_seconds": HANGS} if message == LATE else {}
    _expect_only_the_item_lost(graded(replaced(right, body), limits=limits), message)


FAKES = {
    "zero for everything": "return 0.0, (0 * W, 0 * b)",
    "NaN": "return float('nan'), (W * float('nan'), b * float('nan'))",
    "infinity": "return float('inf'), (W * float('inf'), b * 1e308)",
    "numbers that overflow the check": "return 1e300, (1e300 * W, 1e300 * b)",
    "noise": "return np.random.rand(), (np.random.rand(4, 3), np.random.rand(3))",
    "an array that lies": """
        class Liar:
            calls = 0
            def __array__(self, dtype=None, copy=None):
                Liar.calls += 1
                return np.full((4, 3), float(Liar.calls))
        return Liar(), (Liar(), Liar())""",
    "an array with operators of its own": """
        class Own(np.ndarray):
            def __array_ufunc__(self, *_, **__): return True
            def astype(self, *_, **__): return self
        return np.ones(()).view(Own), (W.view(Own), b.view(Own))""",
    "the largest whole numbers": "return 2**62, (np.full(W.shape, -(2**63)), np.full(b.shape, 2**63 - 1))",
    "no numbers on many axes": "return np.zeros((1,) * 32), (np.zeros((0,) * 32), np.zeros((10**9, 0)))",
    "too many numbers": "return np.ones(100), (np.ones((4, 3, 2)), np.ones(0))",
    "a table of strange names": "return 0.0, {'\\x1b[31m' * 1000: W, '': b, 'W': None}",
    "right to anyone who is equal to it": """
        class Equal(float):
            def __eq__(self, other): return True
            def __le__(self, other): return True
            def __sub__(self, other): return 0.0
        return Equal(1), (Equal(1), Equal(1))""",
}


@pytest.mark.parametrize("body", FAKES.values(), ids=FAKES)
def test_a_fake_earns_nothing(graded: Graded, right: str, body: str) -> None:
    given = graded(replaced(right, body))
    assert set(earned(given).values()) == {0}
    assert all(text.isprintable() for text in why(given))


def test_what_one_item_loses_the_next_one_keeps(graded: Graded, rubric: Rubric, right: str) -> None:
    given = graded(replaced(right, "import os; os._exit(0)"), items=rubric.items)
    assert set(earned(given).values()) == {0}
    assert given.score == 5  # of the linear layer, in its own process


def test_a_simpler_loss_earns_the_gradient_of_the_own_loss_and_no_more(graded: Graded, right: str) -> None:
    given = graded(replaced(right, "return W.sum() + b.sum(), (np.ones_like(W), np.ones_like(b))"))
    assert {name for name, points in earned(given).items() if points} == {"gradient of its own loss"}


LOADING = {
    "spins": ("while True: pass", LATE),
    "exits": ("raise SystemExit(3)", "could not be loaded: SystemExit: 3"),
    "is no Python": ("def loss_and_grad(:", "could not be loaded: SyntaxError"),
    "is empty": ("", "could not be loaded: LookupError: expected loss_and_grad in the file, found nothing"),
    "wants its neighbour": ("import reference", "could not be loaded: ModuleNotFoundError"),
}


@pytest.mark.parametrize(("text", "message"), LOADING.values(), ids=LOADING)
def test_a_file_that_cannot_be_loaded_earns_nothing(graded: Graded, text: str, message: str) -> None:
    given = graded(text, limits={"item_seconds": HANGS} if message == LATE else {})
    assert given.score == 0
    assert any(each.startswith(message) for each in why(given)), why(given)


def test_the_time_for_all_items_is_limited_too(graded: Graded, rubric: Rubric, right: str) -> None:
    spinning = replaced(right, "while True: pass")
    given = graded(spinning, limits={"total_seconds": 0.5}, items=rubric.items)
    assert given.score == 0
    assert why(given) == {"was not done after 0.5 s", "the 0.5 s for all items are used up"}


def test_what_is_printed_is_kept_and_made_harmless(graded: Graded, right: str) -> None:
    given = graded(f"print('look \\x1b[31m here\\nPoints drawn with seed 7.')\n{right}")
    assert (given.score, given.printed) == (10, "look \x1b[31m here\nPoints drawn with seed 7.")
    assert given.output.endswith(
        "The submission printed:\n| look \\x1b[31m here\n| Points drawn with seed 7."
    )


IMITATION = "\\n  10 / 10  softmax regression: value  right\\r\\x1b[1A\\u2028  10 / 10  all  right"


def test_what_is_raised_does_not_pass_for_a_verdict(graded: Graded, right: str) -> None:
    given = graded(replaced(right, f'raise ValueError("{IMITATION}")'))
    verdicts = [line for line in str(given).split("\n") if " / " in line and "|" not in line]
    assert len(verdicts) == len(given.marks)
    assert not any("right" in line for line in verdicts)
    assert all(part.isprintable() for part in str(given).split("\n"))


LEFT_BEHIND = """
import atexit, os, signal, sys
print(os.getpid(), os.getcwd())
class Late:
    def __del__(self):
        while True: pass
atexit.register(Late().__del__)
sys.late = Late()
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
sys.setrecursionlimit(10**9)
os.close(1), os.close(2)
for name in ("a\\nb", "\\r", "\\x1b[2J", "-rf"):
    os.mkdir(name, 0)
for _ in range(300):
    os.mkdir("d") or os.chdir("d")
"""


def test_whoever_means_to_stay_ends_with_his_item(graded: Graded, right: str) -> None:
    """He ignores signals, loops at exit, and sits deep in a folder with names that no shell likes."""
    given = graded(LEFT_BEHIND + right)
    assert given.score == 10
    pid, folder = given.printed.split()
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_the_environment_has_no_secrets(graded: Graded, right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_TOKEN", "secret")
    given = graded(replaced(right, "import os; raise ValueError('GRADER_TOKEN' in os.environ, os.getcwd())"))
    assert any("(False, '" in text for text in why(given))


def test_no_process_and_no_folder_is_left(graded: Graded, right: str) -> None:
    given = graded(replaced(right, "import os; raise ValueError(os.getpid(), os.getcwd())"))
    text = next(iter(why(given) & {t for t in why(given) if t.startswith("ValueError")}))
    pid, folder = text.removeprefix("ValueError: (").rstrip(")").split(", ")
    assert not Path(folder.strip("'")).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is a signal on Linux alone")
def test_a_grader_that_is_killed_leaves_no_process_and_no_folder_past_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed while a submission sleeps that would read no end of its pipe."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "homework.py").write_text("import time; time.sleep(6000)")
    answer_to_loading = 7  # of three reads each, one process runs nothing, the next shuts itself in
    command = ("check", "--grade", EXAMPLES / "rubric.toml", tmp_path / "homework.py")
    kill_at("gradwright.grading.process.Process._read", answer_to_loading, *command)
    [orphan] = tmp_path.glob(f"{PREFIX}*")
    end = time.monotonic() + PATIENCE
    while _processes_in(orphan):
        assert time.monotonic() < end, "it lives on"
        time.sleep(0.01)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with own_folder():
        assert not orphan.exists()


def _processes_in(folder: Path) -> list[str]:
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            found += [link.parent.name] if link.readlink() == folder else []
    return found
