"""One line for any table: how it is read, what learns it, and what was learned, in the table's own terms."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gradwright.console import note
from gradwright.data import Dataset, TableEncoding, standardize_targets
from gradwright.data.table.files import table_blocks
from gradwright.data.table.read import TableLike
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.folder import read_ensemble, write_ensemble
from gradwright.recipes.members import fit_members
from gradwright.recipes.page import write_page
from gradwright.recipes.recipe import EPOCHS
from gradwright.training import Run, RunConfig, read_config
from gradwright.training.importance import Importance


@dataclass(frozen=True, eq=False, repr=False)
class TabularRun:
    """What was learned of a table: networks that answer together.

    Args:
        ensemble: the runs of the networks, and their temperature.

    >>> import gradwright as gw
    >>> table = {"size": [1.0, 2.0, None, 4.0] * 20, "colour": ["red", "blue", "blue", "red"] * 20}
    >>> run = gw.tabular(table | {"sold": ["no", "yes", "yes", "no"] * 20}, "sold", epochs=20, progress=False)
    >>> run.predict({"size": [1.5], "colour": ["red"]}).tolist(), run.config.epochs
    (['no'], 20)
    """

    ensemble: Ensemble

    @property
    def runs(self) -> tuple[Run, ...]:
        """The run of each network."""
        return self.ensemble.runs

    @property
    def config(self) -> RunConfig:
        """The settings of the first network; the others have other seeds."""
        return self.runs[0].config

    @property
    def encoding(self) -> TableEncoding | None:
        """What is done to each column; None where the rows were numbers already."""
        return self.runs[0].encoding

    @property
    def importance(self) -> Importance | None:
        """What each column is worth, measured on rows held out; None where the rows were numbers already."""
        return self.ensemble.importance

    @property
    def classes(self) -> tuple[int, ...] | tuple[str, ...] | tuple[bool, ...]:
        """The labels in the order of ``predict_proba``'s columns; () for numbers."""
        return self.runs[0].classes

    def predict(self, table: TableLike) -> Array:
        """The label (N,) of each row, or its number (N,), or numbers (N, k), in their own units.

        ``table`` is what ``tabular`` takes, without the target; a file is read in parts.

        Raises ``DataError`` for columns that are missing or hold something else than in training.
        """
        first = self.runs[0]
        answers = first.target.decode(self._asked(self.ensemble.predict, table))
        return answers[:, 0] if answers.ndim == 2 and first.target.flat else answers

    def predict_proba(self, table: TableLike) -> Array:
        """The probability of each class, (N, k) in float64, in the order of ``classes``.

        Raises ``ConfigError`` where numbers were learned, which have none.
        """
        if not self.classes:
            raise ConfigError("probabilities: expected a classifier, found numbers")
        return self._asked(self.ensemble.predict_proba, table)

    def _asked(self, ask: Callable[[Array], Array], table: TableLike) -> Array:
        """What the ensemble answers for a table, or part by part for a file."""
        first = self.runs[0]
        if self.encoding is not None and isinstance(table, str | os.PathLike):
            return np.concatenate(
                [ask(first.stored(rows)) for rows in table_blocks(Path(table), self.encoding)]
            )
        return ask(first.stored(table))

    def save(self, folder: Path | str) -> None:
        """Write all of it as a new folder; ``gradwright.load_tabular`` reads it.

        The run of each network is a folder in it, ``network-1`` and so on, which ``gradwright.load_run``
        reads; nothing is pickled.

        Raises ``RecordError`` where the folder already holds something, or cannot be written.
        """
        write_ensemble(self.ensemble, Path(folder))

    def report(self, path: Path | str, *, overwrite: bool = False) -> Path:
        """Write a page about the networks, together and one by one, and return its path.

        What they answered, whether probabilities mean what they say, and what columns are worth is measured
        on rows held out. Raises as ``gradwright.show.write_report`` does.
        """
        return write_page(self.ensemble, Path(path), overwrite=overwrite)

    def __repr__(self) -> str:
        """How many networks, what they learned, and what each reached on the rows held out of it."""
        what = f"TabularRun of {len(self.runs)} networks, temperature {self.ensemble.temperature:.3g}"
        return "\n".join([what, *(str(run) for run in self.runs)])


