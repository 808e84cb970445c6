"""
Learning from pairs
===================

Often the data have no classes, only pairs that are labelled similar or dissimilar. GMML and AML learn a distance from
labelled pairs. The learned distance can then verify new pairs.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from holdfast import AML, GMML, Euclidean, HoldfastWarning, sample_pairs, verification

# Some pixels are 0 in every image, and every fit would warn about these constant columns.
warnings.filterwarnings("ignore", message=".*columns are constant", category=HoldfastWarning)

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.4, random_state=0, stratify=digits.target
)

# %%
# Pairs labelled by hand
# ----------------------
#
# A pair has the label 1 if its images show the same digit and -1 if they do not. If a ``preprocessor`` (the table of
# all rows) is given, a pair is two row numbers. Otherwise a pair is the two rows themselves.

by_hand = np.array([[0, 10], [1, 11], [2, 12], [0, 1], [1, 2], [2, 3]])
judgements = np.array([1, 1, 1, -1, -1, -1])

figure, axes = plt.subplots(2, 6, figsize=(9, 3.4), layout="constrained")
for column, (pair, judgement) in enumerate(zip(by_hand, judgements)):
    for ax, row in zip(axes[:, column], pair):
        ax.imshow(digits.images[row], cmap="gray_r")
        ax.set_axis_off()
    axes[0, column].set_title("same" if judgement == 1 else "not same")

gmml = GMML(preprocess="center", preprocessor=digits.data, regularization=0.1).fit(
    by_hand, judgements
)
print("distances:", gmml.pair_distance(by_hand).round(1))
print("threshold of the distance:", round(gmml.threshold_, 1), "predicted:", gmml.predict(by_hand))

# %%
# ``predict`` compares the distance of a pair with ``threshold_``, which is chosen on the training pairs. The same fit
# without a table is ``GMML().fit(digits.data[by_hand], judgements)``. In that case ``preprocess`` derives means and
# other values from the rows that occur in pairs; with a ``preprocessor``, from all of its rows.
#
# Six pairs say little about new pairs. How many pairs are needed?
#
# Sampled pairs
# -------------
#
# In practice, a person would label sampled pairs of images. Here the labels of the digits provide the pair labels. The
# learners see rows and pair labels, but no classes. The test pairs use images that occur in no training pair.
#
# The area under the ROC curve measures the quality of a distance for all thresholds. It is the probability that a
# similar pair is nearer than a dissimilar pair.

test_pairs = sample_pairs(y_test, 4000, random_state=1)
counts = [20, 50, 100, 200, 500, 1000, 2000, 5000]
methods = {
    "Euclidean": Euclidean(preprocess="center"),
    "GMML": GMML(preprocess="center", preprocessor=X_train),
    "AML": AML(preprocess="center", preprocessor=X_train),
    "GMML, regularised": GMML(preprocess="center", preprocessor=X_train, regularization=0.1),
}
areas = {name: [] for name in methods}
for count in counts:
    train_pairs = sample_pairs(y_train, count, random_state=0)
    rows = np.concatenate(train_pairs)
    labels = np.repeat([1, -1], [len(pairs) for pairs in train_pairs])
    for name, learner in methods.items():
        learner.fit(*(X_train, y_train) if name == "Euclidean" else (rows, labels))
        found = verification(
            learner, X_test, test_pairs, threshold_X=X_train, threshold_pairs=train_pairs
        )
        areas[name].append(found.auc)

print(f"{'pairs':20}" + "".join(f"{count:8}" for count in counts))
for name, values in areas.items():
    print(f"{name:20}" + "".join(f"{value:8.3f}" for value in values))

# %%
# The scatter matrices of few pairs are singular. In that case GMML and AML add a small multiple of the identity:

print(methods["GMML"].derived_)

# %%
# ``regularization`` adds a larger multiple, which draws the metric towards the Euclidean metric. Regularisation helps
# if there are few pairs.
#
# Verification
# ------------
#
# The right panel shows the ROC curves for the largest number of pairs: the share of similar pairs accepted against the
# share of dissimilar pairs accepted.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
lines, markers = ["-", "--", "-.", ":"], "os^D"
for (name, values), line, marker in zip(areas.items(), lines, markers):
    axes[0].plot(counts, values, label=name, linestyle=line, marker=marker)
axes[0].set(
    xscale="log", xlabel="training pairs", ylabel="area under the ROC curve of test pairs"
)
for (name, learner), line in zip(methods.items(), lines):
    found = verification(
        learner, X_test, test_pairs, threshold_X=X_train, threshold_pairs=train_pairs
    )
    axes[1].plot(
        found.roc[:, 1], found.roc[:, 2], label=f"{name}: {found.auc:.3f}", linestyle=line
    )
    print(
        f"{name:20} equal error rate {found.eer:.3f}, accuracy at the training threshold {found.accuracy:.3f}"
    )
axes[1].plot([0, 1], [1, 0], color="0.8", linewidth=1)
axes[1].set(xlabel="dissimilar pairs accepted", ylabel="similar pairs accepted")
for ax, place in zip(axes, ("center right", "lower right")):
    ax.grid(alpha=0.3)
    ax.legend(loc=place)

# %%
# Unseen digits
# -------------
#
# The metric has learned to distinguish *these* digits. Now the metric learns from pairs of the digits 0 to 4 and is
# tested on pairs of the digits 5 to 9. The distance must work for classes that were not in the training pairs.

known, unknown = digits.target < 5, digits.target >= 5
train_pairs = sample_pairs(digits.target[known], 2000, random_state=0)
new_pairs = sample_pairs(digits.target[unknown], 4000, random_state=1)
rows = np.concatenate(train_pairs)
labels = np.repeat([1, -1], [len(pairs) for pairs in train_pairs])
X_known, X_unknown = digits.data[known], digits.data[unknown]
for learner in (
    Euclidean(preprocess="center").fit(X_known, digits.target[known]),
    GMML(preprocess="center", preprocessor=X_known).fit(rows, labels),
):
    found = verification(
        learner, X_unknown, new_pairs, threshold_X=X_known, threshold_pairs=train_pairs
    )
    print(
        f"{type(learner).__name__:10} area {found.auc:.3f} on digits that no training pair shows"
    )
plt.show()
