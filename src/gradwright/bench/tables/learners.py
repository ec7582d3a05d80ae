"""Who learns the tables: our estimators, those of pytabkit, and scikit-learn's MLP in the usual pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

Task = Literal["classes", "numbers"]


@dataclass(frozen=True)
class Learner:
    """An estimator for each task, made of a seed; ``needs`` are the modules it stands on.

    ``folds`` is how many networks or ensembles are averaged, each trained on all but one fold.
    """

    title: str
    make: Callable[[Task, int, int], Any]  # (task, folds, seed) -> an estimator
    needs: tuple[str, ...]
    folds: int = 1

    @property
    def is_here(self) -> bool:
        """Whether it can be asked."""
        return all(map(find_spec, self.needs))


def _ours(task: Task, folds: int, seed: int) -> Any:
    room = import_module("gradwright.sklearn")
    kind = room.TabularClassifier if task == "classes" else room.TabularRegressor
    return kind(n_cv=folds, random_state=seed)


def _pytabkit(name: str) -> Callable[[Task, int, int], Any]:
    def make(task: Task, folds: int, seed: int) -> Any:
        kind = "Classifier" if task == "classes" else "Regressor"
        estimator = getattr(import_module("pytabkit"), f"{name}_{kind}")
        return estimator(device="cpu", n_cv=folds, n_threads=1, random_state=seed, verbosity=0)

    return make


def _scikit_learn(task: Task, _folds: int, seed: int) -> Any:
    network, compose = import_module("sklearn.neural_network"), import_module("sklearn.compose")
    preprocessing, impute = import_module("sklearn.preprocessing"), import_module("sklearn.impute")
    pipeline = import_module("sklearn.pipeline").make_pipeline
    numbers = pipeline(impute.SimpleImputer(), preprocessing.StandardScaler())
    texts = preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    of_type = compose.make_column_selector
    columns = compose.make_column_transformer(
        (numbers, of_type(dtype_include="number")), (texts, of_type(dtype_exclude="number"))
    )
    if task == "classes":
        return pipeline(columns, network.MLPClassifier(random_state=seed))
    scaled = compose.TransformedTargetRegressor(
        network.MLPRegressor(random_state=seed), transformer=preprocessing.StandardScaler()
    )
    return pipeline(columns, scaled)


OURS, EIGHTFOLD = "gradwright", 8
_PYTABKIT = ("RealMLP_TD", "RealMLP_TD_S", "CatBoost_TD", "LGBM_TD")
_NEEDS = {
    "RealMLP_TD": ("pytabkit", "torch"),
    "RealMLP_TD_S": ("pytabkit", "torch"),
    "CatBoost_TD": ("pytabkit", "catboost"),
    "LGBM_TD": ("pytabkit", "lightgbm"),
}
_ONE_FIT = {
    OURS: Learner("gradwright", _ours, ("sklearn",)),
    **{name: Learner(name.replace("_", "-"), _pytabkit(name), _NEEDS[name]) for name in _PYTABKIT},
    "scikit-learn": Learner("scikit-learn MLP", _scikit_learn, ("sklearn",)),
}
LEARNERS = _ONE_FIT | {
    f"{name}_x{EIGHTFOLD}": Learner(f"{one.title}, 8 folds", one.make, one.needs, EIGHTFOLD)
    for name, one in _ONE_FIT.items()
    if name != "scikit-learn"
}
