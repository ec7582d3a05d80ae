"""gradwright.sklearn beside scikit-learn's MLP: equal settings, rows and seeds, each in its own process."""

from gradwright.bench.estimators.compare import compare_estimators

__all__ = ["compare_estimators"]
