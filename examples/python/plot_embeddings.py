"""
Embeddings of a network
=======================

A nearest-neighbour classifier can work on the embeddings of a network, the output before the last layer. Any network
will do, because Holdfast only sees an array of embeddings. This example uses a small network from scikit-learn on
images of digits. What does a metric learned on the embeddings add, and how robust are the predictions?
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

# Some units of the network are 0 for every image, and every fit would warn about these constant columns.
warnings.filterwarnings("ignore", message=".*columns are constant", category=HoldfastWarning)

images, y = load_digits(return_X_y=True)
images_train, images_test, y_train, y_test = train_test_split(
    images / 16, y, test_size=0.4, random_state=0, stratify=y
)

# %%
# The network
# -----------
#
# The network has two hidden layers. The second layer, with 32 units, is the embedding.

network = MLPClassifier(hidden_layer_sizes=(64, 32), max_iter=300, random_state=0).fit(
    images_train, y_train
)


def embed(rows):
    """Activations of the last hidden layer."""
    for weights, biases in zip(network.coefs_[:-1], network.intercepts_[:-1]):
        rows = np.maximum(rows @ weights + biases, 0)
    return rows


X_train, X_test = embed(images_train), embed(images_test)
print(f"the network itself: accuracy {network.score(images_test, y_test):.3f}")
print(f"embeddings: {X_train.shape} and {X_test.shape}")

# %%
# For a network of PyTorch or any other library, ``X_train`` is the network's output for the training images as a NumPy
# array: ``embedding.detach().cpu().numpy()``. For a network trained by ``holdfast fit``, the command line writes the
# embeddings,
#
# .. code-block:: sh
#
#     holdfast transform net.holdfast --data images/ --out embeddings.npy
#
# and ``np.load("embeddings.npy")`` reads them.
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
# **These certificates cover the embedding, not the image.** No perturbation of an *embedding* smaller than the radius
# changes the prediction. The certificates say nothing about changes of pixels, because nothing bounds how far the
# network moves an embedding if a pixel changes. The certificates are useful if the embedding itself may be perturbed,
# for example because it is stored with few bits or sent over a noisy channel.
#
# The network has already separated the classes. Plain LMNN stretches some directions further, and so amplifies
# perturbations along these directions. The perturbation loss prevents this.

plot.certified_accuracy(certificates)

# %%
# Rounding to multiples of s moves a number by at most s/2, and an embedding of d numbers by at most sqrt(d) s/2 (l2
# norm). The certified accuracy at that size is a guaranteed lower bound on the accuracy after rounding. The actual
# accuracy after rounding can be measured.

name = "embedding, LMNN + perturbation loss"
for levels in (4, 8, 16, 32):
    step = X_train.max() / levels
    sure = certificates[name].certified_accuracy(np.sqrt(X_train.shape[1]) * step / 2)
    measured = classifiers[name].score(np.round(X_test / step) * step, y_test)
    print(f"rounded to {levels:2} steps: sure {sure:.3f}, measured {measured:.3f}")

# %%
# The effect of the metric on the embeddings, projected to their first principal components:

radius = certificates["embedding"].radius
weakest = int(
    np.argmin(np.where(radius > 0, radius, np.inf))
)  # the correct prediction with the smallest radius
plot.projection(classifiers[name], X_test, y_test, row=weakest)
plt.show()
