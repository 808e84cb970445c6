"""
Certificates for a table
========================

A 1-NN classifier predicts whether a breast tumour is malignant, from thirty measurements of a cell sample. Every
measurement has an error. How large can the errors be before a diagnosis changes? Certified radii answer this question;
accuracy does not.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from holdfast import LMNN, CertifiedKNeighborsClassifier, Euclidean, plot

cancer = load_breast_cancer(as_frame=True)
X, y = cancer.data, cancer.target_names[cancer.target]
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.3, random_state=0, stratify=y
)
print(
    f"{len(X_train)} samples to learn from, {len(X_test)} to test, {X.shape[1]} measurements each"
)

# %%
# Three classifiers
# -----------------
#
# With ``preprocess="minmax"``, every column ranges from 0 to 1 over the training rows, and this scaling is part of the
# model. The unit of the radius is then the range of a column.

learners = {
    "Euclidean": Euclidean(preprocess="minmax"),
    "LMNN": LMNN(preprocess="minmax"),
    "LMNN + perturbation loss": LMNN(preprocess="minmax", perturbation_weight="auto"),
}
classifiers = {
    name: CertifiedKNeighborsClassifier(1, learner=learner).fit(X_train, y_train)
    for name, learner in learners.items()
}
certificates = {
    name: knn.certify(X_test, y_test, method="exact") for name, knn in classifiers.items()
}
for name, knn in classifiers.items():
    c = certificates[name]
    print(
        f"{name:25} accuracy {knn.score(X_test, y_test):.3f}, certified at 0.1: {c.certified_accuracy(0.1):.3f}, "
        f"mean radius {c.mean_radius:.3f}"
    )

# %%
# Certified accuracy at a size is the share of samples whose diagnosis is right and stays right under *every* l2
# perturbation up to that size. At size 0, certified accuracy is the accuracy, and the three classifiers differ by a few
# samples only. At larger sizes they differ more.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
plot.certified_accuracy(certificates, ax=axes[0])
plot.radii(certificates, ax=axes[1])

# %%
# The meaning of 0.1
# ------------------
#
# The l2 ball of radius 0.1 contains, among others, a change of one measurement by a tenth of its range, and a change of
# all thirty measurements at once by 0.1 / sqrt(30) of their ranges.

size = 0.1
ranges = X_train.max() - X_train.min()
for column in ("mean radius", "mean texture", "worst area", "worst concave points"):
    alone, together = size * ranges[column], size / np.sqrt(X.shape[1]) * ranges[column]
    print(
        f"{column:20} runs over {ranges[column]:8.3g}: {alone:8.3g} alone, or {together:8.3g} with all others"
    )

# %%
# Another norm answers another question. In the linf ball, all measurements may change at once by up to the same share
# of their ranges. For this norm, ``certify`` gives lower bounds and ``attack`` gives upper bounds.

hard = classifiers["LMNN + perturbation loss"]
bound = hard.certify(X_test, y_test, norm="linf")
attack = hard.attack(X_test, y_test, norm="linf")
for share in (0.01, 0.02, 0.05):
    print(
        f"all measurements off by up to {share:.0%} of their range: "
        f"between {bound.certified_accuracy(share):.3f} and {attack.certified_accuracy(share):.3f} stay right"
    )

# %%
# The sample with the smallest radius
# -----------------------------------
#
# An exact radius comes with a witness: the sample, moved just far enough to change the diagnosis. A box restricts
# witnesses to values that can occur, because no measurement is negative. Both LMNN metrics classify the following
# sample correctly, and among all such samples it has the smallest radius under plain LMNN. The output shows the
# perturbation that changes its diagnosis under plain LMNN, and its radius with the perturbation loss.

plain = classifiers["LMNN"]
zero = plain.model_.prepare(np.zeros((1, X.shape[1])))[
    0
]  # measurements of 0 in preprocessed units
boxed = {
    name: classifiers[name].certify(X_test, y_test, method="exact", box=(zero, np.inf))
    for name in ("LMNN", "LMNN + perturbation loss")
}
both_right = np.all([c.radius > 0 for c in boxed.values()], axis=0)
weakest = int(np.argmin(np.where(both_right, boxed["LMNN"].radius, np.inf)))
row = plain.model_.prepare(X_test.to_numpy())[weakest]
witness = boxed["LMNN"].witness[weakest]

for name, c in boxed.items():
    print(f"{name:25} {c.predicted[weakest]}, radius {c.radius[weakest]:.4f} in {c.units}")
moved = np.abs(witness - row)
print(
    f"the largest change that plain LMNN needs: {moved.max():.2%} of the range of {X.columns[moved.argmax()]}"
)

names = set(plain.classes_) - {boxed["LMNN"].predicted[weakest]}
plot.adversarial_example(
    row, witness, labels=(boxed["LMNN"].predicted[weakest], *names), feature_names=list(X.columns)
)
plt.show()
