"""The kinds of columns, each fitted on the training rows as one or several columns of a network's input."""

from __future__ import annotations

from typing import TypeAlias

from gradwright.data.table.category_column import CategoryColumn
from gradwright.data.table.date_column import DateColumn
from gradwright.data.table.number_column import NumberColumn

Column: TypeAlias = NumberColumn | CategoryColumn | DateColumn

KINDS: dict[str, type[Column]] = {
    "number": NumberColumn,
    "category": CategoryColumn,
    "boolean": CategoryColumn,
    "date": DateColumn,
}
