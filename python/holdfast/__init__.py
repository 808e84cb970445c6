"""Distance metrics that hold under perturbation, with certificates.

Holdfast learns from labelled rows a distance for nearest-neighbour classification and search, and certifies for every
prediction how much perturbation it withstands.

>>> from sklearn.datasets import load_iris
>>> from holdfast import LMNN, CertifiedKNeighborsClassifier
>>> X, y = load_iris(return_X_y=True)
>>> knn = CertifiedKNeighborsClassifier(1, learner=LMNN(perturbation_weight="auto")).fit(X[::2], y[::2])
>>> certificates = knn.certify(X[1::2], y[1::2])
>>> bool(certificates.mean_radius > 0.2)
True

Learners (transformers by scikit-learn's rules): `Euclidean`, `LMNN`, `SCML`, `GMML`, `AML`, `NCA`, `ARML`,
`MLKR` (with `KNeighborsRegressor`), `NearestPrototypes`, `Covariance`, `LFDA`, `RCA`, `ITML`, `MMC`, `LSML`, `SDML`, and metric-learn's `..._Supervised` classes.
Supervision drawn from labels: `Constraints`, `sample_pairs`, `triplets_from_labels`.
Classifier with certificates and attacks: `CertifiedKNeighborsClassifier`. Models on disk, the same files as the command
line's: `load`, `save`. What an adversary needs: `adversarial_margin`, `support_points`. Figures: `holdfast.evaluation`,
`tune`, `holdfast.plot`.

Modules load at first use, so that importing the package takes no time of its own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import _core
from ._core import set_threads, threads
from ._core import version as __version__
from ._errors import InputError

if TYPE_CHECKING:
    from .certificates import Attacks, Certificates, PairCertificates, Poisoning, RetrievalCertificates, Threat
    from .certificates import certified_accuracy_curve, certify_retrieval
    from .classifier import CertifiedKNeighborsClassifier
    from .constraints import Constraints
    from .evaluation import Evaluation, NoisyAccuracy, NoisyErrors, RegressionEvaluation, Retrieval, Verification
    from .evaluation import evaluate, retrieval, sample_pairs, verification
    from .learners import AML, ARML, GMML, ITML, LFDA, LMNN, LSML, MLKR, MMC, NCA, RCA, SCML, SDML, Covariance, Euclidean
    from .learners import NearestPrototypes
    from .learners import ITML_Supervised, LSML_Supervised, MMC_Supervised, RCA_Supervised, SCML_Supervised, SDML_Supervised
    from .model import Model, load, save
    from .regressor import KNeighborsRegressor
    from .termination import HoldfastWarning, Termination
    from .triplets import adversarial_margin, support_points, triplets_from_labels
    from .tuning import Trial, Tuning, tune

__all__ = [
    "AML", "ARML", "Attacks", "Certificates", "CertifiedKNeighborsClassifier", "Constraints", "Covariance", "Euclidean",
    "Evaluation", "GMML", "HoldfastWarning", "ITML", "ITML_Supervised", "InputError", "KNeighborsRegressor", "LFDA", "LMNN", "LSML",
    "LSML_Supervised", "MLKR", "MMC", "MMC_Supervised", "Model", "NCA", "NearestPrototypes", "NoisyAccuracy", "NoisyErrors", "PairCertificates",
    "Poisoning", "RCA", "RCA_Supervised", "RegressionEvaluation", "Retrieval", "RetrievalCertificates", "SCML",
    "SCML_Supervised", "SDML", "SDML_Supervised", "Termination", "Threat", "Trial", "Tuning", "Verification", "__version__",
    "adversarial_margin", "certified_accuracy_curve", "certify_retrieval", "evaluate", "load", "retrieval", "sample_pairs", "save", "set_threads",
    "support_points", "threads", "triplets_from_labels", "tune", "verification",
]  # fmt: skip

# The modules of the names that load at first use.
_MODULE_OF = {
    name: module
    for module, names in {
        "certificates": "Attacks Certificates PairCertificates Poisoning RetrievalCertificates Threat certified_accuracy_curve "
        "certify_retrieval",
        "classifier": "CertifiedKNeighborsClassifier",
        "constraints": "Constraints",
        "evaluation": "Evaluation NoisyAccuracy NoisyErrors RegressionEvaluation Retrieval Verification evaluate retrieval sample_pairs verification",
        "learners": "AML ARML Covariance Euclidean GMML ITML LFDA LMNN LSML MLKR MMC NCA NearestPrototypes RCA SCML SDML "
        "ITML_Supervised LSML_Supervised MMC_Supervised RCA_Supervised SCML_Supervised SDML_Supervised",
        "model": "Model load save",
        "regressor": "KNeighborsRegressor",
        "termination": "HoldfastWarning Termination",
        "triplets": "adversarial_margin support_points triplets_from_labels",
        "tuning": "Trial Tuning tune",
    }.items()
    for name in names.split()
}

# The learners whose classes follow from the library's registry (holdfast.learners).
_GENERATED = [
    method["name"].upper()
    for method in _core.methods()
    if method["name"] != "prototypes"  # NearestPrototypes
    and not {method["name"].upper(), method["name"].capitalize()} & _MODULE_OF.keys()
]
_MODULE_OF |= dict.fromkeys(_GENERATED, "learners")
__all__ += _GENERATED


def __getattr__(name: str) -> Any:
    if name in ("evaluation", "plot"):
        return importlib.import_module(f".{name}", __name__)
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'holdfast' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
