"""
Choosing parameters
===================

:func:`holdfast.tune` draws parameters at random from ranges suited to the method, scores them by cross-validation, and
discards the worse half of the trials after each fold. The learners are scikit-learn estimators, so ``GridSearchCV``
works too. This example runs both on the same rows.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import GridSearchCV, train_test_split

from holdfast import LMNN, CertifiedKNeighborsClassifier, evaluate, plot, tune

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.3, random_state=0, stratify=y
)

# %%
# With ``tune``
# -------------
#
# ``tune`` maximises the mean of accuracy and certified accuracy. The size for certified accuracy is the size at which
# half of the predictions under the Euclidean distance are certified. The search includes the perturbation loss: whether
# to use it, and its weight. The first trial uses the learner's defaults, which shows the gain from the search.

tuning = tune(
    LMNN(preprocess="standardize"), X_train, y_train, n_trials=30, n_folds=5, random_state=0
)

best, default = tuning.trials[tuning.best], tuning.trials[0]
print(f"size of certified accuracy: {tuning.eps:.3g} in preprocessed units")
print(f"defaults: accuracy {default.accuracy:.3f}, certified {default.certified:.3f}")
print(f"best:     accuracy {best.accuracy:.3f}, certified {best.certified:.3f}")
for name in ("mu", "perturbation_weight", "perturbation_margin"):
    print(f"  {name} = {tuning.best_parameters[name]}")

# %%
# ``tuning.trials`` holds every trial, and ``tuning.to_frame()`` returns all trials as a data frame. A dropped trial has
# fewer folds than a complete trial.

figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
for status, marker in (("dropped", "x"), ("complete", "o")):
    chosen = [trial for trial in tuning.trials if trial.status == status]
    ax.scatter(
        [trial.certified for trial in chosen],
        [trial.accuracy for trial in chosen],
        marker=marker,
        label=status,
        alpha=0.7,
    )
ax.scatter(
    best.certified, best.accuracy, s=140, facecolors="none", edgecolors="black", label="best"
)
ax.scatter(
    default.certified,
    default.accuracy,
    s=140,
    marker="s",
    facecolors="none",
    edgecolors="black",
    label="defaults",
)
ax.set(
    xlabel=f"certified accuracy at {tuning.eps:.3g}, mean over the folds seen",
    ylabel="accuracy, mean over the folds seen",
)
ax.grid(alpha=0.3)
ax.legend()

# %%
# With ``GridSearchCV``
# ---------------------
#
# A grid search tries all combinations of given values, and fits each combination in every fold. Its score is accuracy.

grid = {
    "learner__mu": [0.1, 0.3, 0.5, 0.7],
    "learner__perturbation_weight": [None, "auto*0.1", "auto", "auto*10"],
}
search = GridSearchCV(
    CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")), grid, cv=5
)
search.fit(X_train, y_train)
print({name.removeprefix("learner__"): value for name, value in search.best_params_.items()})

# %%
# Cost and result
# ---------------
#
# The cost is counted in fits of a metric. ``tune`` makes one fit per trial and fold until a trial is dropped, and one
# fit on all rows at the end.

tune_fits = sum(trial.folds for trial in tuning.trials) + 1
grid_fits = search.n_splits_ * len(search.cv_results_["params"]) + 1
found = {
    "defaults": CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")).fit(
        X_train, y_train
    ),
    "tune": CertifiedKNeighborsClassifier.from_model(tuning.best_estimator.model_, 1),
    "GridSearchCV": search.best_estimator_,
}
fits = {"defaults": 1, "tune": tune_fits, "GridSearchCV": grid_fits}
certificates = {name: knn.certify(X_test, y_test, method="exact") for name, knn in found.items()}
for name, knn in found.items():
    noisy = (
        evaluate(knn, X_test, y_test, noise="gaussian:10", retrieval=False).noise[0].accuracy_mean
    )
    print(
        f"{name:13} {fits[name]:3} fits, test accuracy {knn.score(X_test, y_test):.3f}, at 10 dB {noisy:.3f}, "
        f"mean radius {certificates[name].mean_radius:.3f}"
    )

# %%
# A search for accuracy alone maximises the accuracy on the folds; the robustness of the result is left to chance.

plot.certified_accuracy(certificates)
plt.show()
