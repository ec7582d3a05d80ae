"""Every failure in turn: the n-th write, flush, move, opening or folder of a scene fails, for all n.

python -m tests.hostile.failures
"""

from __future__ import annotations

import errno
import itertools
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gradwright.errors import GradwrightError
from gradwright.grading.folder import PREFIX
from gradwright.writing import LOCK, SCRATCH
from tests.hostile.disk import Failing, watched, without_waiting
from tests.hostile.scenes import GRADING, LONGER, REPORT, STUDY, TRAINING, Scene

CODES = (errno.ENOSPC, errno.EIO, errno.EMFILE)


def fail_in_turn(scene: Scene, codes: Sequence[int] = CODES, every: int = 1) -> Counter[str]:
    """Each call of the scene fails once, or ``every`` so many, with the codes in turn.

    Raises ``AssertionError`` where it ends otherwise than with one message or well, leaves something
    half-written, or goes on to something else.
    """
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary, without_waiting():
        expected = scene.act(Path(temporary) / "whole")
        for moment in itertools.count(1, every):
            root = Path(temporary) / f"failed{moment}"
            disk = Failing(root, moment, codes[moment // every % len(codes)])
            where = f"{scene.name}, call {moment}"
            try:
                with watched(disk):
                    found = scene.act(root)
            except GradwrightError:
                seen["one message"] += 1
            else:
                if len(disk.calls) < moment:
                    return seen
                seen["went on"] += 1
                assert found == expected, where
            seen["failures"] += 1
            where += f" ({disk.calls[moment - 1]})"
            left = [path.name for path in root.rglob("*") if is_litter(path.name)]
            assert not left or disk.calls[moment - 1].startswith(("unlink", "rmdir")), f"{where}: left {left}"
            assert scene.act(root) == expected, where
    raise AssertionError


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name is one that nobody needs once its writer is done."""
    return name.endswith((SCRATCH, LOCK)) or name.startswith(PREFIX)


if __name__ == "__main__":
    for each in (TRAINING, LONGER, STUDY, REPORT, GRADING):
        for code in CODES:
            print(f"{each.name}, {errno.errorcode[code]}: {dict(fail_in_turn(each, [code]))}")
