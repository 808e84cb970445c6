"""
Accuracy under noise
====================

Certificates cover the worst-case perturbation; noise is a random perturbation. In this example, five metrics are
learned on clean rows and then classify rows with increasing noise.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from holdfast import GMML, LMNN, NCA, CertifiedKNeighborsClassifier, Euclidean, evaluate, plot

X, y = load_breast_cancer(return_X_y=True)
learners = {
    "Euclidean": Euclidean(preprocess="standardize"),
    "GMML": GMML(preprocess="standardize"),
    "NCA": NCA(preprocess="standardize"),
    "LMNN": LMNN(preprocess="standardize"),
    "LMNN + perturbation loss": LMNN(preprocess="standardize", perturbation_weight="auto"),
}
levels = [30, 25, 20, 15, 10, 5, 0]

# %%
# :func:`holdfast.evaluate` adds Gaussian noise to the preprocessed rows. The signal-to-noise ratio in decibels compares
# the power of the training rows with the power of the noise: at 20 dB the noise has a hundredth of the power of the
# rows, at 0 dB the same power. Each figure is a mean over five random splits with ten draws of the noise per split.

accuracies = {name: [] for name in learners}
for split in range(5):
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.3, random_state=split, stratify=y
    )
    for name, learner in learners.items():
        knn = CertifiedKNeighborsClassifier(1, learner=learner).fit(X_train, y_train)
        found = evaluate(
            knn,
            X_test,
            y_test,
            noise="gaussian:" + ",".join(map(str, levels)),
            random_state=split,
            retrieval=False,
        )
        accuracies[name].append([found.accuracy] + [level.accuracy_mean for level in found.noise])

print(f"{'':25}{'clean':>8}" + "".join(f"{level:>5} dB" for level in levels))
means = {name: np.mean(values, axis=0) for name, values in accuracies.items()}
for name, values in means.items():
    print(f"{name:25}" + "".join(f"{value:8.3f}" for value in values))

# %%
# The metrics hardly differ in clean accuracy (at the left), but they differ under noise.

figure, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
ax.set_prop_cycle(
    color=["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"],
    linestyle=["-", "--", "-.", ":", "-"],
    marker=list("os^Dv"),
)
for name, values in means.items():
    ax.plot(range(len(values)), values, label=name)
ax.set_xticks(range(len(levels) + 1), ["clean"] + [str(level) for level in levels])
ax.set(xlabel="signal-to-noise ratio in dB", ylabel="accuracy, mean of five splits")
ax.grid(alpha=0.3)
ax.legend()

# %%
# Noise matters if it moves rows along directions to which the metric gives a large weight. The eigenvalues of M are
# these weights. A metric with few large eigenvalues relies on a few directions only.

plot.spectrum({name: learner.fit(X, y) for name, learner in learners.items()})
plt.show()
