"""Tables: any columns, from a file or a frame, as a network's inputs.

>>> from gradwright.data.table import TableEncoding
>>> TableEncoding.fit({"smokes": [True, False, True]}).names
('smokes: True',)
"""

from __future__ import annotations

from gradwright.data.table.category_column import CategoryColumn
from gradwright.data.table.date_column import DateColumn
from gradwright.data.table.encoding import TableEncoding
from gradwright.data.table.number_column import NumberColumn

__all__ = ["CategoryColumn", "DateColumn", "NumberColumn", "TableEncoding"]
