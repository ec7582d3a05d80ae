"""The compiled engine as installed: one module for each instruction set, and the best that runs here."""

from __future__ import annotations

import importlib
import os
from functools import cache
from importlib.util import find_spec
from types import ModuleType

from gradwright.engine.task import Precision
from gradwright.errors import ConfigError

VARIABLE = "GRADWRIGHT_ISA"  # forces one variant, for tests and for comparing them
THREADS = "GRADWRIGHT_THREADS"
PRECISIONS: tuple[Precision, ...] = ("float32", "bf16x3", "bf16")  # by the numbers of gw::Precision


@cache
def supported() -> tuple[str, ...]:
    """The variants that were built and that this processor can run, best first."""
    try:
        isa = importlib.import_module("gradwright.engine._isa")
    except ImportError:
        return ()
    return tuple(name for name in isa.supported() if find_spec(f"gradwright.engine._{name}"))


def variant() -> str:
    """The variant that serves: the best, or the one that ``GRADWRIGHT_ISA`` names.

    Raises ``ConfigError`` where nothing was compiled, and where the variable names what cannot run here.
    """
    names = supported()
    if not names:
        raise ConfigError(
            "engine: expected the compiled engine, which this installation was built without "
            "(no C++ compiler was found); engine = 'auto' or 'reference' runs on NumPy"
        )
    wanted = os.environ.get(VARIABLE)
    if wanted and wanted not in names:
        raise ConfigError(f"{VARIABLE}: expected one of {', '.join(names)} here, found {wanted!r}")
    return wanted or names[0]


def threads() -> int:
    """The threads that a wide network's step may take: ``GRADWRIGHT_THREADS``, or all cores that we may use.

    Raises ``ConfigError`` for a variable that is no whole number of at least 1.
    """
    wanted = os.environ.get(THREADS)
    if wanted is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ConfigError(f"{THREADS}: expected a whole number of at least 1, found {wanted!r}")
    return int(wanted)


def module() -> ModuleType:
    """The compiled module of the variant that serves."""
    return _module(variant())


def precisions() -> tuple[Precision, ...]:
    """The precisions of the variant that serves; bfloat16 where the processor multiplies it."""
    return PRECISIONS if module().has_bf16 else ("float32",)


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"gradwright.engine._{name}")
