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
}


# what stands in a path beside the names of fields: a validator, or an option of a union
NO_FIELD = re.compile(r"\[|^constrained-|^(int|float|str|bool)$")


class Strict(BaseModel):
    """A table whose keys are known and whose values have their very types; numbers of NumPy as Python's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, settings: Any) -> Any:
        return {name: as_plain(v) for name, v in settings.items()} if isinstance(settings, dict) else settings


def complaints(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """One line for each thing that is wrong with a table of ``model``.

    A field's ``examples`` say what a missing one looks like.

    >>> class Size(Strict):
    ...     width: int
    >>> try:
    ...     Size(width=2.5, heigth=1)
    ... except ValidationError as error:
    ...     complaints(error, Size)
    ['width: expected a whole number, found 2.5', 'heigth: there is no such key; choose from width']
    """
    lines: dict[tuple[str, str], dict[str, None]] = {}
    for each in error.errors():
        beginning, expected, end = _line(each, model)
        lines.setdefault((beginning, end), {})[expected] = None
    return [beginning + " or ".join(options) + end for (beginning, end), options in lines.items()]


def _line(error: Any, model: type[BaseModel] | None) -> tuple[str, str, str]:
    """A complaint in three parts: the options of a union complain one by one, and differ in the middle."""
    parts = [part for part in error["loc"] if not NO_FIELD.search(str(part))]
    path = ".".join(map(str, parts))
    fields = _fields_at(model, parts[:-1])
    field = fields.get(parts[-1]) if parts else None
    match error["type"]:
        case "value_error":
            text = str(error["ctx"]["error"])
            return ("" if not parts or text.startswith(str(parts[0])) else f"{path}: "), text, ""
        case "extra_forbidden":
            nearest = suggestion(parts[-1], fields) if fields else ""
            return f"{path}: there is no such key", "", nearest
        case "missing":
            example = f", such as {field.examples[0]}" if field and field.examples else ""
            return f"{path}: this key is needed", "", example
    expected = error["msg"]
    for theirs, ours in WORDS.items():
        expected = re.sub(theirs, ours, expected)
    return f"{path}: expected ", expected, f", found {error['input']!r}"


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
