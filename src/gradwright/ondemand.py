"""The names of a package, each imported when it is first asked for.

``import gradwright`` takes no time then, and who needs one room does not wait for the others: a submission's
process starts in a third of the time, and so does a command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any


def names_on_demand(package: str, *modules: str) -> tuple[Callable[[str], Any], Callable[[], Sequence[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package, whose ``__all__`` come from these modules below it.

    They are looked through in this order: put those first that the others need. A module below a package can
    be asked for as its attribute too, and none bears the name of something else in ``__all__``.

    >>> get, names = names_on_demand("gradwright.optim", "sgd", "adam")
    >>> get("Adam").__name__, "Adam" in names()
    ('Adam', True)
    """

    def get(name: str) -> Any:
        """A name of ``__all__`` or a module below the package, by the protocol of PEP 562."""
        if name in modules:
            return import_module(f"{package}.{name}")
        known = vars(sys.modules[package])
        for module in modules if name in known["__all__"] else ():
            found = import_module(f"{package}.{module}")
            if hasattr(found, name):
                known[name] = getattr(found, name)
                return known[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def names() -> Sequence[str]:
        known = vars(sys.modules[package])
        return sorted({*known, *known["__all__"], *(module for module in modules if "." not in module)})

    return get, names
