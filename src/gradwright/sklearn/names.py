"""What a setting names: one of scikit-learn's words, or a piece of gradwright by the name of its class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from gradwright.errors import ConfigError
from gradwright.specs import Kinds, from_spec, suggestion

T = TypeVar("T")


def named(name: str, words: Mapping[str, T], kinds: Kinds, where: str) -> T:
    """What ``words`` has for ``name``, else the piece of ``kinds`` that is called so, with its defaults.

    Of a class's name capitals and underscores do not matter: "leaky_relu" is ``LeakyReLU()``.

    Raises ``ConfigError`` for any other name, with the nearest.

    >>> from gradwright.nn.activations import ACTIVATIONS
    >>> from gradwright.specs import kinds_of
    >>> named("leaky_relu", {}, kinds_of(*ACTIVATIONS), "activation")
    LeakyReLU(slope=0.01)
    """
    if name in words:
        return words[name]
    by_plain = {_plain(kind): kind for kind in kinds}
    if _plain(name) not in by_plain:
        raise ConfigError(f"{where}: {name!r} is not known{suggestion(name, {**kinds, **words})}")
    piece: T = from_spec(by_plain[_plain(name)], kinds, where)
    return piece


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
