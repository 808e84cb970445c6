"""The learners: a class for each method of the library's registry, and metric-learn's
`..._Supervised` classes.

A method has a module here if its class has more to say than the registry does: formulas, references, parameters of
other packages. The classes of the other methods are made from the registry.
"""

from __future__ import annotations

from .._estimator import MetricLearner
from .._options import METHODS, class_of
from ._generated import generated_class
from .aml import AML
from .arml import ARML
from .covariance import Covariance
from .euclidean import Euclidean
from .gmml import GMML
from .itml import ITML
from .lfda import LFDA
from .lmnn import LMNN
from .lsml import LSML
from .mlkr import MLKR
from .mmc import MMC
from .nca import NCA
from .prototypes import NearestPrototypes
from .rca import RCA
from .scml import SCML
from .sdml import SDML
from .supervised import (
    ITML_Supervised,
    LSML_Supervised,
    MMC_Supervised,
    RCA_Supervised,
    SCML_Supervised,
    SDML_Supervised,
)

__all__ = [
    "AML", "ARML", "Covariance", "Euclidean", "GMML", "ITML", "ITML_Supervised", "LFDA", "LMNN", "LSML", "LSML_Supervised",
    "MLKR", "MMC", "MMC_Supervised", "MetricLearner", "NCA", "NearestPrototypes", "RCA", "RCA_Supervised", "SCML", "SCML_Supervised", "SDML",
    "SDML_Supervised", "all_learners",
]  # fmt: skip

for _method in METHODS:
    if class_of(_method) not in globals():
        globals()[class_of(_method)] = generated_class(_method, __name__)
        __all__ += [class_of(_method)]


def all_learners() -> dict[str, type[MetricLearner]]:
    """The learner of each method of the library, by its name."""
    return {method: globals()[class_of(method)] for method in METHODS}
