"""
Embeddings of a network
=======================

Nearest neighbours work on whatever a network gives before its last layer. Any network does: all that Holdfast sees is
an array of embeddings. Here it is a small one of scikit-learn's on images of digits. What does a metric that is learned
on its embeddings add, and how hard are they to disturb?
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from holdfast import (
    LMNN,
    CertifiedKNeighborsClassifier,
    Euclidean,
    HoldfastWarning,
    evaluate,
    plot,
)

# Some units of the network are 0 for every image, which each fit would tell.
warnings.filterwarnings("ignore", message=".*columns are constant", category=HoldfastWarning)

images, y = load_digits(return_X_y=True)
images_train, images_test, y_train, y_test = train_test_split(
    images / 16, y, test_size=0.4, random_state=0, stratify=y
)

# %%
# The network
# -----------
#
# Two hidden layers; the second, of 32 numbers, is the embedding.

network = MLPClassifier(hidden_layer_sizes=(64, 32), max_iter=300, random_state=0).fit(
    images_train, y_train
)


def embed(rows):
    """The last hidden layer."""
    for weights, biases in zip(network.coefs_[:-1], network.intercepts_[:-1]):
        rows = np.maximum(rows @ weights + biases, 0)
    return rows


X_train, X_test = embed(images_train), embed(images_test)
print(f"the network itself: accuracy {network.score(images_test, y_test):.3f}")
print(f"embeddings: {X_train.shape} and {X_test.shape}")

# %%
# For a network of PyTorch or any other library, ``X_train`` is what it gives for the training images, as a NumPy array:
# ``embedding.detach().cpu().numpy()``. For one that ``holdfast fit`` trained on images, the command line writes it,
#
# .. code-block:: sh
#
#     holdfast transform net.holdfast --data images/ --out embeddings.npy
#
# and ``np.load("embeddings.npy")`` reads it.
#
# Nearest neighbours of embeddings
# --------------------------------

learners = {
    "embedding": Euclidean(preprocess="center"),
    "embedding, LMNN": LMNN(preprocess="center"),
    "embedding, LMNN + perturbation loss": LMNN(preprocess="center", perturbation_weight="auto"),
}
classifiers, certificates = {}, {}
for name, learner in learners.items():
    knn = classifiers[name] = CertifiedKNeighborsClassifier(1, learner=learner).fit(
        X_train, y_train
    )
    certificates[name] = knn.certify(X_test, y_test, method="exact")
    found = evaluate(knn, X_test, y_test, noise="gaussian:10,5,0")
    noisy = ", ".join(
        f"{level.accuracy_mean:.3f} at {level.snr_db:g} dB" for level in found.noise
    )
    print(
        f"{name}: accuracy {found.accuracy:.3f}, mean radius {certificates[name].mean_radius:.2f}"
    )
    print(f"    under noise of the embedding: {noisy}")

# %%
# **These certificates are of the embedding, not of the image.** No change of an *embedding* shorter than the radius
# changes the prediction. They say nothing about changes of pixels, as nothing bounds how far the network moves an
# embedding when a pixel changes. They are of use where the embedding is what may be disturbed: stored with few bits, or
# sent over a line.
#
# The network has drawn the classes apart already. Plain LMNN stretches some directions further, and a disturbance along
# them; the perturbation loss keeps it from doing so.

plot.certified_accuracy(certificates)

# %%
# Rounding to a step of s moves a number by s/2 at most, and an embedding of d numbers by sqrt(d) s/2. So the certified
# accuracy at that length is what is sure to remain; what does remain can be measured.

name = "embedding, LMNN + perturbation loss"
for levels in (4, 8, 16, 32):
    step = X_train.max() / levels
    sure = certificates[name].certified_accuracy(np.sqrt(X_train.shape[1]) * step / 2)
    measured = classifiers[name].score(np.round(X_test / step) * step, y_test)
    print(f"rounded to {levels:2} steps: sure {sure:.3f}, measured {measured:.3f}")

# %%
# What the metric does to the embeddings, seen along their first principal components:

radius = certificates["embedding"].radius
weakest = int(
    np.argmin(np.where(radius > 0, radius, np.inf))
)  # the right prediction that is easiest to change
plot.projection(classifiers[name], X_test, y_test, row=weakest)
plt.show()
