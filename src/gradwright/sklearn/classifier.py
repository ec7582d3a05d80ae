"""``MLPClassifier``: labels, several labels at once, and the probabilities of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from gradwright.data import Dataset, Split, weigh_classes
from gradwright.errors import ConfigError
from gradwright.nn import OfClasses
from gradwright.nn.layer import Array
from gradwright.sklearn.estimator import MultilayerPerceptron, goes_on
from gradwright.sklearn.losses import learns_probabilities, of_labels
from gradwright.sklearn.rows import first_rows


def tells_probabilities(classifier: MLPClassifier) -> bool:
    if not learns_probabilities(classifier.loss):
        raise AttributeError(f"probabilities: loss={classifier.loss!r} learns scores, which are none")
    return True


def tells_scores(classifier: MLPClassifier) -> bool:
    if learns_probabilities(classifier.loss):
        raise AttributeError(
            f"decision_function: loss={classifier.loss!r} learns probabilities; predict_proba"
        )
    return True


@dataclass(eq=False, repr=False)
class MLPClassifier(ClassifierMixin, MultilayerPerceptron):  # type: ignore[misc]
    """A multilayer perceptron that tells classes, with the settings of scikit-learn's ``MLPClassifier``.

    Two classes are one output through a sigmoid, more are as many through a softmax; several labels at once,
    y (n, k) of 0 and 1, are a sigmoid each.

    Args:
        hidden_layer_sizes: the widths of the hidden layers.
        activation: what stands between linear layers: scikit-learn's "identity", "logistic", "tanh" and
            "relu", or an activation of ``nn``, by name ("gelu") or as ``ELU(2.0)``; a list has one for each
            hidden layer.
        solver: "adam" and "sgd" go in epochs; "lbfgs" makes the loss over all rows small at once.
        alpha: of the penalty alpha / 2 |W|^2, which is divided by the rows of a batch.
        batch_size: rows in a step; "auto" is min(200, n).
        learning_rate: of "sgd": "constant", "invscaling" or "adaptive".
        learning_rate_init: the first learning rate.
        power_t: of "invscaling", learning_rate_init / t^power_t after t rows.
        max_iter: the most epochs, or iterations of "lbfgs".
        shuffle: whether each epoch has an order of its own.
        random_state: of the first parameters, of the rows held out and of the orders.
        tol: what the loss, or the score of the rows held out, must become better by.
        verbose: whether each epoch is printed; "progress" shows a line that moves instead.
        warm_start: whether ``fit`` goes on from the parameters that are there.
        momentum: of "sgd".
        nesterovs_momentum: whether a step of "sgd" looks ahead.
        early_stopping: whether the score of rows held out, or of ``eval_set``, decides when to end and what
            is kept.
        validation_fraction: the share of rows that are held out.
        beta_1: of "adam", as ``Adam`` has it.
        beta_2: of "adam".
        epsilon: of "adam", added where the paper adds it, after the mean square is corrected.
        n_iter_no_change: for how many epochs nothing has to become better before training ends.
        max_fun: the most evaluations of "lbfgs".
        dropout: the share of the outputs of each hidden layer that is left out in each step of training, one
            number or a list.
        normalization: "batch" or "layer", of each hidden layer before its activation.
        network: a network of ``nn`` in place of all that, or a function (inputs, outputs) that makes it.
        init_params: what to begin with: a fitted estimator, its ``parameters_``, or a pair (coefs,
            intercepts).
        schedule: the learning rates, such as ``CosineDecay(0.01, end=0, duration=50)``, in place of
            ``learning_rate`` and ``learning_rate_init``.
        dtype: "float32", "float64", or "bfloat16", which keeps parameters in float32; by default that of X.
        engine: "native" is the compiled one, "reference" NumPy; "auto" takes what serves.
        metrics: what is measured of ``eval_set`` after each epoch, by name ("f1") or as functions of
            (y_true, y_pred).
        monitor: what early stopping looks at: one of ``metrics``, or "loss"; by default the score.
        callbacks: functions of the estimator, called after each epoch; one that returns True ends training.
        loss: "log_loss", or a loss of ``nn`` that fits the classes, by name or as ``Focal(gamma=1.0)``.
        class_weight: how much the rows of each class count in training, as {label: number}, 1 where it is
            not named; "balanced" lets each class count the same.

    Equal seeds lead to scikit-learn's own network: to rounding with "sgd" and "lbfgs" where batches are of
    one size (a smaller last one has the same penalty here), to four digits with "adam".

    >>> from gradwright.sklearn import MLPClassifier
    >>> x, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 10, [0, 1, 1, 0] * 10
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(x, y)
    >>> model.predict([[0.0, 1.0], [1.0, 1.0]])
    array([1, 0])
    """

    hidden_layer_sizes: Any = (100,)
    activation: Any = "relu"
    _: KW_ONLY
    loss: Any = "log_loss"
    class_weight: Any = None

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None, *, eval_set: Any = None
    ) -> Self:
        """One more epoch over rows X (n, d) and labels y, from where the last call ended.

        ``classes`` are all that will ever be seen; the first call needs them.
        """
        if not hasattr(self, "classes_") and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if classes is not None:
            given = unique_labels(classes)
            if hasattr(self, "classes_") and not np.array_equal(self.classes_, given):
                raise ValueError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, "
                    f"was: {self.classes_!r}"
                )
            self._know(y if type_of_target(y).startswith("multilabel") else given)
        return self._fit(X, y, sample_weight, eval_set, incremental=True)

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row, (n,), or 0 and 1 for each label, (n, k)."""
        return self._answers(self._predicted(X))

    @available_if(tells_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (n, k), in the order of ``classes_``."""
        output = self._predicted(X)
        if self._is_of_classes():
            return np.asarray(softmax(output, axis=1))
        p = np.asarray(expit(output))
        return p if output.shape[1] > 1 else np.hstack([1 - p, p])

    @available_if(tells_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of ``predict_proba``; small ones keep their digits."""
        output = self._predicted(X)
        if self._is_of_classes():
            return np.asarray(log_softmax(output, axis=1))
        p = np.asarray(log_expit(output))
        return p if output.shape[1] > 1 else np.hstack([log_expit(-output), p])

    @available_if(tells_scores)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> Array:
        """The score of each class, (n, k), of ``Hinge``; of two classes, (n,), by what the second leads."""
        output = self._predicted(X)
        return output[:, 1] - output[:, 0] if output.shape[1] == 2 else output

    def _answers(self, output: Array) -> Array:
        if self._is_of_classes():
            return self._given(output.argmax(axis=1))
        return self._given(expit(output if output.shape[1] > 1 else output[:, 0]))

    def _given(self, target: Array) -> Array:
        if self._is_of_classes():
            labels: Array = self.classes_[target]
        else:
            labels = self._binarizer.inverse_transform(target)
        return labels

    def _is_of_classes(self) -> bool:
        """Whether the network has an output for each class, of which the largest answers."""
        return isinstance(self._task.objective.loss, OfClasses)

    def _validated(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        X, y = first_rows(self, X, y, self._dtypes(first), first)
        check_classification_targets(y)
        if not incremental and first:
            self._know(y)
        else:
            self._require_known(unique_labels(y))
        kind = self._binarizer.y_type_
        self._terms = of_labels(self.loss, kind, len(self.classes_))
        of_classes = isinstance(self._terms.loss, OfClasses)
        self.n_outputs_ = 1 if kind == "binary" and not of_classes else len(self.classes_)
        likelihoods = "softmax" if learns_probabilities(self._terms.loss) else "identity"
        self.out_activation_ = likelihoods if of_classes else "logistic"
        return X, self._encoded(y, X.dtype)

    def _encoded(self, y: Array, dtype: Any) -> Array:
        if len(unknown := np.setdiff1d(unique_labels(y), self.classes_)):
            raise ValueError(f"y: expected classes of {self.classes_}, found {unknown}")
        if isinstance(self._terms.loss, OfClasses):
            return np.searchsorted(self.classes_, y)
        target: Array = self._binarizer.transform(y).astype(dtype)
        return target

    def _know(self, y: Any) -> None:
        """The classes are those in ``y``."""
        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_
        if len(self.classes_) < 2:
            raise ValueError(f"y: expected at least 2 classes, found 1 class alone: {self.classes_[0]}")

    def _weighed(self, train: Split, incremental: bool) -> Split:
        if self.class_weight is None:
            return train
        if self._binarizer.y_type_ == "multilabel-indicator":
            raise ConfigError("class_weight: expected one label a row, found several; give sample_weight")
        if incremental and isinstance(self.class_weight, str):
            raise ConfigError(
                "class_weight: expected a number for each class, since one call of partial_fit cannot tell "
                f"how often they occur, found {self.class_weight!r}"
            )
        names = {label: str(label) for label in self.classes_.tolist()}
        labels = train.y if train.has_labels else train.y[:, 0].astype(np.int64)
        data = Dataset("y", "y", Split(train.x, labels, train.weights), classes=tuple(names.values()))
        weights: Any = self.class_weight
        if isinstance(weights, Mapping):
            weights = {names.get(label, label): weight for label, weight in weights.items()}
        return replace(train, weights=weigh_classes(data, weights, "class_weight").train.weights)

    def _require_known(self, labels: Array) -> None:
        if self.warm_start and {*labels} != {*self.classes_}:
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {labels}"
            )
        if len(np.setdiff1d(labels, self.classes_)):
            raise ValueError(
                "`y` has classes not in `self.classes_`. "
                f"`self.classes_` has {self.classes_}. 'y' has {labels}."
            )

    def _strata(self, target: Array) -> Array | None:
        return target.astype(bool) if self._binarizer.y_type_ == "binary" else None

    def _score(self, output: Array, rows: Split) -> float:
        if not np.isfinite(output).all():
            return math.nan
        answers = output.argmax(axis=1) if self._is_of_classes() else output > 0
        return float(accuracy_score(rows.y, answers, sample_weight=rows.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
