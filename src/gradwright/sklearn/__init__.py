"""Estimators for scikit-learn, run by the compiled engine: one changed import line.

>>> from gradwright.sklearn import MLPClassifier  # in place of sklearn.neural_network
"""

from gradwright.errors import ConfigError

try:
    from gradwright.sklearn.classifier import MLPClassifier
    from gradwright.sklearn.regressor import MLPRegressor
    from gradwright.sklearn.tabular import TabularClassifier, TabularRegressor
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] not in ("sklearn", "scipy"):
        raise
    raise ConfigError(
        'gradwright.sklearn needs scikit-learn 1.6 or newer: pip install "gradwright[sklearn]"'
    ) from None

__all__ = ["MLPClassifier", "MLPRegressor", "TabularClassifier", "TabularRegressor"]
