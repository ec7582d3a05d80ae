"""Tables: any columns, from a file or a frame, as a network's inputs.

>>> from gradwright.data.table import TableEncoding
>>> TableEncoding.fit({"smokes": [True, False, True]}).names
('smokes: True',)
"""

from __future__ import annotations

from gradwright.data.table.columns import CategoryColumn, DateColumn, NumberColumn
from gradwright.data.table.encoding import TableEncoding

__all__ = ["CategoryColumn", "DateColumn", "NumberColumn", "TableEncoding"]
