"""The learners: a module and a class for each method of the library's registry, and metric-learn's `SCML_Supervised`."""

from __future__ import annotations

from .._estimator import MetricLearner
from .aml import AML
from .arml import ARML
from .euclidean import Euclidean
from .gmml import GMML
from .lmnn import LMNN
from .nca import NCA
from .scml import SCML, SCML_Supervised

__all__ = ["AML", "ARML", "GMML", "LMNN", "NCA", "SCML", "Euclidean", "MetricLearner", "SCML_Supervised", "all_learners"]


def all_learners() -> dict[str, type[MetricLearner]]:
    """The learner of each method of the library, by its name."""
    return {learner._method: learner for learner in (Euclidean, LMNN, SCML, GMML, AML, NCA, ARML)}
