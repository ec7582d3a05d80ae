"""The formulas behind the names of ``metrics``: of labels, of numbers, and of a classifier's outputs.

The few that take a line stand here in NumPy; the others are scikit-learn's, imported when they are asked for.
``weights`` (N,) > 0 say how much each row counts, by default all the same.
"""

from __future__ import annotations

import math

import numpy as np

from gradwright.nn.layer import Array


def balanced_accuracy(y: Array, prediction: Array, weights: Array | None = None) -> float:
    """The mean over the classes in y of the share of their rows that are right: the mean recall

    >>> balanced_accuracy(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    0.5
    """
    right, counts = prediction == y, np.ones(len(y)) if weights is None else weights
    return float(np.mean([np.average(right[y == k], weights=counts[y == k]) for k in np.unique(y)]))


def f1(y: Array, prediction: Array, classes: int, weights: Array | None = None) -> float:
    """2 TP / (2 TP + FP + FN): of class 1 where there are two classes, else the mean over the classes

    >>> round(f1(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 0]), classes=2), 4)
    0.6667
    """
    from sklearn.metrics import f1_score

    average = "binary" if classes == 2 else "macro"
    return float(f1_score(y, prediction, average=average, zero_division=0, sample_weight=weights))


def auc(y: Array, scores: Array, weights: Array | None = None) -> float:
    """The area under the ROC curve of each class in y against the others, and their mean      scores (N, k)

    That is the share of pairs of a row of the class and a row of another in which the class's own row has
    the higher score. With one column there is one curve, that of class 1. NaN where y holds but one class.

    >>> auc(np.array([0, 0, 1, 1]), np.array([[-1.0], [0.5], [0.2], [3.0]]))
    0.75
    """
    from sklearn.metrics import roc_auc_score

    present = np.unique(y)
    if len(present) < 2:
        return math.nan
    if scores.shape[1] == 1:
        return float(roc_auc_score(y, scores[:, 0], sample_weight=weights))
    return float(
        np.mean([roc_auc_score(y == label, scores[:, label], sample_weight=weights) for label in present])
    )


def top_k(y: Array, scores: Array, k: int, weights: Array | None = None) -> float:
    """The share of rows whose class is among the k of the highest scores        y (N,), scores (N, c)

    A class with the same score as the row's own counts as above it where its number is lower, so that k = 1
    is the accuracy.

    >>> top_k(np.array([2, 0]), np.array([[0.1, 0.3, 0.2], [0.1, 0.3, 0.2]]), k=2)
    0.5
    """
    own = scores[np.arange(len(y)), y][:, None]
    above = (scores > own) | ((scores == own) & (np.arange(scores.shape[1]) < y[:, None]))
    return float(np.average(above.sum(axis=1) < k, weights=weights))


def r2(y: Array, prediction: Array, weights: Array | None = None) -> float:
    """1 - sum (y - p)^2 / sum (y - mean y)^2, the mean over the columns of y; NaN where one is constant

    >>> r2(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0]))
    0.0
    """
    mean = np.average(y, axis=0, weights=weights)
    left, whole = (np.average((y - each) ** 2, axis=0, weights=weights) for each in (prediction, mean))
    return float(np.mean(1 - left / whole)) if np.all(whole > 0) else math.nan


def mae(y: Array, prediction: Array, weights: Array | None = None) -> float:
    """mean |y - p|, in the unit of y

    >>> mae(np.array([1.0, 2.0]), np.array([1.5, 2.0]))
    0.25
    """
    return float(np.average(np.abs(y - prediction), axis=0, weights=weights).mean())


def rmse(y: Array, prediction: Array, weights: Array | None = None) -> float:
    """sqrt(mean (y - p)^2) over all entries, in the unit of y

    >>> rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0])) == math.sqrt(2)
    True
    """
    return math.sqrt(np.average((y - prediction) ** 2, axis=0, weights=weights).mean())
