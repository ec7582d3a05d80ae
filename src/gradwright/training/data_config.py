"""Which data a run learns from, and what is done to them: the ``[data]`` of a config."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ValidationError, model_validator

from gradwright.errors import ConfigError
from gradwright.fields import Count, NonNegative, OpenFraction, Seed
from gradwright.strict import Strict, complaints

# the fields of DataConfig that say how a table is read
OF_TABLES = (
    "task",
    "group",
    "time",
    "weights",
    "header",
    "kinds",
    "leave_out",
    "dates",
    "decimal",
    "one_hot_up_to",
    "bins",
    "folder",
)
# those that are texts, also where they look like a number or a date
TEXTS = ("name", "target", "group", "time", "weights", "folder")


def _names(given: Any) -> Any:
    """One name, or a list of them as TOML has it, as a tuple."""
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


class DataConfig(Strict):
    """Which data, and what is done to them before training.

    Args:
        name: of a set of the catalogue (``gradwright data list``), or a path.
        seed: of a generated set, and of the rows that are drawn.
        validation: how many of the last training rows, or which share, are set aside to be measured; of a
            table they are drawn at random, of each class its share, unless ``group`` or ``time`` is given.
        rows: how many rows to train on, drawn at random from those that are there.
        standardize: whether features are brought to mean 0, standard deviation 1 over the training rows.
        standardize_targets: whether float targets are; what is predicted is brought back.
        class_weights: what the training rows of each class count, by its name and 1 where it has none; or
            "balanced", so that each class counts the same.
        target: the column to be learned where ``name`` is the path of a table: a CSV, Parquet or Arrow file.
            All that follow say how a table is read (see ``Dataset.from_table``).
        task: whether the target holds labels or numbers; by default as it looks.
        group: the column of rows that belong together; whole groups are set aside.
        time: the column by which rows are in order; the last ones are set aside.
        weights: the column that says how much each row counts.
        header: whether the first line of a CSV file holds names; by default as it looks.
        kinds: what columns are, by name, where it is not as it looks.
        leave_out: the columns that are not used.
        dates: "split" makes numbers of dates, which are refused otherwise.
        decimal: what the comma in "1,234" is: "," for decimals, "." for thousands.
        one_hot_up_to: how many values a category may have to be one-hot; one of more becomes an index, which
            an embedding takes. By default all are one-hot.
        bins: into how many bins of as many training rows each a number is laid, beside itself.
        folder: where encoded rows are kept in a file for a table that does not fit into memory.
    """

    name: str
    seed: Seed = 0
    validation: Count | OpenFraction | None = None
    rows: Count | None = None
    standardize: bool = False
    standardize_targets: bool = False
    class_weights: Literal["balanced"] | dict[str, NonNegative] | None = None
    target: str | None = None
    task: Literal["classification", "regression"] | None = None
    group: str | None = None
    time: str | None = None
    weights: str | None = None
    header: bool | None = None
    kinds: dict[str, Literal["number", "category", "boolean", "date"]] | None = None
    leave_out: Annotated[tuple[str, ...], BeforeValidator(_names)] | None = None
    dates: Literal["split"] | None = None
    decimal: Literal[",", "."] | None = None
    one_hot_up_to: Count | None = None
    bins: Count | None = None
    folder: str | None = None

    @model_validator(mode="after")
    def _is_a_table(self) -> DataConfig:
        given = [name for name in OF_TABLES if getattr(self, name) is not None]
        if given and self.target is None:
            raise ValueError(f"expected a target, for {given[0]} says how a table is read, found none")
        return self


def make_data_config(**settings: Any) -> DataConfig:
    """A ``DataConfig``; every setting that cannot be is named in one ``ConfigError``.

    >>> make_data_config(name="rows.csv", target="price", rows=0)
    Traceback (most recent call last):
    gradwright.errors.ConfigError: data.rows: expected a whole number >= 1, found 0
    """
    try:
        return DataConfig(**settings)
    except ValidationError as error:
        lines = complaints(error, DataConfig)
        raise ConfigError(
            "\n".join(line if line.startswith("data") else f"data.{line}" for line in lines)
        ) from None
