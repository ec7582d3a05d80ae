"""A run has one writer: whoever comes second is refused at once, and what the first makes is as if alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.cli import main
from tests.programs import held_at
from tests.training.test_resume import files_of

pytestmark = pytest.mark.waits

CONFIG = """
epochs = 3
data = { name = "swiss-roll" }
network = { kind = "mlp", widths = [2, 4, 2] }
"""


@pytest.mark.parametrize("resume", [True, False])
def test_a_second_writer_is_refused_and_the_first_ends_as_if_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], resume: bool
) -> None:
    config, run = tmp_path / "small.toml", tmp_path / "run"
    config.write_text(CONFIG)
    assert main(["train", str(config), "--out", str(tmp_path / "alone")]) == 0
    command = ["train", str(config), "--out", str(run), *["--resume"] * resume]
    with held_at("gradwright.training.folder.save_checkpoint", 2, *command) as first:
        before = {path.name: path.read_bytes() for path in run.iterdir()}
        capsys.readouterr()
        assert main(["train", str(config), "--out", str(run), "--resume"]) == 1
        said = capsys.readouterr().err
        assert {path.name: path.read_bytes() for path in run.iterdir()} == before
    assert f"{run}: another process (pid {first.pid} on " in said
    assert files_of(run) == files_of(tmp_path / "alone")
    assert len((run / "history.jsonl").read_text().splitlines()) == 4
