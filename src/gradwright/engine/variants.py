"""The compiled engine as installed: a variant for each instruction set, and the best that runs here."""

from __future__ import annotations

import importlib
import os
from functools import cache
from importlib.util import find_spec
from types import ModuleType
from typing import get_args

from gradwright.engine.task import Precision
from gradwright.errors import ConfigError

VARIABLE = "GRADWRIGHT_ISA"  # which variants may serve, by the words with which a build is told which to make
EVERY = ("all", "here", "best")  # these leave the choice to us
VARIANTS = ("amx", "avx512bf16", "avx512", "avx2", "neon", "baseline")  # best first
WITH_BF16 = ("amx", "avx512bf16")  # the variant avx512, whose module they lie in, with products in bfloat16
THREADS = "GRADWRIGHT_THREADS"


@cache
def built() -> tuple[str, ...]:
    """The variants that this installation holds, best first."""
    return tuple(name for name in VARIANTS if find_spec(_module(name)))


@cache
def runnable() -> tuple[str, ...]:
    """The variants that this processor can run and the compiler knew, best first; none without a compiler."""
    try:
        isa = importlib.import_module("gradwright.engine._isa")
    except ImportError:
        return ()
    return tuple(isa.supported())


def supported() -> tuple[str, ...]:
    """The variants that were built and that this processor can run, best first."""
    return _both(runnable(), built())


@cache
def _both(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in others)


def missing() -> str | None:
    """Why the engine is not the best that this processor could run, and what to do; None where it is."""
    if not built():
        return "the compiled engine was not built: no C++ compiler was found at installation, or it failed"
    if not supported():
        return f"the compiled engine is for other processors ({', '.join(built())}); {_build('best')}"
    if supported()[0] != runnable()[0]:
        return f"this processor could also run {runnable()[0]}, which was not built; {_build('best')}"
    return None


def variant() -> str:
    """The variant that serves: the best, or the best of those that ``GRADWRIGHT_ISA`` names.

    Raises ``ConfigError`` where nothing was compiled, and where the variable names what cannot run here.
    """
    names = supported()
    if not names:
        raise ConfigError(
            f"engine: expected the compiled engine, found none: {missing()}; "
            "engine = 'auto' or 'reference' runs on NumPy"
        )
    wanted = os.environ.get(VARIABLE) or "all"
    allowed = [name for name in names if wanted in EVERY or name in wanted.split(",")]
    if not allowed:
        unbuilt = [name for name in wanted.split(",") if name in runnable()]
        why = f", which was not built; {_build(wanted)}" if unbuilt else ""
        raise ConfigError(f"{VARIABLE}: expected one of {', '.join(names)} here, found {wanted!r}{why}")
    return allowed[0]


def threads() -> int:
    """The threads that a step may take: ``GRADWRIGHT_THREADS``, or all cores that we may use.

    Raises ``ConfigError`` for a variable that is no whole number of at least 1.
    """
    wanted = os.environ.get(THREADS)
    if wanted is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not wanted.isdecimal() or int(wanted) < 1:
        raise ConfigError(f"{THREADS}: expected a whole number >= 1, found {wanted!r}")
    return int(wanted)


def module() -> ModuleType:
    """The compiled module that holds the variant that serves."""
    return importlib.import_module(_module(variant()))


def precisions() -> tuple[Precision, ...]:
    """The precisions of the variant that serves; bfloat16 where the processor multiplies it."""
    return get_args(Precision) if module().has_bf16(variant()) else ("float32",)


def _build(names: str) -> str:
    return f"in the sources' folder, {VARIABLE}={names} pip install . builds it"


def _module(name: str) -> str:
    return f"gradwright.engine._{'avx512' if name in WITH_BF16 else name}"
