"""Files in TOML, and what to say of one that is missing or that is none."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradwright.errors import ConfigError

PYTHON = re.compile(r"=\s*(None|True|False|[A-Za-z_.]+\(.*)")
IN_TOML = (
    '; TOML has true and false, texts in quotes and kinds as { kind = "SGD", momentum = 0.9 }, '
    "and leaves out what is not set"
)


def read_toml(path: Path, what: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The tables of a TOML file that should hold ``what``, such as "a config".

    Raises ``ConfigError`` that names the file, and the line that is no TOML.
    """
    expected = f"{path}: expected {what} in TOML, found"
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text, parse_float=parse_float)
    except FileNotFoundError:
        raise ConfigError(f"{expected}: no such file{_nearest(path)}") from None
    except IsADirectoryError:
        inside = path / "config.toml"
        hint = f"; the config of the run in it is {inside}" if inside.exists() else ""
        raise ConfigError(f"{expected}: a folder{hint}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{expected}: {error}{_line(text, str(error))}") from None
    except (OSError, ValueError, RecursionError) as error:  # not readable, not text, nested too deeply
        raise ConfigError(f"{expected}: {error}") from None


def _nearest(path: Path) -> str:
    """The TOML file beside it that may be meant."""
    others = [other.name for other in path.parent.glob("*.toml")]
    close = difflib.get_close_matches(path.name, others, n=1)
    return f"; did you mean {str(path.with_name(close[0]))!r}?" if close else ""


def _line(text: str, message: str) -> str:
    """The line that an error of TOML speaks of, and what TOML writes instead of Python."""
    number = re.search(r"at line (\d+)", message)
    if number is None:
        return ""
    line = text.splitlines()[int(number[1]) - 1].strip()
    return f": {line:.60}{IN_TOML if PYTHON.search(line) else ''}"
