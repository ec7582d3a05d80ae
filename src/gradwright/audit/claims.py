"""The table of an audit: what a report claims, digit by digit, with the sample sizes behind it.

source = "S4"

[[figure]]
name = "one cycle, train"       # needed; figures are called by it below
accuracy = 0.49536              # a share, or a text such as "92.125 %"; its digits count
rows = 10000                    # samples behind the accuracy
count = 9                       # of the rows, where the report says how many
upper = 0.545                   # a limit that the report says it cannot pass
setting = "rate 0.1, batch 32"  # figures of one setting must agree
loss = 1.65
classes = 5
trained = true                  # the report calls the loss that of a trained model

[[comparison]]
best = "A"                      # the report calls figure A better than each of
of = ["B", "C"]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gradwright.errors import ConfigError
from gradwright.specs import suggestion
from gradwright.toml import read_toml

MOST_DIGITS = 40  # before or behind the point
PER_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Figure:
    """One reported result. ``accuracy`` is a share, with the digits that were printed."""

    name: str
    accuracy: Decimal | None = None
    rows: int | None = None
    count: int | None = None
    upper: Decimal | None = None
    setting: str | None = None
    loss: Decimal | None = None
    classes: int | None = None
    trained: bool = False

    @property
    def unit(self) -> Decimal:
        """One in the last digit of the accuracy: 0.00001 for 0.49536."""
        assert self.accuracy is not None
        return Decimal(1).scaleb(int(self.accuracy.as_tuple().exponent))


@dataclass(frozen=True)
class Comparison:
    """A claim that the figure ``best`` is better than each figure ``of`` others."""

    best: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Claims:
    """The claims of one report."""

    source: str
    figures: tuple[Figure, ...]
    comparisons: tuple[Comparison, ...] = ()

    def figure(self, name: str) -> Figure:
        """The figure called ``name``."""
        return next(figure for figure in self.figures if figure.name == name)


def read_claims(path: Path) -> Claims:
    """The claims in a TOML file.

    Raises ``ConfigError`` that names the file, and the key that is unknown, missing or impossible.
    """
    table = read_toml(path, "a table of claims", parse_float=Decimal)
    try:
        return make_claims(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def make_claims(table: Mapping[str, Any]) -> Claims:
    """The claims in a table of plain values.

    >>> make_claims({"source": "S4", "figure": [{"name": "a", "accuracy": "92.125 %"}]}).figures[0].accuracy
    Decimal('0.92125')
    """
    _only(table, {"source", "figure", "comparison"}, "")
    source = table.get("source")
    if not isinstance(source, str):
        raise ConfigError(f"source: expected the name of the report, found {source!r}")
    figures = tuple(_figure(each, i) for i, each in enumerate(_list(table, "figure"), 1))
    names = {figure.name for figure in figures}
    if not figures or len(names) < len(figures):
        raise ConfigError("figure: expected at least one, each with a name of its own")
    comparisons = tuple(_comparison(each, i, names) for i, each in enumerate(_list(table, "comparison"), 1))
    return Claims(source, figures, comparisons)


KINDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "accuracy": (Decimal, str, int),
    "rows": (int,),
    "count": (int,),
    "upper": (Decimal, str, int),
    "setting": (str,),
    "loss": (Decimal, int),
    "classes": (int,),
    "trained": (bool,),
}
LEAST = {"rows": 1, "count": 0, "classes": 2}
SHARES = ("accuracy", "upper")


def _figure(table: Any, number: int) -> Figure:
    where = f"figure {number}: "
    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}expected a table, found {table!r}")
    _only(table, {field.name for field in fields(Figure)}, where)
    values: dict[str, Any] = {}
    for field in fields(Figure):
        if field.name not in table:
            if field.default is MISSING:
                raise ConfigError(f"{where}{field.name}: this key is needed")
            continue
        value, kinds = table[field.name], KINDS[field.name]
        wrong_kind = not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)
        if wrong_kind or (field.name in LEAST and value < LEAST[field.name]):
            words = " or ".join(
                {"Decimal": "number", "str": "text"}.get(k.__name__, k.__name__) for k in kinds
            )
            least = f" of at least {LEAST[field.name]}" if field.name in LEAST else ""
            raise ConfigError(f"{where}{field.name}: expected {words}{least}, found {value!r}")
        values[field.name] = _share(value, f"{where}{field.name}") if field.name in SHARES else value
    if "loss" in values:
        values["loss"] = _printed(Decimal(values["loss"]), f"{where}loss")
    return Figure(**values)


def _share(value: Decimal | str | int, where: str) -> Decimal:
    """A share from a number, or from per cent in a text, with its digits kept."""
    try:
        share = Decimal(value.rstrip("% ")) * PER_CENT if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise ConfigError(
            f"{where}: expected a share or per cent such as '92.1 %', found {value!r}"
        ) from None
    return _printed(share, where)


def _printed(number: Decimal, where: str) -> Decimal:
    """A number as a report may print it; with more digits it could not even be written out."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ConfigError(f"{where}: expected a finite number, found {number}")
    if len(digits) > MOST_DIGITS or abs(exponent) > MOST_DIGITS:
        raise ConfigError(f"{where}: expected a number of at most {MOST_DIGITS} digits, found {number:.3e}")
    return number


def _comparison(table: Any, number: int, names: set[str]) -> Comparison:
    where = f"comparison {number}: "
    if not isinstance(table, Mapping) or not isinstance(table.get("of"), list) or "best" not in table:
        raise ConfigError(f"{where}expected a table with best and of, found {table!r}")
    _only(table, {"best", "of"}, where)
    for name in (table["best"], *table["of"]):
        if name not in names:
            raise ConfigError(f"{where}there is no figure {name!r}{suggestion(name, dict.fromkeys(names))}")
    return Comparison(table["best"], tuple(table["of"]))


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise ConfigError(f"{key}: expected [[{key}]] tables, found {value!r}")
    return value


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise ConfigError(f"{where}{key}: there is no such key{suggestion(key, dict.fromkeys(known))}")
