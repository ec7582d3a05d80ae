"""What a source reported of a run, read from beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradwright.errors import RecordError
from gradwright.show import REPORTED, read_reported


def test_it_is_read_where_it_lies_and_empty_where_it_does_not(tmp_path: Path) -> None:
    assert read_reported(tmp_path) == {}
    (tmp_path / REPORTED).write_text('{"validation_accuracy": 0.93, "source": "S1"}')
    assert read_reported(tmp_path) == {"validation_accuracy": 0.93, "source": "S1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "expected what was reported of a run"),
        ("[1]", "expected what was reported of a run, found list in place of a table"),
        ('{"source": 3}', "source: expected a text, found 3"),
        ('{"validation_accuracy": "high"}', "validation_accuracy: expected a number, found 'high'"),
        ('{"validation_accuracy": true}', "validation_accuracy: expected a number, found True"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / REPORTED).write_text(text)
    with pytest.raises(RecordError, match=message):
        read_reported(tmp_path)
