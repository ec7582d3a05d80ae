"""Tables of settings, read strictly; what is wrong is said with its path, what was expected and found."""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Hashable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from gradwright.errors import RecordError
from gradwright.fields import as_plain, field_types
from gradwright.specs import suggestion

Kind = TypeVar("Kind")

# what pydantic says, and how the rest of the package says it
WORDS = {
    r"^Input should be ": "",
    r"^a valid integer.*": "a whole number",
    r"^a valid number.*": "a number",
    r"^a valid string.*": "a text",
    r"^a valid boolean.*": "true or false",
}


# what stands in a path beside the names of fields: a validator, or an option of a union
NO_FIELD = re.compile(r"\[|^(int|float|str|bool)$")


class Strict(BaseModel):
    """A table whose keys are known and whose values have their very types; numbers of NumPy as Python's."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, settings: Any) -> Any:
        return {name: as_plain(v) for name, v in settings.items()} if isinstance(settings, dict) else settings


def made_of(kind: type[Kind], plain: Any, where: str, what: str) -> Kind:
    """The frozen dataclass, or the model, ``kind`` with the fields that a record holds, each of its type.

    Raises ``RecordError``, which begins with ``where``, for a field that is unknown, missing or of another
    type.

    >>> from gradwright.training.opening import Opening
    >>> made_of(Opening, {"time": "now", "epoch": 3, "rows": 10, "metrics": {}}, "line 1", "an opening").epoch
    3
    """
    if not isinstance(plain, dict):
        raise RecordError(f"{where}: expected {what}, found {type(plain).__name__}")
    model = kind if issubclass(kind, BaseModel) else None  # which says itself whether it takes other keys
    for name in () if model else plain.keys() - field_types(kind).keys():  # type: ignore[arg-type]
        raise RecordError(f"{where}: expected {what}, found the key {name!r}, which it does not have")
    try:
        made: Kind = of_type(kind, plain)
        return made
    except ValidationError as error:
        raise RecordError(f"{where}: expected {what}, found: {complaints(error, model)[0]}") from None


def of_type(kind: Any, plain: Any) -> Any:
    """Plain data as a type says, such as ``dict[str, list[float]]``; pydantic's error where it is not."""
    return _adapter(kind).validate_python(plain)


@functools.cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    return TypeAdapter(kind)  # type: ignore[arg-type]


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
            name = error["loc"][-1]  # which may be any text, also one that no field can have
            nearest = suggestion(name, fields) if fields else ""
            return f"{path or repr(name)}: there is no such key", "", nearest
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
