"""A gradient as users return it (in the form of x, as a tuple, a table of dW and db), leaf by leaf."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradwright.check.conventions.spellings import key_of
from gradwright.check.points import Tree, walk


def by_leaf(gradient: Any, tree: Tree) -> dict[str, Any]:
    """The gradients of the leaves of ``tree`` by their names; what belongs to none keeps its own name.

    >>> import numpy as np
    >>> by_leaf((1.0, 2.0), Tree.of({"W": np.ones(()), "b": np.ones(())}))
    {'W': 1.0, 'b': 2.0}
    """
    return dict(walk(_renamed(gradient, tree.template), "x"))


def _renamed(gradient: Any, like: Any) -> Any:
    """``gradient`` in the containers of ``like``, as far as it can be seen what belongs to what."""
    if isinstance(like, Mapping):
        if isinstance(gradient, tuple | list) and len(gradient) == len(like):
            return {key: _renamed(g, child) for g, (key, child) in zip(gradient, like.items(), strict=True)}
        if isinstance(gradient, Mapping):
            return dict(_entries(gradient, like))
        return {key: _renamed(gradient, child) for key, child in like.items()} if len(like) == 1 else gradient
    if isinstance(like, tuple | list):
        if isinstance(gradient, tuple | list) and len(gradient) == len(like):
            return [_renamed(g, child) for g, child in zip(gradient, like, strict=True)]
        return gradient if len(like) != 1 or isinstance(gradient, tuple | list) else [gradient]
    if isinstance(gradient, tuple | list) and len(gradient) == 1:
        return gradient[0]
    return gradient


def _entries(gradient: Mapping[Any, Any], like: Mapping[Any, Any]) -> Iterator[tuple[Any, Any]]:
    keys = {name: key_of(gradient, name) for name in like}
    for name, child in like.items():
        if keys[name] is not None:
            yield name, _renamed(gradient[keys[name]], child)
    used = set(keys.values())
    yield from ((key, g) for key, g in gradient.items() if key not in used)
