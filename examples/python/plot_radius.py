"""
What a radius is
================

A certificate gives a prediction a radius: no perturbation of the row smaller than the radius changes the prediction.
This example draws radii for rows with two columns.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Circle, Ellipse
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.model_selection import train_test_split

from holdfast import LMNN, CertifiedKNeighborsClassifier, Euclidean, plot

REGIONS = ListedColormap(["#cfe3f5", "#fbdcc8", "#cdeade"])
POINTS = ListedColormap(["#0072B2", "#D55E00", "#009E73"])


def draw_regions(ax, predict, limits):
    """Colours the plane by the predicted class."""
    a, b = np.meshgrid(np.linspace(*limits[:2], 300), np.linspace(*limits[2:], 300))
    codes = predict(np.column_stack([a.ravel(), b.ravel()])).reshape(a.shape)
    ax.imshow(codes, extent=limits, origin="lower", cmap=REGIONS, vmin=0, vmax=2)
    ax.set(xlim=limits[:2], ylim=limits[2:])


# %%
# Exact radii and their witnesses
# -------------------------------
#
# The data are petals of iris, in centimetres. The columns are not scaled, so the radius is in centimetres too. Half of
# the flowers are the reference rows of a 1-NN classifier, and some of the other flowers are certified. Colours are
# predicted classes.
#
# Each circle has the exact radius. Inside the circle, the prediction does not change; at the end of the arrow (the
# *witness*), it changes. No larger circle would be valid. The radius is 0 if the prediction is wrong, or if two classes
# are equally near, because then an arbitrarily small step decides.

iris = load_iris()
X, y = iris.data[:, 2:], iris.target
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, random_state=0, stratify=y
)
chosen = np.argsort(X_test[:, 0])[[5, 20, 28, 36, 42, 50, 54, 56, 62, 70]]
rows, labels = X_test[chosen], y_test[chosen]


def draw_petals(knn):
    """Draws regions, reference rows and certified rows, and returns the axes."""
    _, ax = plt.subplots(figsize=(8, 4.8), layout="constrained")
    draw_regions(ax, knn.predict, (0.5, 7.5, -0.5, 3.5))
    ax.scatter(*X_train.T, c=y_train, cmap=POINTS, s=12, label="reference rows")
    ax.scatter(*rows.T, color="black", marker="x", label="certified rows")
    ax.set(xlabel="petal length in cm", ylabel="petal width in cm")
    ax.legend(loc="lower right")
    return ax


one = CertifiedKNeighborsClassifier(1).fit(X_train, y_train)
exact = one.certify(rows, labels, method="exact")

ax = draw_petals(one)
for row, radius, witness in zip(rows, exact.radius, exact.witness):
    ax.add_patch(Circle(row, radius, fill=False))
    ax.annotate("", witness, row, arrowprops={"arrowstyle": "->"})

species = iris.target_names
for row, label, before, radius, after in zip(
    rows, labels, exact.predicted, exact.radius, one.predict(exact.witness)
):
    what = f"{species[before]} ({'right' if label == before else 'wrong'})"
    print(
        f"{row[0]:.1f} x {row[1]:.1f} cm: {what:18} until {radius:.3f} cm, then {species[after]}"
    )

# %%
# Lower bound and attack
# ----------------------
#
# Two bounds are cheap for any number of neighbours. Here three neighbours vote. Inside the dotted circles (*lower
# bounds*), no prediction changes. The arrows end at the smallest perturbations found by an *attack* (*upper bounds*).
# The exact radius lies between the two.

three = CertifiedKNeighborsClassifier(3).fit(X_train, y_train)
bound = three.certify(rows, labels)
attack = three.attack(rows, labels)
exact = three.certify(rows, labels, method="exact")

ax = draw_petals(three)
for row, radius, adversarial in zip(rows, bound.radius, attack.adversarial):
    ax.add_patch(Circle(row, radius, fill=False, linestyle=":"))
    ax.annotate("", adversarial, row, arrowprops={"arrowstyle": "->"})

for row, lower, radius, upper in zip(rows, bound.radius, exact.radius, attack.radius):
    print(f"{row[0]:.1f} x {row[1]:.1f} cm: {radius:.4f} cm, between {lower:.4f} and {upper:.4f} cm")

# %%
# Units
# -----
#
# A radius has units. With ``preprocess="standardize"``, the metric works on standardised columns, and the ball of
# ``space="preprocessed"`` is a ball in these columns. Drawn in centimetres, it is an ellipse, longer along the column
# that varies more. The ball of ``space="raw"`` is a circle in centimetres. Both statements are true of the same
# classifier; choose the space by the perturbations that can happen to the data.

learner = Euclidean(preprocess="standardize")
standardized = CertifiedKNeighborsClassifier(1, learner=learner).fit(X_train, y_train)
raw = standardized.certify(rows, labels, method="exact", space="raw")
preprocessed = standardized.certify(rows, labels, method="exact", space="preprocessed")

ax = draw_petals(standardized)
diameters = 2 * preprocessed.radius[:, np.newaxis] * X_train.std(axis=0)
for row, radius, (width, height) in zip(rows, raw.radius, diameters):
    ax.add_patch(Circle(row, radius, fill=False))
    ax.add_patch(Ellipse(row, width, height, fill=False, linestyle="--"))
ax.plot([], [], color="black", label='ball of space="raw"')
ax.plot([], [], color="black", linestyle="--", label='ball of space="preprocessed"')
ax.legend(loc="lower right")

for certificates in (preprocessed, raw):
    print(f"mean radius {certificates.mean_radius:.3f} in {certificates.units}")

# %%
# How a metric gives robustness away
# ----------------------------------
#
# The figure shows three metrics for a 1-NN classifier on two standardised columns of the breast cancer data. LMNN makes
# the nearest neighbours of a row have the row's class. To achieve this, LMNN can stretch one direction until the
# regions are thin stripes; then a small step across the stripes changes the prediction. The perturbation loss requires
# a margin *in the space of the data* for each triplet, and thin stripes have no such margin.

cancer = load_breast_cancer(as_frame=True)
columns = ["mean concavity", "area error"]
X, y = cancer.data[columns].to_numpy(), cancer.target.to_numpy()
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.5, random_state=0, stratify=y
)
mean, deviation = X_train.mean(axis=0), X_train.std(axis=0)

learners = {
    "Euclidean": Euclidean(preprocess="standardize"),
    "LMNN": LMNN(preprocess="standardize"),
    "LMNN + perturbation loss": LMNN(preprocess="standardize", perturbation_weight="auto"),
}
certificates = {}
figure, axes = plt.subplots(1, 3, figsize=(10, 2.9), sharey=True, layout="constrained")
for ax, (name, learner) in zip(axes, learners.items()):
    knn = CertifiedKNeighborsClassifier(1, learner=learner).fit(X_train, y_train)
    found = certificates[name] = knn.certify(X_test, y_test, method="exact")
    draw_regions(ax, lambda Z, knn=knn: knn.predict(Z * deviation + mean), (-1.6, 2.4, -1.0, 1.6))
    for row, radius in zip((X_test[:60] - mean) / deviation, found.radius):
        ax.add_patch(Circle(row, radius, fill=False, linewidth=0.8))
    ax.set(title=name, xlabel=f"{columns[0]}, standardised")
    print(
        f"{name:25} accuracy {knn.score(X_test, y_test):.3f}, mean radius {found.mean_radius:.3f}"
    )
axes[0].set_ylabel(f"{columns[1]}, standardised")

# %%
# The circles belong to the first 60 test rows. Certified accuracy covers all test rows: the share of rows whose
# prediction is right and stays right under every perturbation up to a given size. With two columns, the perturbation
# loss can do little more than keep the robustness of the Euclidean distance. With thirty columns it does more, as the
# next example shows.

figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
plot.certified_accuracy(certificates, ax=axes[0])
plot.radii(certificates, ax=axes[1])
plt.show()