def tabular(
    data: Dataset | TableLike,
    target: str | None = None,
    *,
    n_cv: int = 1,
    epochs: int = EPOCHS,
    seed: int = 0,
    config: RunConfig | Path | str | None = None,
    calibrate: bool = True,
    time_limit: float | None = None,
    threads: int | None = None,
    progress: bool | None = None,
) -> TabularRun:
    """Learn a column of a table from the others, without tuning.

    Args:
        data: a frame, a mapping from names to columns, or the path of a CSV, Parquet or Arrow file; or a
            ``Dataset`` (``Dataset.from_table`` has more to say on how a table is read).
        target: the name of the column to be learned; of a ``Dataset`` None.
        n_cv: 1 for a single fit, else the number of folds: a network for each, whose answers are averaged.
        epochs: passes over the rows, at most.
        seed: of the rows that are held out and of the networks.
        config: settings of one's own, or their file, in place of the recipe (``run.config``, which
            ``config_to_toml`` writes): its own seed and epochs hold.
        calibrate: whether a temperature, fitted on rows held out, makes probabilities mean what they say.
        time_limit: seconds that training may take: as many epochs are made as there is time for.
        threads: of the engine, by default all; the result does not depend on it.
        progress: False is silent; else what was decided, and what was cut short, is said.

    A column is found by what it holds (``run.encoding.words()`` tells), a fifth of the rows is held
    out of each network and tells it its best epoch. Ctrl-C keeps what was reached.

    Raises ``DataError`` for a table that cannot be learned, ``ConfigError`` for settings that cannot be.

    >>> import gradwright as gw
    >>> rows = [{"x": k / 100, "y": (k / 100) ** 2} for k in range(-100, 100)]
    >>> table = {name: [row[name] for row in rows] for name in ("x", "y")}
    >>> run = gw.tabular(table, "y", epochs=60, progress=False)
    >>> bool(abs(run.predict({"x": [0.5]})[0] - 0.25) < 0.05)
    True
    """
    if isinstance(config, str | Path):
        config = read_config(config)
    data = _read(data, target, seed)
    ensemble = fit_members(
        data,
        n_cv=n_cv,
        seed=seed,
        epochs=epochs,
        config=config,
        calibrate=calibrate,
        time_limit=time_limit,
        threads=threads,
    )
    if progress is not False:
        for text in (*data.notes, *ensemble.remarks):
            note(text)
    return TabularRun(ensemble)


def load_tabular(folder: Path | str, *, layers: Sequence[type] = ()) -> TabularRun:
    """What ``TabularRun.save`` wrote, checked: it answers as before.

    Args:
        folder: that it was saved as.
        layers: the classes of one's own that a ``config`` of one's own used; see ``load_run``.

    Raises ``RecordError`` that names the file which is missing, damaged, or does not fit the others.

    >>> import tempfile
    >>> import gradwright as gw
    >>> table = {"size": [1.0, 2.0, None, 4.0] * 20, "sold": ["no", "yes", "yes", "no"] * 20}
    >>> run = gw.tabular(table, "sold", epochs=20, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run.save(f"{folder}/sales")
    ...     gw.load_tabular(f"{folder}/sales").predict({"size": [1.5]}).tolist()
    ['no']
    """
    return TabularRun(read_ensemble(Path(folder), layers))


def _read(data: Dataset | TableLike, target: str | None, seed: int) -> Dataset:
    """The rows as a data set, its numbers standardised."""
    if isinstance(data, Dataset):
        if target is not None:
            raise ConfigError(f"target: the data set {data.name!r} has its own, found {target!r}")
    elif target is None:
        raise ConfigError("target: expected the name of the column to be learned, found none")
    else:
        data = Dataset.from_table(data, target, validation=None, seed=seed)
    if data.train.has_labels or not data.targets.is_identity:
        return data
    return standardize_targets(data)
