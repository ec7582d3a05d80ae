"""What can be measured of a network: the names, which way each is better, and measures of one's own."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.specs import suggestion
from gradwright.training import formulas

Best: TypeAlias = Literal["high", "low"]


@dataclass(frozen=True)
class Metric:
    """What is measured: a function ``(y_true, prediction) -> number`` of one's own, or one known by ``name``.

    ``y_true`` are the labels (N,) as whole numbers, or the targets; ``prediction`` are the answers of
    ``run.predict`` in the same form. ``best`` says which way it is better, and is needed where the metric is
    to be monitored. ``name`` is by default that of the function. ``split`` is set where the metric of one
    split is meant (``as_metric``). A file cannot hold the function: a run that was loaded has None for it.

    Raises ``ConfigError`` for what is no function, has no name, or the name of another metric.

    >>> def missed(y_true, prediction):
    ...     return ((y_true == 1) & (prediction == 0)).sum()
    >>> Metric(missed, best="low").name
    'missed'
    """

    function: Callable[[Array, Array], float] | None
    best: Best | None = None
    name: str = ""
    split: str = ""

    def __post_init__(self) -> None:
        if self.function is not None and not callable(self.function):
            raise ConfigError(f"metrics: expected a function (y_true, prediction), found {self.function!r}")
        name = self.name or getattr(self.function, "__name__", "")
        if not re.fullmatch(r"\w+", name):
            raise ConfigError(
                f"metrics: {name or self.function!r} needs a name: Metric(function, name='cost')"
            )
        object.__setattr__(self, "name", name)
        if self.known is not None and (self.function is not None or self.best not in (None, self.known.best)):
            raise ConfigError(f"metrics: {name!r} is a metric already; give your function another name")
        if self.best not in ("high", "low", None):
            raise ConfigError(f"metrics: {name}: best: expected 'high' or 'low', found {self.best!r}")
        if self.known is not None:
            object.__setattr__(self, "best", self.known.best)

    def __str__(self) -> str:
        return f"{self.split}.{self.name}" if self.split else self.name

    @property
    def words(self) -> str:
        """The metric in words, such as ``validation balanced accuracy``."""
        return str(self).replace(".", " ").replace("_", " ")

    @property
    def known(self) -> Known | None:
        """What gradwright knows of the metric by its name; None for a function of one's own."""
        if self.name in KNOWN:
            return KNOWN[self.name]
        if top := re.fullmatch(r"top([2-9]|[1-9]\d+)", self.name):
            k = int(top[1])
            return Known("high", "labels", lambda a: formulas.top_k(a.y, a.scores, k, a.weights), share=True)
        return None

    @property
    def is_share(self) -> bool:
        """Whether it is a share of rows, which is said in per cent."""
        return self.known is not None and self.known.share

    @property
    def sign(self) -> float:
        """1 where the highest value is best, -1 where the lowest is.

        A function of one's own need not say, and is then not monitored (``as_monitor``).
        """
        return -1.0 if self.best == "low" else 1.0

    def cost(self, value: float | None) -> float:
        """A value with its sign such that lower is better; infinite where there is none.

        >>> as_metric("validation.accuracy").cost(0.9), as_metric("loss").cost(None)
        (-0.9, inf)
        """
        return math.inf if value is None or math.isnan(value) else -self.sign * value


@dataclass(frozen=True, eq=False)
class Answers:
    """The rows of a split, and what a network says of them."""

    y: Array  # (N,) labels, or (N,) or (N, k) numbers
    prediction: Array  # in the form of y
    scores: Array  # (N, k) probabilities of a softmax, else the outputs
    weights: Array | None = None  # (N,) what each row counts; None where all count the same

    @property
    def classes(self) -> int:
        return max(2, int(self.scores.shape[1]))


@dataclass(frozen=True)
class Known:
    """A metric that has a name here."""

    best: Best
    of: Literal["labels", "numbers", "both"]
    measure: Callable[[Answers], float] | None = None  # None: the engine measures it in every pass
    share: bool = False  # a share of rows, which is said in per cent
    needs: str = ""  # the package


