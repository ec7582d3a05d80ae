"""How people call a gradient: dW, grad_W, dLdW, or the entry W of a table of gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPELLINGS = ("d{}", "grad_{}", "{}_grad", "d_{}", "dLd{}", "dL_d{}", "g{}", "grad{}", "d{}_", "delta_{}")


def spellings(name: str) -> list[str]:
    """The names that the gradient of ``name`` may have, the likeliest first."""
    return [spelling.format(name) for spelling in SPELLINGS]


def key_of(table: Mapping[Any, Any], name: Any) -> Any:
    """The key of the gradient of ``name`` in a table of gradients: the name itself, or a spelling of it.

    None where there is no such entry.

    >>> key_of({"dW": 1.0, "db": 2.0}, "b")
    'db'
    """
    return next((key for key in (name, *spellings(name)) if key in table), None)
