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
from tests.grading.conftest import EXAMPLES, HEAD, SOON, earned, why
from tests.programs import PATIENCE, kill_at

pytestmark = pytest.mark.waits

Graded = Callable[..., Grade]

LATE = f"was not done after {SOON:g} s"


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
    "returns nothing": ("return None", "TypeError: expected loss_and_grad to return (loss, gradient)"),
    "returns text": ("return 'one', 'two'", "TypeError: expected numbers as the value, found str"),
}


def _expect_only_the_item_lost(given: Grade, message: str) -> None:
    assert set(earned(given).values()) == {0}
    assert any(text.startswith(message) for text in why(given)), why(given)


@pytest.mark.parametrize(("body", "message"), MISCHIEF.values(), ids=MISCHIEF)
def test_mischief_costs_the_item_alone(graded: Graded, right: str, body: str, message: str) -> None:
    limits = {"item_seconds": SOON} if message == LATE else {}
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
    given = graded(text, limits={"item_seconds": SOON} if message == LATE else {})
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
