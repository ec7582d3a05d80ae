"""What a teacher asks and what it is worth: a rubric in TOML, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, ValidationError, model_validator

from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain
from gradwright.grading.item import Item, Seconds, Visibility
from gradwright.strict import Strict, complaints
from gradwright.toml import read_toml

LOADED = (".py", ".ipynb")  # how the names of files end that can be loaded

Feedback: TypeAlias = Literal["full", "verdict", "none"]
FileName: TypeAlias = Annotated[
    str,
    Domain(
        "a file name such as homework.py or homework.ipynb",
        str,
        lambda s: Path(s).name == s and s.endswith(LOADED),
    ),
]


class Limits(Strict):
    """What a submission may use; the first two in seconds of the clock, while it is asked."""

    item_seconds: Seconds = 20.0
    total_seconds: Seconds = 120.0
    memory_mib: Annotated[int, Domain("a whole number >= 256", int, lambda n: n >= 256)] = 2048
    file_mib: Count = 16

    @property
    def folder_mib(self) -> int:
        """What all files of a submission may hold: two of the largest."""
        return 2 * self.file_mib


class Rubric(Strict):
    """All items of one assignment. ``reference`` is the teacher's file, beside the rubric."""

    version: Literal[1] = 1  # of this format
    title: str = "Assignment"
    reference: str
    feedback: Feedback = "full"
    visibility: Visibility = "visible"  # of every item that says nothing else
    stdout_visibility: Visibility = "hidden"  # of what the grading itself prints, where the platform shows it
    entry: FileName | None = None  # of a submission that is a folder, what is loaded; it may import the rest
    cells_until: Annotated[str, Field(min_length=1)] | None = None  # the cells of a notebook before this text
    limits: Limits = Limits()
    items: Annotated[list[Item], Field(min_length=1)]
    folder: Annotated[Path, Field(exclude=True)]  # that it was read from

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [item.name for item in self.items]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ConfigError(f"items: expected different names, found {twice[0]!r} twice")
        return self

    def visibility_of(self, item: Item) -> Visibility:
        """To whom and when an item is shown."""
        return item.visibility or self.visibility


def read_rubric(path: Path | str) -> Rubric:
    """The rubric in a TOML file.

    Raises ``ConfigError`` that names the file, and each key that is unknown, missing or impossible.
    """
    path = Path(path)
    settings = read_toml(path, "a rubric")
    try:
        return Rubric(**(settings | {"folder": path.parent}))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in complaints(error, Rubric))) from None
