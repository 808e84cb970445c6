"""
A search index for the learned distance
=======================================

``transform`` maps rows so that the Euclidean distance between mapped rows is the learned distance. Any index for
Euclidean distances, such as FAISS for millions of rows, can therefore search by the learned distance.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from holdfast import LMNN, CertifiedKNeighborsClassifier, Euclidean, HoldfastWarning, evaluate

try:
    import faiss
except ModuleNotFoundError:
    faiss = None

# Some pixels are 0 in every image, and every fit would warn about these constant columns.
warnings.filterwarnings("ignore", message=".*columns are constant", category=HoldfastWarning)

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.4, random_state=0, stratify=digits.target
)

# %%
# An index of mapped rows
# -----------------------
#
# With ``n_components=16``, rows of 64 pixels are mapped to rows of 16 numbers, so the index is a quarter of the size.

n_neighbors = 5
learner = LMNN(preprocess="center", perturbation_weight="auto", n_components=16).fit(
    X_train, y_train
)
stored, queries = learner.transform(X_train), learner.transform(X_test)
print(f"{X_train.shape[1]} columns, mapped to {stored.shape[1]}")

own = CertifiedKNeighborsClassifier.from_model(learner.model_, n_neighbors)
distances, rows = own.kneighbors(X_test)

if faiss is None:
    print(
        "faiss is not installed (pip install faiss-cpu); the neighbours below are those of holdfast's own kneighbors"
    )
else:
    index = faiss.IndexFlatL2(stored.shape[1])
    index.add(stored.astype(np.float32))
    squared, found = index.search(queries.astype(np.float32), n_neighbors)
    print(
        f"FAISS {faiss.__version__}: {np.mean(found == rows):.2%} of the neighbours are those of kneighbors"
    )
    print(f"largest difference of a distance: {np.abs(np.sqrt(squared) - distances).max():.1e}")
    rows = found

# %%
# FAISS computes in float32, so on other data neighbours at nearly equal distances may be returned in a different order.
# The flat index used here compares a query with every row. For millions of rows FAISS has approximate indexes, which
# compare a query with some of the rows.
#
# Search results
# --------------
#
# The images below are queries for which one of the two distances (raw pixels or learned) returns an image of another
# digit among the nearest five rows, and the other distance does not. The printed figures cover all queries: the share
# of queries whose nearest row shows the same digit, and the mean average precision of images of the same digit.

pixels = CertifiedKNeighborsClassifier(n_neighbors, learner=Euclidean(preprocess="center")).fit(
    X_train, y_train
)
_, pixel_rows = pixels.kneighbors(X_test)
for name, knn in (("pixels", pixels), ("learned", own)):
    figures = evaluate(knn, X_test, y_test).retrieval
    print(
        f"{name:8} recall at 1 {figures.recall_at_1:.3f}, mean average precision at R {figures.map_at_r:.3f}"
    )

wrong = {
    "pixels": y_train[pixel_rows] != y_test[:, None],
    "learned": y_train[rows] != y_test[:, None],
}
differing = np.flatnonzero(wrong["pixels"].any(axis=1) != wrong["learned"].any(axis=1))
print(
    f"{len(differing)} of {len(X_test)} queries differ in this; among the nearest five of another digit:"
)
for name, others in wrong.items():
    print(f"{name:8} {np.sum(others.any(axis=1))} queries")

shown = differing[:3]
figure, axes = plt.subplots(
    2 * len(shown), 1 + n_neighbors, figsize=(7, 8.4), layout="constrained"
)
for i, query in enumerate(shown):
    for j, (name, neighbours) in enumerate((("pixels", pixel_rows), ("learned", rows))):
        line = axes[2 * i + j]
        line[0].imshow(X_test[query].reshape(8, 8), cmap="gray_r")
        line[0].set_title(f"query, {name}", fontsize="small")
        for ax, row in zip(line[1:], neighbours[query]):
            ax.imshow(
                X_train[row].reshape(8, 8),
                cmap="gray_r" if y_train[row] == y_test[query] else "Reds",
            )
            ax.set_title(y_train[row], fontsize="small")
        for ax in line:
            ax.set_axis_off()
figure.suptitle("nearest training images; red: of another digit")
plt.show()
