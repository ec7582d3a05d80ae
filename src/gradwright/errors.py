"""The errors that gradwright raises on purpose.

Each message is one sentence or two that name the file, key or argument, what was expected and what was
found. The command line prints the message alone and leaves with the class's ``exit_code``: 2 where the
request was wrong, 1 where a right request could not be carried out.
"""

from __future__ import annotations


class GradwrightError(Exception):
    """The base of every error that gradwright raises on purpose."""

    exit_code = 1


class ConfigError(GradwrightError, ValueError):
    """A setting, a specification or a combination of them that cannot be."""

    exit_code = 2


class ShapeError(ConfigError):
    """Sizes that do not meet: between layers, or between a network and the data it is given."""


class DataError(GradwrightError, ValueError):
    """A data file or array that is missing, damaged, mislabelled or not to be trusted."""


class DataWarning(UserWarning):
    """Data that can be used, though hardly as they were meant: what was found, and what was done about it."""


class RecordError(GradwrightError):
    """A run folder that cannot be read or written, or that was made by another version."""


class CheckError(GradwrightError):
    """A derivative that did not pass its check; ``brief`` is the first part of a message that is long."""

    def __init__(self, message: str, brief: str | None = None) -> None:
        super().__init__(message)
        self.brief = brief


class DivergenceError(GradwrightError, ArithmeticError):
    """A training run whose loss or parameters are no longer finite, after a step at the learning ``rate``."""

    def __init__(self, message: str, rate: float | None = None) -> None:
        super().__init__(message)
        self.rate = rate
