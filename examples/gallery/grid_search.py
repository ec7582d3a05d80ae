"""
In a pipeline, and searched
===========================

``gradwright.sklearn.MLPClassifier`` is an estimator like any other: scaled rows before it, a grid search
around it.
"""

from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gradwright.drawing import color, new_figure, set_log, styled
from gradwright.sklearn import MLPClassifier

x, y = load_wine(return_X_y=True)
model = make_pipeline(
    StandardScaler(), MLPClassifier((20,), learning_rate_init=0.01, tol=1e-3, random_state=0)
)
alphas = [1e-3, 1e-1, 1.0, 10.0, 100.0]
search = GridSearchCV(model, {"mlpclassifier__alpha": alphas}).fit(x, y)
print(search.best_params_, f"{search.best_score_:.3f}")

# %%
# The mean over the five folds, and one standard deviation.

mean, spread = search.cv_results_["mean_test_score"], search.cv_results_["std_test_score"]
with styled():
    figure, (axes,) = new_figure(3.2)
    axes.errorbar(alphas, mean, spread, color=color(0), marker="o", capsize=3)
    axes.set(xlabel="alpha, the factor of the L2 penalty", ylabel="accuracy of held-out folds")
    set_log(axes, "x")
