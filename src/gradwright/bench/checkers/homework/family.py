"""A family of homework: a right text, how it is checked, and the faults that are edits of it."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np

from gradwright.bench.checkers.homework.words import with_others
from gradwright.check.battery.report import BatteryReport
from gradwright.check.present.report import GradientReport

Report: TypeAlias = GradientReport | BatteryReport
Check: TypeAlias = Callable[[Any, np.random.Generator], Report]  # what the text defines, and what draws x


@dataclass(frozen=True)
class Fault:
    """A mistake: in place of ``old``, which stands once in the text, somebody has written ``new``.

    Args:
        name: what was done, in a few words.
        wrong: the arrays whose gradient it makes wrong, as the report calls them.
        accepts: the causes that name it rightly, by their names in ``Cause`` or in ``WORDS``.
        structural: whether experiments could prove a cause; else it is a slip, such as a constant mistyped.
    """

    name: str
    old: str
    new: str
    wrong: frozenset[str]
    accepts: frozenset[str]
    structural: bool = True


def fault(name: str, old: str, new: str, wrong: str, *accepts: str) -> Fault:
    """A structural fault; ``wrong`` has the names of arrays with blanks between them."""
    return Fault(name, old, new, frozenset(wrong.split()), with_others(accepts))


def slip(name: str, old: str, new: str, wrong: str, *accepts: str) -> Fault:
    """A fault that leaves nothing to prove but that it is there."""
    return Fault(name, old, new, frozenset(wrong.split()), with_others(accepts), structural=False)


@dataclass(frozen=True)
class Family:
    """``text`` is a module as a student writes it; ``check`` asks gradwright about it as a student would.

    The text is a string and no module, because each of its faults is an edit of its characters.
    """

    text: str
    check: Check
    faults: tuple[Fault, ...]

    def report(self, fault: Fault | None = None, seed: int = 0) -> GradientReport:
        """What gradwright says of the right text, or of the text with a fault in it."""
        found = self.check(executed(self.edited(fault)), np.random.default_rng([seed, len(self.text)]))
        if isinstance(found, BatteryReport):
            assert found.gradient is not None, str(found)
            return found.gradient
        return found

    def edited(self, fault: Fault | None) -> str:
        """The text with a fault in it; raises ``ValueError`` where that does not stand there exactly once."""
        if fault is None:
            return self.text
        if (times := self.text.count(fault.old)) != 1:
            raise ValueError(f"{fault.name}: expected {fault.old!r} once in the text, found it {times} times")
        return self.text.replace(fault.old, fault.new)


def executed(text: str) -> ModuleType:
    """The module that a text is, as if it had been imported; its lines are known to ``inspect``.

    It is run by ``exec``, which is no danger: the text is this package's own.
    """
    name = f"homework_{crc32(text.encode()):08x}"
    module = ModuleType(name)
    module.__file__ = filename = f"<{name}>"
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    sys.modules[name] = module
    exec(compile(text, filename, "exec"), vars(module))
    return module
