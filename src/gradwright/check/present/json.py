"""A report as plain data for JSON, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from numbers import Integral, Real
from typing import Any, TypeVar

from gradwright.check.verdict.report import ReportData
from gradwright.errors import RecordError

R = TypeVar("R", bound=ReportData)

VERSION_KEY, VERSION = "gradwright_check", 1


def to_record(report: ReportData) -> dict[str, Any]:
    """The version and every field, in their order; numbers that are not finite become None."""
    return {VERSION_KEY: VERSION} | {
        field.name: _plain(getattr(report, field.name)) for field in fields(report)
    }


def from_record(kind: type[R], record: Mapping[str, Any]) -> R:
    """The report of this ``kind`` that ``to_record`` wrote; a number that was not finite is NaN.

    Raises ``RecordError`` that names the first key which is missing, unknown or not what it must be.
    """
    from pydantic import TypeAdapter, ValidationError

    from gradwright.strict import complaints

    if not isinstance(record, Mapping):
        raise RecordError(f"gradient report: expected a table of keys, found {record!r}")
    if record.get(VERSION_KEY) != VERSION:
        found = repr(record[VERSION_KEY]) if VERSION_KEY in record else "no such key"
        raise RecordError(f"gradient report: expected {VERSION_KEY} = {VERSION}, found {found}")
    values = {key: _revived(value, key) for key, value in record.items() if key != VERSION_KEY}
    unknown = sorted(values.keys() - {field.name for field in fields(kind)})
    if unknown:
        raise RecordError(f"gradient report: there is no key {unknown[0]!r}")
    try:
        return TypeAdapter(kind).validate_python(values)
    except ValidationError as error:
        raise RecordError(f"gradient report: {complaints(error)[0]}") from None


def _plain(value: Any) -> Any:
    match value:
        case tuple() if hasattr(value, "_asdict"):
            return {name: _plain(inner) for name, inner in value._asdict().items()}
        case tuple():
            return [_plain(inner) for inner in value]
        case str():
            return str(value)
        case Integral():
            return int(value)
        case Real():
            return float(value) if math.isfinite(value) else None
    return value


def _revived(value: Any, key: str) -> Any:
    """``value`` with NaN for each None that stands for a number: all but those of whole fields."""
    match value:
        case None if key == "noise_floor":
            return math.nan
        case list():
            return [_revived(inner, key) for inner in value]
        case dict():
            return {name: math.nan if inner is None else inner for name, inner in value.items()}
    return value
