"""``MLPClassifier``: labels, several labels at once, and the probabilities of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from gradwright.data import Split
from gradwright.nn import BinaryCrossEntropy, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.sklearn.estimator import MultilayerPerceptron, goes_on
from gradwright.sklearn.settings import Activation
from gradwright.sklearn.terms import Terms


@dataclass(eq=False, repr=False)
class MLPClassifier(ClassifierMixin, MultilayerPerceptron):  # type: ignore[misc]
    """A multilayer perceptron that tells classes, with the settings of scikit-learn's ``MLPClassifier``.

    Two classes are one output through a sigmoid, more are as many through a softmax; several labels at once,
    y (n, k) of 0 and 1, are a sigmoid each.

    Args:
        hidden_layer_sizes: the widths of the hidden layers.
        activation: what stands between linear layers.
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
        verbose: whether each epoch is printed.
        warm_start: whether ``fit`` goes on from the parameters that are there.
        momentum: of "sgd".
        nesterovs_momentum: whether a step of "sgd" looks ahead.
        early_stopping: whether rows are held out, and their score decides when to end and what is kept.
        validation_fraction: the share of rows that are held out.
        beta_1: of "adam", as ``Adam`` has it.
        beta_2: of "adam".
        epsilon: of "adam", added where the paper adds it, after the mean square is corrected.
        n_iter_no_change: for how many epochs nothing has to become better before training ends.
        max_fun: the most evaluations of "lbfgs".

    Equal seeds lead to scikit-learn's own network: to rounding with "sgd" and "lbfgs" where batches are of
    one size (a smaller last one has the same penalty here), to four digits with "adam".

    >>> from gradwright.sklearn import MLPClassifier
    >>> x, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]] * 10, [0, 1, 1, 0] * 10
    >>> model = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(x, y)
    >>> model.predict([[0.0, 1.0], [1.0, 1.0]])
    array([1, 0])
    """

    hidden_layer_sizes: Any = (100,)
    activation: Activation = "relu"

    @available_if(goes_on)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
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
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> Array:
        """The likeliest class of each row, (n,), or 0 and 1 for each label, (n, k)."""
        output = self._predicted(X)
        if self.out_activation_ == "softmax":
            labels: Array = self.classes_[output.argmax(axis=1)]
        else:
            labels = self._binarizer.inverse_transform(expit(output if output.shape[1] > 1 else output[:, 0]))
        return labels

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (n, k), in the order of ``classes_``."""
        output = self._predicted(X)
        if self.out_activation_ == "softmax":
            return np.asarray(softmax(output, axis=1))
        p = np.asarray(expit(output))
        return p if output.shape[1] > 1 else np.hstack([1 - p, p])

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithms of ``predict_proba``; small ones keep their digits."""
        output = self._predicted(X)
        if self.out_activation_ == "softmax":
            return np.asarray(log_softmax(output, axis=1))
        p = np.asarray(log_expit(output))
        return p if output.shape[1] > 1 else np.hstack([log_expit(-output), p])

    def _validated(self, X: Any, y: Any, incremental: bool, first: bool) -> tuple[Array, Array]:
        X, y = self._checked_rows(X, y, first)
        check_classification_targets(y)
        if not incremental and first:
            self._know(y)
        else:
            self._require_known(unique_labels(y))
        if self.out_activation_ == "softmax":
            return X, np.searchsorted(self.classes_, y)
        return X, self._binarizer.transform(y).astype(X.dtype)

    def _know(self, y: Any) -> None:
        """The classes are those in ``y``."""
        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_
        kind = self._binarizer.y_type_
        if len(self.classes_) < 2:
            raise ValueError(f"y: expected at least 2 classes, found 1 class alone: {self.classes_[0]}")
        self.n_outputs_ = 1 if kind == "binary" else len(self.classes_)
        self.out_activation_ = "softmax" if kind == "multiclass" else "logistic"

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

    def _terms(self) -> Terms:
        if self.out_activation_ == "softmax":
            return Terms(SoftmaxCrossEntropy(), unit=1)
        return Terms(BinaryCrossEntropy(), unit=self.n_outputs_)

    def _strata(self, target: Array) -> Array | None:
        return target.astype(bool) if self.n_outputs_ == 1 else None

    def _score(self, output: Array, rows: Split) -> float:
        if not np.isfinite(output).all():
            return math.nan
        answers = output.argmax(axis=1) if self.out_activation_ == "softmax" else output > 0
        return float(accuracy_score(rows.y, answers, sample_weight=rows.weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