KNOWN = {
    "loss": Known("low", "both"),
    "objective": Known("low", "both"),
    "accuracy": Known("high", "labels", share=True),
    "balanced_accuracy": Known(
        "high", "labels", lambda a: formulas.balanced_accuracy(a.y, a.prediction, a.weights), share=True
    ),
    "f1": Known(
        "high", "labels", lambda a: formulas.f1(a.y, a.prediction, a.classes, a.weights), needs="sklearn"
    ),
    "auc": Known("high", "labels", lambda a: formulas.auc(a.y, a.scores, a.weights), needs="sklearn"),
    "r2": Known("high", "numbers", lambda a: formulas.r2(a.y, a.prediction, a.weights)),
    "mae": Known("low", "numbers", lambda a: formulas.mae(a.y, a.prediction, a.weights)),
    "rmse": Known("low", "numbers", lambda a: formulas.rmse(a.y, a.prediction, a.weights)),
}
NAMES = (*KNOWN, "top2", "top3", "top5")  # and so on


def as_metric(name: str | Metric, own: Sequence[Metric] = (), field: str = "metrics") -> Metric:
    """A metric by its name, with its split (``validation.accuracy``) or without.

    Raises ``ConfigError`` for a name that is neither known nor that of one of ``own``, with the nearest.

    >>> metric = as_metric("validation.top5")
    >>> metric.split, metric.name, metric.best, metric.is_share
    ('validation', 'top5', 'high', True)
    """
    if isinstance(name, Metric):
        return name
    split, _, bare = name.rpartition(".")
    for metric in own:
        if metric.name == bare:
            return replace(metric, split=split)
    if re.fullmatch(r"\w+", bare) and Metric(None, name=bare).known is not None:
        return Metric(None, name=bare, split=split)
    names = dict.fromkeys([*NAMES, *(metric.name for metric in own)])
    raise ConfigError(f"{field}: {bare!r} is not known{suggestion(bare, names)}")


def as_monitor(name: str, own: Sequence[Metric] = ()) -> Metric:
    """The metric of the training or the validation split that ``monitor`` names.

    Raises ``ConfigError`` for anything else, and for one of ``own`` that does not say which way it is better.
    """
    split = name.partition(".")[0]
    if split not in ("train", "validation"):
        meant = name.removeprefix("val_")  # as Keras has it
        try:
            hint = f"; did you mean 'validation.{as_metric(meant, own)}'?"
        except ConfigError:
            hint = ""
        raise ConfigError(
            "monitor: expected a metric of train or validation such as 'validation.loss', "
            f"found {name!r}{hint}"
        )
    metric = as_metric(name, own, field="monitor")
    if metric.best is None:
        raise ConfigError(
            f"monitor: whether {metric.name!r} is best high or low is not known; "
            f"say it: metrics=[Metric({metric.name}, best='low')]"
        )
    return metric


def as_metrics(spec: Any) -> tuple[Metric, ...]:
    """Metrics as a config holds them, from a name, a function or a list of both.

    Raises ``ConfigError`` for an unknown name, with the nearest, and for one that comes twice.

    >>> as_metrics(["f1", "rsme"])
    Traceback (most recent call last):
    gradwright.errors.ConfigError: metrics: 'rsme' is not known; did you mean 'rmse'?
    """
    many = isinstance(spec, Sequence) and not isinstance(spec, str)
    metrics = tuple(_from_spec(each) for each in (spec if many else [spec]))
    names = [metric.name for metric in metrics]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"metrics: expected each once, found {name!r} twice")
    return metrics


def _from_spec(spec: Any) -> Metric:
    match spec:
        case "confusion_matrix":
            raise ConfigError("metrics: a confusion matrix is no number; a run has it: run.outcome.counts")
        case str() | Metric():
            return as_metric(spec)
        case Mapping() if spec.keys() <= {"name", "best"} and "name" in spec:  # as a file holds a function
            return Metric(None, **spec)
    if callable(spec):
        return Metric(spec)
    raise ConfigError(f"metrics: expected a name such as 'f1' or a function, found {spec!r}")


def metrics_to_spec(metrics: Sequence[Metric]) -> list[Any]:
    """Metrics as plain data: a function of one's own by its name, and which way it is better."""
    return [metric.name if metric.known else _own_to_spec(metric) for metric in metrics]


def _own_to_spec(metric: Metric) -> dict[str, str]:
    return {"name": metric.name} | ({} if metric.best is None else {"best": metric.best})
