"""What can be measured of a network: the names, which way each is better, and measures of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.specs import suggestion
from gradwright.training import formulas

Best: TypeAlias = Literal["high", "low"]


@dataclass(frozen=True)
class Metric:
    """A measure of one's own: a function ``(y_true, prediction) -> number``, and which way it is better.

    ``y_true`` are the labels (N,) as whole numbers, or the targets; ``prediction`` are the answers of
    ``run.predict`` in the same form. ``best`` is needed where the metric is to be monitored. ``name`` is by
    default that of the function. A file cannot hold the function: a run that was loaded has None for it.

    Raises ``ConfigError`` for what is no function, has no name, or the name of another metric.

    >>> def missed(y_true, prediction):
    ...     return ((y_true == 1) & (prediction == 0)).sum()
    >>> Metric(missed, best="low").name
    'missed'
    """

    function: Callable[[Array, Array], float] | None
    best: Best | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.function is not None and not callable(self.function):
            raise ConfigError(f"metrics: expected a function (y_true, prediction), found {self.function!r}")
        name = self.name or getattr(self.function, "__name__", "")
        if not re.fullmatch(r"\w+", name):
            raise ConfigError(
                f"metrics: {name or self.function!r} needs a name: Metric(function, name='cost')"
            )
        if known_metric(name) is not None:
            raise ConfigError(f"metrics: {name!r} is a metric already; give your function another name")
        if self.best not in ("high", "low", None):
            raise ConfigError(f"metrics: {name}: best: expected 'high' or 'low', found {self.best!r}")
        object.__setattr__(self, "name", name)


@dataclass(frozen=True, eq=False)
class Answers:
    """The rows of a split, and what a network says of them."""

    y: Array  # (N,) labels, or (N,) or (N, k) numbers
    prediction: Array  # in the form of y
    scores: Array  # (N, k) probabilities of a softmax, else the outputs

    @property
    def classes(self) -> int:
        return max(2, int(self.scores.shape[1]))


@dataclass(frozen=True)
class Named:
    """A metric that has a name here."""

    best: Best
    of: Literal["labels", "numbers", "both"]
    measure: Callable[[Answers], float] | None = None  # None: the engine measures it in every pass
    share: bool = False  # a share of rows, which is said in per cent
    needs: str = ""  # the package


NAMED = {
    "loss": Named("low", "both"),
    "objective": Named("low", "both"),
    "accuracy": Named("high", "labels", share=True),
    "balanced_accuracy": Named(
        "high", "labels", lambda a: formulas.balanced_accuracy(a.y, a.prediction), share=True
    ),
    "f1": Named("high", "labels", lambda a: formulas.f1(a.y, a.prediction, a.classes), needs="sklearn"),
    "auc": Named("high", "labels", lambda a: formulas.auc(a.y, a.scores), needs="sklearn"),
    "r2": Named("high", "numbers", lambda a: formulas.r2(a.y, a.prediction)),
    "mae": Named("low", "numbers", lambda a: formulas.mae(a.y, a.prediction)),
    "rmse": Named("low", "numbers", lambda a: formulas.rmse(a.y, a.prediction)),
}
NAMES = (*NAMED, "top2", "top3", "top5")  # and so on
_SPLITS = ("train", "validation")


def known_metric(name: str) -> Named | None:
    """The metric of that name; None where there is none."""
    if top := re.fullmatch(r"top([2-9]|[1-9]\d+)", name):
        k = int(top[1])
        return Named("high", "labels", lambda a: formulas.top_k(a.y, a.scores, k), share=True)
    return NAMED.get(name)


def is_share(name: str) -> bool:
    """Whether a metric, with its split or without, is a share of rows, which is said in per cent.

    >>> is_share("validation.accuracy"), is_share("loss"), is_share("top5")
    (True, False, True)
    """
    known = known_metric(_bare(name))
    return known is not None and known.share


def takes_outputs(metric: str | Metric) -> bool:
    """Whether a metric is measured of all outputs, and not by the engine in the pass that gives the loss."""
    known = None if isinstance(metric, Metric) else known_metric(metric)
    return known is None or known.measure is not None


def higher_is_better(name: str, own: Iterable[Metric] = ()) -> bool:
    """Which way a metric is better, by its name with its split or without.

    Raises ``ConfigError`` for a name that is not known, and for a function of ``own`` that does not say.

    >>> higher_is_better("validation.accuracy"), higher_is_better("rmse")
    (True, False)
    """
    bare = _bare(name)
    for metric in own:
        if metric.name == bare and metric.best is None:
            raise ConfigError(
                f"monitor: whether {bare!r} is best high or low is not known; "
                f"say it: metrics=[Metric({bare}, best='low')]"
            )
        if metric.name == bare:
            return metric.best == "high"
    known = known_metric(bare)
    if known is None:
        raise ConfigError(f"metrics: {bare!r} is not known{suggestion(bare, dict.fromkeys(NAMES))}")
    return known.best == "high"


def as_metrics(spec: Any) -> tuple[str | Metric, ...]:
    """Metrics as a config holds them, from a name, a function or a list of both.

    Raises ``ConfigError`` for an unknown name, with the nearest, and for one that comes twice.

    >>> as_metrics(["f1", "rsme"])
    Traceback (most recent call last):
    gradwright.errors.ConfigError: metrics: 'rsme' is not known; did you mean 'rmse'?
    """
    many = isinstance(spec, Sequence) and not isinstance(spec, str)
    metrics = tuple(_as_metric(each) for each in (spec if many else [spec]))
    names = [name_of(metric) for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"metrics: expected each once, found {name!r} twice")
    return metrics


def _as_metric(spec: Any) -> str | Metric:
    match spec:
        case "confusion_matrix":
            raise ConfigError("metrics: a confusion matrix is no number; a run has it: run.outcome.counts")
        case str():
            higher_is_better(spec)
            return spec
        case Metric():
            return spec
        case Mapping() if spec.keys() <= {"name", "best"} and "name" in spec:  # as a file holds a function
            return Metric(None, **spec)
    if callable(spec):
        return Metric(spec)
    raise ConfigError(f"metrics: expected a name such as 'f1' or a function, found {spec!r}")


def metrics_to_spec(metrics: Sequence[str | Metric]) -> list[Any]:
    """Metrics as plain data: a function of one's own by its name, and which way it is better."""
    return [metric if isinstance(metric, str) else _own_to_spec(metric) for metric in metrics]


