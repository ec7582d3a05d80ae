"""What is committed is text that people wrote: no core dump, no build, no data."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_BYTES = 200_000  # twice the largest page of today


def test_no_committed_file_is_large() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in paths if path.is_file()}
    large = {name: size for name, size in large.items() if size > LARGEST_BYTES}
    assert not large, f"larger than {LARGEST_BYTES} bytes: {large}"
