"""How people call a gradient: dW, grad_W, dLdW, or the entry W of a table of gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def in_any_case(name: str, known: Iterable[str]) -> str | None:
    """The one of the known names that differs in nothing but capitals and underscores; None for none or two.

    >>> in_any_case("TwoLayerNet", ["two_layer_net", "np"])
    'two_layer_net'
    """
    found = [each for each in known if plain(each) == plain(name)]
    return found[0] if len(found) == 1 else None


def plain(name: str) -> str:
    """A name without its capitals and underscores."""
    return name.replace("_", "").lower()
