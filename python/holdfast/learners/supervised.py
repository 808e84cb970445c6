"""metric-learn's classes for labelled rows, for programs that were written for them."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from numpy.typing import ArrayLike

from ._supervised import Supervised
from .itml import ITML, bounds_of
from .lsml import LSML
from .mmc import MMC
from .rca import RCA
from .sdml import SDML

# The `fit` of the two bases differ, of which mypy warns; that of Supervised counts.


class ITML_Supervised(Supervised, ITML):
    def fit(self, X: Any, y: Any = None, bounds: ArrayLike | None = None) -> Any:  # type: ignore[override]
        """Learns the metric from labelled rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            With a `preprocessor`, indices may be given instead of rows.
        y : array-like of shape (n_samples,)
            Class labels of any type. Rows with negative numbers are left out, as of unknown class.
        bounds : array-like of two numbers, optional
            Bounds of squared distances: near², far².

        Returns
        -------
        self
        """
        return self._fit(X, y, options=bounds_of(bounds))


class LSML_Supervised(Supervised, LSML):  # type: ignore[misc]
    pass


class MMC_Supervised(Supervised, MMC):  # type: ignore[misc]
    pass


class RCA_Supervised(Supervised, RCA):  # type: ignore[misc]
    pass


class SDML_Supervised(Supervised, SDML):  # type: ignore[misc]
    pass


@dataclass(eq=False, repr=False)
class SCML_Supervised(Supervised):
    """`SCML` for labelled rows only, with the parameters of metric-learn's class of this name.

    Rows with a negative number as label are of unknown class: they are left out, and a warning says how many.

    Parameters
    ----------
    k_genuine : int, default=3
        `SCML`'s n_neighbors.
    k_impostor : int, default=10
        `SCML`'s n_impostors.
    beta, gamma, max_iter, output_iter, batch_size : optional
        Parameters of metric-learn's stochastic solver without effect here; a warning says so if they are given.
    basis : {"auto", "lda", "triplet_diffs"} or ndarray of shape (n_basis, n_features), default="auto"
        As in `SCML`; "auto" is "lda".
    n_basis : int, optional
        As in `SCML`.
    {perturbation}
    {shared}
    """

    _method = "scml"
    _renamed = {"neighbors": "k_genuine", "impostors": "k_impostor"}
    _without_effect = ("beta", "gamma", "max_iter", "output_iter", "batch_size")

    k_genuine: int = 3
    k_impostor: int = 10
    _: KW_ONLY
    beta: Any = None
    basis: Any = "auto"
    n_basis: int | None = None
    gamma: Any = None
    max_iter: Any = None
    output_iter: Any = None
    batch_size: Any = None
    perturbation_weight: Any = None
    perturbation_margin: Any = "auto"
