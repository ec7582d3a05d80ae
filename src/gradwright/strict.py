"""Tables of settings, read strictly; what is wrong is said with its path, what was expected and found."""

from __future__ import annotations

import re
import typing
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gradwright.fields import as_plain
from gradwright.specs import suggestion

# what pydantic says, and how the rest of the package says it
WORDS = {
    r"^Input should be ": "",
    r"^a valid integer.*": "a whole number",
    r"^a valid number.*": "a number",
    r"^a valid string.*": "a text",
    r"^a valid boolean.*": "true or false",
    r"^greater than or equal to (\S+)": r"a number >= \1",
    r"^greater than (\S+)": r"a number > \1",
    r"^less than or equal to (\S+)": r"a number <= \1",
    r"^less than (\S+)": r"a number < \1",
}


class Strict(BaseModel):
    """A table whose keys are known and whose values have their very types; numbers of NumPy as Python's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, settings: Any) -> Any:
        return {name: as_plain(v) for name, v in settings.items()} if isinstance(settings, dict) else settings


def complaints(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """One line for each thing that is wrong with a table of ``model``.

    A field's ``description`` says what it should be, where its type does not, and its ``examples`` what a
    missing one looks like.

    >>> class Size(Strict):
    ...     width: int
    >>> try:
    ...     Size(width=2.5, heigth=1)
    ... except ValidationError as error:
    ...     complaints(error, Size)
    ['width: expected a whole number, found 2.5', 'heigth: there is no such key; choose from width']
    """
    return list(dict.fromkeys(_line(each, model) for each in error.errors()))


def _line(error: Any, model: type[BaseModel] | None) -> str:
    parts = [part for part in error["loc"] if "[" not in str(part)]  # which are names of validators
    path = ".".join(map(str, parts))
    fields = _fields_at(model, parts[:-1])
    field = fields.get(parts[-1]) if parts else None
    match error["type"]:
        case "value_error":
            text = str(error["ctx"]["error"])
            return text if not parts or text.startswith(str(parts[0])) else f"{path}: {text}"
        case "extra_forbidden":
            return f"{path}: there is no such key{suggestion(parts[-1], fields) if fields else ''}"
        case "missing":
            example = f", such as {field.examples[0]}" if field and field.examples else ""
            return f"{path}: this key is needed{example}"
    expected = field.description if field else None
    if expected is None:
        expected = error["msg"]
        for theirs, ours in WORDS.items():
            expected = re.sub(theirs, ours, expected)
    return f"{path}: expected {expected}, found {error['input']!r}"


def _fields_at(model: type[BaseModel] | None, path: Sequence[Any]) -> dict[Any, Any]:
    """The fields of the table at a path; numbers of items, and names that are free, lead nowhere else."""
    for part in path:
        if model is not None and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return dict(model.model_fields) if model else {}


def _model_in(hint: Any) -> type[BaseModel] | None:
    """The first model in a type such as ``list[Item] | None``."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((found for each in typing.get_args(hint) if (found := _model_in(each))), None)
