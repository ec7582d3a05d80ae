"""What a power cut may leave of a run or a study, state by state, and what becomes of each.

The calls that change the disk are recorded once. After each of them the power may go: what was written to a
file since it was last flushed is there, or not, or torn at any byte, or a hole of zeros of the right length;
and of the names that were made, moved or removed since their folder was last flushed, any may be there and
any not. Every such state is laid out and gone on with, and must come to the same bits.

    python -m tests.hostile.crash_states
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.studies.store import INDEX
from tests.hostile.disk import Recorder, watched, without_waiting
from tests.hostile.progress import told
from tests.hostile.scenes import LONGER, STUDY, STUDY_OF_20, TRAINING, Scene

MOST_PENDING = 4  # names whose every subset is tried; of more, the last so many
BLOCK = 4096
ENDINGS = ("", "-wal", "-shm")
State = dict[str, bytes | None]  # the files below the root by name, folders with None


@dataclass
class File:
    """What is on the disk for sure, and what was written."""

    flushed: bytes = b""
    written: bytes = b""

    def write(self, at: int, data: bytes) -> None:
        self.written = self.written[:at].ljust(at, b"\0") + data + self.written[at + len(data) :]

    def after_a_power_cut(self, cuts: int) -> list[bytes]:
        """What may be read of it: ``cuts`` of the places where it may be torn."""
        if self.flushed == self.written:
            return [self.flushed]
        short, long = sorted((len(self.flushed), len(self.written)))
        places = {*range(short, long, BLOCK), *np.linspace(short, long, cuts, dtype=int).tolist()}
        longer = max(self.flushed, self.written, key=len)
        torn = [longer[:place] for place in sorted(places)]
        return [self.flushed, self.written, *torn, longer[:short].ljust(long, b"\0")]


def states(disk: Recorder, cuts: int) -> Iterator[tuple[int, State]]:
    """Every state that a power cut may leave, with the number of calls before it."""
    files: dict[int, File] = {}
    names: dict[Path, int | None] = {disk.root: None}  # as flushed
    pending: list[tuple[Any, ...]] = []
    for count, call in enumerate([("begin",), *disk.log]):
        match call:
            case ("create", _, number):
                files[number] = File()
                pending.append(call)
            case ("write", number, at, data):
                files[number].write(at, data)
            case ("truncate", number, size):
                files[number].written = files[number].written[:size].ljust(size, b"\0")
            case ("sync", number):
                files[number].flushed = files[number].written
            case ("sync names", folder):
                flushed = [each for each in pending if each[1].parent == folder]
                names = with_names(names, flushed)
                pending = [each for each in pending if each not in flushed]
            case ("begin",):
                pass
            case _:
                pending.append(call)
        sure, perhaps = pending[:-MOST_PENDING], pending[-MOST_PENDING:]
        for kept in itertools.chain.from_iterable(
            itertools.combinations(perhaps, size) for size in range(len(perhaps) + 1)
        ):
            there = with_names(names, [*sure, *kept])
            for content in contents({path: files[n] for path, n in there.items() if n is not None}, cuts):
                yield (
                    count,
                    {
                        str(path.relative_to(disk.root)): content.get(path)
                        for path in there
                        if path != disk.root and is_reachable(path, disk.root, there)
                    },
                )


def is_reachable(path: Path, root: Path, names: Mapping[Path, int | None]) -> bool:
    """Whether every folder on the way to a name is there."""
    above = [parent for parent in path.parents if parent.is_relative_to(root)]
    return all(parent in names and names[parent] is None for parent in above)


def with_names(names: Mapping[Path, int | None], calls: Iterable[tuple[Any, ...]]) -> dict[Path, int | None]:
    """The names after these calls."""
    found = dict(names)
    for call in calls:
        match call:
            case ("create", path, number):
                found[path] = number
            case ("folder", path):
                found[path] = None
            case ("remove", path):
                found.pop(path, None)
            case ("rename", path, target, number):
                found.pop(path, None)
                found[target] = number
    return found


def contents(files: Mapping[Path, File], cuts: int) -> Iterator[dict[Path, bytes]]:
    """What may be read of all files: each in its states in turn, the others as written or flushed."""
    for others in ("written", "flushed"):
        usual = {path: getattr(file, others) for path, file in files.items()}
        yield usual
        for path, file in files.items():
            for content in file.after_a_power_cut(cuts)[2:]:
                yield usual | {path: content}


@dataclass(frozen=True)
class Cuts:
    """The states that power cuts may leave of a scene, each with the call before it."""

    scene: Scene
    expected: Any
    calls: int
    distinct: list[tuple[str, State]]

    def recovered(self, number: int, temporary: Path) -> None:
        """Lay out a state and go on with it.

        Raises ``AssertionError`` that says after which call the power went where it is not recovered.
        """
        last, state = self.distinct[number]
        place = temporary / f"state{number}"
        lay_out(place, state)
        where = f"{self.scene.name}, after {last} (state {number})"
        try:
            found = self.scene.act(place)
        except Exception as error:
            raise AssertionError(f"{where}: {error!r}; {sorted(state)}") from error
        assert found == self.expected, f"{where}: {sorted(state)}"
        shutil.rmtree(place)


def power_cuts(scene: Scene, cuts: int, temporary: Path, rng: np.random.Generator) -> Cuts:
    """Record the scene once, and find the states."""
    root = temporary / "recorded"
    root.mkdir()
    disk = Recorder(root, lambda: index_files(root))
    with watched(disk):
        expected = scene.act(root)
    distinct: dict[str, tuple[str, State]] = {}
    for count, state in states(disk, cuts):
        for beside in index_states(disk, count, rng):
            whole = state | beside if "study" in state else state
            last = " ".join(str(part)[-60:] for part in disk.log[count - 1]) if count else "nothing"
            distinct.setdefault(digest(whole), (last, whole))
    return Cuts(scene, expected, len(disk.log), list(distinct.values()))


def recover(scene: Scene, cuts: int, most: int | None = None, until: int = 1, seed: int = 0) -> Counter[str]:
    """Lay out the states of a scene and go on with each, or with ``most`` of them drawn at random.

    Raises ``AssertionError`` that says after which calls the power went where ``until`` states are not
    recovered, or any at the end.
    """
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as temporary, without_waiting():
        found = power_cuts(scene, cuts, Path(temporary), rng)
        whole = len(found.distinct)
        chosen = range(whole) if most is None else rng.choice(whole, min(most, whole), replace=False).tolist()
        fallen: list[str] = []
        for number in told(chosen, scene.name, len(chosen)):
            try:
                found.recovered(number, Path(temporary))
            except AssertionError as error:
                fallen.append(str(error))
                print(error, file=sys.stderr, flush=True)
            if len(fallen) == until:
                break
        assert not fallen, "\n".join(fallen)
    return Counter(calls=found.calls, distinct=whole, recovered=len(chosen))


def digest(state: State) -> str:
    """Equal for equal states alone."""
    found = hashlib.sha256()
    for name, content in sorted(state.items()):
        found.update(f"{name}:{'folder' if content is None else len(content)}:".encode())
        found.update(content or b"")
    return found.hexdigest()


def lay_out(place: Path, state: State) -> None:
    place.mkdir()
    for name, content in sorted(state.items()):
        if content is None:
            (place / name).mkdir()
        else:
            (place / name).write_bytes(content)


def index_files(root: Path) -> dict[str, bytes]:
    """The files of a study's index as they are now."""
    names = [f"study/{INDEX}{ending}" for ending in ENDINGS]
    return {name: (root / name).read_bytes() for name in names if (root / name).exists()}


def index_states(disk: Recorder, count: int, rng: np.random.Generator) -> Iterator[State]:
    """What may be left of the index: what it was at this call or an earlier one, its log torn or gone.

    SQLite flushes its log before it moves it into the database, and needs no more than that.
    """
    yield {}
    if not disk.beside:
        return
    now = disk.beside[min(count, len(disk.beside) - 1)]
    if now:
        yield dict(now)
        log = f"study/{INDEX}-wal"
        if whole := now.get(log, b""):
            place = int(rng.integers(len(whole)))
            rest = {name: content for name, content in now.items() if not name.endswith("-shm")}
            yield rest | {log: whole[:place]}
            yield rest | {log: whole[:place].ljust(len(whole), b"\0")}


if __name__ == "__main__":
    scenes = {
        "training": (TRAINING, 20),
        "longer": (LONGER, 8),
        "study": (STUDY, 8),
        "twenty": (STUDY_OF_20, 3),
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenes", nargs="*", default=scenes, help=f"of {', '.join(scenes)}; by default all")
    parser.add_argument("--most", type=int, help="states of each scene, drawn at random; by default all")
    given = parser.parse_args()
    for name in given.scenes:
        print(f"{name}: {dict(recover(*scenes[name], given.most, until=10))}", flush=True)