def _own_to_spec(metric: Metric) -> dict[str, str]:
    return {"name": metric.name} | ({} if metric.best is None else {"best": metric.best})


def name_of(metric: str | Metric) -> str:
    """What a metric is called in histories and tables."""
    return metric if isinstance(metric, str) else metric.name


def check_monitor(monitor: str, metrics: Sequence[str | Metric]) -> None:
    """Raise ``ConfigError`` for a monitor that is no metric of the training or validation split."""
    split, _, name = monitor.partition(".")
    own = [metric for metric in metrics if isinstance(metric, Metric)]
    if split not in _SPLITS:
        meant = monitor.removeprefix("val_")  # as Keras has it
        is_known = known_metric(meant) is not None or meant in map(name_of, own)
        hint = f"; did you mean 'validation.{meant}'?" if is_known else ""
        raise ConfigError(
            "monitor: expected a metric of train or validation such as 'validation.loss', "
            f"found {monitor!r}{hint}"
        )
    if known_metric(name) is None and name not in map(name_of, own):
        names = dict.fromkeys([*NAMES, *map(name_of, own)])
        raise ConfigError(f"monitor: {name!r} is not known{suggestion(name, names)}")
    higher_is_better(name, own)


def _bare(name: str) -> str:
    """A metric's name without its split."""
    return name.rpartition(".")[2]
