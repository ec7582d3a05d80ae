"""Compiled models: how one is made, and where those wait that a run will need again."""

from __future__ import annotations

from typing import Any

from gradwright.engine.program import Family, compiled
from gradwright.engine.task import Precision
from gradwright.engine.variants import module, variant
from gradwright.errors import ConfigError
from gradwright.nn import Objective


def make_model(
    objective: Objective,
    dtype: str,
    batch_size: int,
    threads: int = 1,
    precision: Precision = "float32",
    family: Family | None = None,
) -> Any:
    """A compiled model: an objective's plan with room for a batch, run by up to ``threads`` threads.

    The kernels are the best ones unless their ``family`` is given.

    Raises ``ConfigError`` for a layer that the plan does not know, for a dtype but float32 and float64, and
    for a precision that cannot serve here: bf16x3 and bf16 need a processor that multiplies bfloat16, the
    dtype float32, a layer wider than 128 and batches of at least 2.
    """
    if dtype not in ("float32", "float64"):
        raise ConfigError(f"dtype: expected float32 or float64 for the compiled engine, found {dtype}")
    engine = module()
    make = engine.Model32 if dtype == "float32" else engine.Model64
    program = compiled(objective, engine, dtype, family)
    try:
        return make(
            **program,
            batch_size=batch_size,
            threads=threads,
            precision=engine.Precision[precision],
            variant=variant(),
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None


class Models:
    """Models that wait between two calls: an epoch of few rows is over sooner than its model is made.

    A model serves one call at a time; of calls from several threads each has its own.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[Any, ...], list[Any]] = {}

    def one(
        self,
        objective: Objective,
        dtype: str,
        batch_size: int,
        threads: int = 1,
        precision: Precision = "float32",
    ) -> Lent:
        """A model of ``make_model``, for the length of a ``with``; after an exception it is dropped."""
        wanted = (objective, dtype, batch_size, threads, precision)
        waiting = self._waiting.setdefault(wanted, [])
        try:
            return Lent(waiting.pop(), waiting)
        except IndexError:
            return Lent(make_model(*wanted), waiting)

    def __reduce__(self) -> tuple[type[Models], tuple[()]]:
        return Models, ()  # none of them goes along


class Lent:
    """A model that goes back to those that wait when its ``with`` ends, unless by an exception."""

    def __init__(self, model: Any, waiting: list[Any]) -> None:
        self._model, self._waiting = model, waiting

    def __enter__(self) -> Any:
        return self._model

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._waiting.append(self._model)
