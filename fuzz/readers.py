"""What a stranger's file could do to a reader. It may be refused by an error of ours; nothing else.

``python fuzz/readers.py config -max_total_time=60 CORPUS`` takes the name of a reader of
``tests/hostile/readers.py`` and then what libFuzzer takes; without a name it prints all of them.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import atheris

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent)]  # the sources themselves, and the tests
# what an editable install loads by a way of its own is not counted as covered
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in type(finder).__module__]
with atheris.instrument_imports(include=["gradwright", "tomllib", "zipfile", "tarfile", "gzip"]):
    from gradwright.errors import GradwrightError
    from tests.hostile.readers import Reader, readers


def target(reader: Reader) -> Callable[[bytes], None]:
    """What is called with each input: an exception that is no refusal is a finding."""

    def read(content: bytes) -> None:
        reader.write(content)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                reader.read()
        except GradwrightError:
            pass

    return read


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        every = {reader.name: reader for reader in readers(Path(folder))}
        if len(sys.argv) < 2 or sys.argv[1] not in every:
            print("expected the name of a reader, one of:", *every, sep="\n")
            return 2
        reader = every[sys.argv.pop(1)]
        seeds = Path(folder) / "seeds"
        seeds.mkdir()
        (seeds / "honest").write_bytes(reader.content)
        words = HERE / f"{reader.path.suffix[1:]}.dict"
        arguments = [*sys.argv, str(seeds), *([f"-dict={words}"] if words.exists() else [])]
        atheris.Setup(arguments, target(reader))
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
