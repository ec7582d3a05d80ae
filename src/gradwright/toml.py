"""Files in TOML, and what to say of one that is missing or that is none."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradwright.errors import ConfigError
from gradwright.inputs import Raises, decoded, parsing, read_input, require_plain

MOST_BYTES = 2**20  # of a file: what people write by hand has some thousands

PYTHON = re.compile(r"=\s*(None|True|False|[A-Za-z_.]+\(.*)")
IN_TOML = (
    '; TOML has true and false, texts in quotes and kinds as { kind = "SGD", momentum = 0.9 }, '
    "and leaves out what is not set"
)


def read_toml(
    path: Path, what: str, parse_float: Callable[[str], Any] = float, *, links: bool = True
) -> dict[str, Any]:
    """The tables of a TOML file that should hold ``what``, such as "a config".

    ``links`` says whether the path may be one, as for ``open_input``.

    Raises ``ConfigError`` that names the file, and the line that is no TOML.
    """
    try:
        content = read_input(path, ConfigError, f"{what} in TOML", MOST_BYTES, links)
    except ConfigError as error:
        raise ConfigError(f"{error}{_meant(path)}") from None
    return parse_toml(content, path, f"{what} in TOML", ConfigError, parse_float)


def parse_toml(
    text: bytes | str, where: object, what: str, raises: Raises, parse_float: Callable[[str], Any] = float
) -> dict[str, Any]:
    """The tables of a text in TOML.

    Raises ``raises``, which begins with ``where``, for text that is no TOML or no UTF-8, nests too deeply, or
    holds a date or a whole number of more than 128 bits.
    """
    if isinstance(text, bytes):
        text = decoded(text, where, what, raises)
    with parsing(where, what, raises):
        try:
            tables = tomllib.loads(text, parse_float=parse_float)
        except ValueError as error:  # also a number with too many digits, or a day that no month has
            raise raises(f"{where}: expected {what}, found: {error}{_line(text, str(error))}") from None
    require_plain(tables, where, what, raises)
    return tables


def _meant(path: Path) -> str:
    """What may be meant by the path of a folder, or of a file that is not there."""
    if path.is_dir():
        inside = path / "config.toml"
        return f"; the config of the run in it is {inside}" if inside.exists() else ""
    if os.path.lexists(path):
        return ""
    others = [other.name for other in path.parent.glob("*.toml")]
    close = difflib.get_close_matches(path.name, others, n=1)
    return f"; did you mean {str(path.with_name(close[0]))!r}?" if close else ""


def _line(text: str, message: str) -> str:
    """The line that an error of TOML speaks of, and what TOML writes instead of Python."""
    number = re.search(r"at line (\d+)", message)
    if number is None:
        return ""
    line = text.split("\n")[int(number[1]) - 1].strip()
    return f": {line:.60}{IN_TOML if PYTHON.search(line) else ''}"
