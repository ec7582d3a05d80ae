"""Estimators of tables on real sets: their errors, and what they cost, in one run."""

from gradwright.bench.tables.compare import compare_tables
from gradwright.bench.tables.record import TablesRecord
from gradwright.bench.tables.summary import tables_of

__all__ = ["TablesRecord", "compare_tables", "tables_of"]
