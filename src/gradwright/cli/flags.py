"""What a message says in Python, as a flag: whoever typed a command hears what to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from gradwright.errors import GradwrightError
from gradwright.training.data_config import DataConfig

PLAIN = re.compile(r"[\w-]+")  # a name that may stand in a flag
_KIND = re.compile(r"""\bkinds=\{(["'])(.+?)\1: ["'](\w+)["']\}""")
_LIST = re.compile(r"""\bleave_out=\[(["'])(.+?)\1\]""")
_SETTING = re.compile(rf"""\b({"|".join(DataConfig.model_fields)})=(?:(["'])(.*?)\2|(True|False))""")


@contextmanager
def in_flags() -> Iterator[None]:
    """Whatever of our errors is raised inside says its settings as flags."""
    try:
        yield
    except GradwrightError as error:
        raise type(error)(as_flags(str(error))) from None


def as_flags(text: str) -> str:
    """``text`` with settings of the data as flags.

    >>> as_flags('dates="split" makes numbers of them, leave_out=["joined"] leaves them out')
    '--dates split makes numbers of them, --leave-out joined leaves them out'
    >>> as_flags('or say kinds={"zip": "category"}')
    'or say --kinds.zip category'
    """
    text = _KIND.sub(lambda found: _kind(found[2], found[3]), text)
    text = _LIST.sub(lambda found: f"--leave-out {shlex.quote(found[2])}", text)
    return _SETTING.sub(lambda found: _flag(found[1], found[3] or (found[4] or "").lower()), text)


def _kind(column: str, kind: str) -> str:
    if PLAIN.fullmatch(column):
        return f"--kinds.{column} {kind}"
    table = f'{{ "{column}" = "{kind}" }}'
    return f"--kinds {shlex.quote(table)}"


def _flag(name: str, value: str) -> str:
    return f"--{name.replace('_', '-')} {shlex.quote(value)}"
