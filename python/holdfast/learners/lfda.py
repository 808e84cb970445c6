"""Local Fisher discriminant analysis."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from .._estimator import MetricLearner


@dataclass(eq=False, repr=False)
class LFDA(MetricLearner):
    """Local Fisher discriminant analysis: directions that separate classes of several clusters, in closed form.

    The rows of L are the generalized eigenvectors of :math:`S_b v = \\lambda S_w v` with the largest eigenvalues, for the
    scatters between classes and within classes, in which only *near* rows of one class count. Affinities of rows of a
    class are :math:`\\exp(-|x_i - x_j|^2 / (s_i s_j))` with the distance :math:`s_i` of row i to the k-th nearest row of
    its class.

    Learns from labelled rows (`fit`).

    Parameters
    ----------
    n_components : int, optional
        Rows of L. None: as many as columns.
    k : int, optional
        Neighbours of the local scale. None: 7, or one less than the columns if they are fewer. In a class of at most k
        rows, the farthest row counts.
    embedding_type : {"weighted", "orthonormalized", "plain"}, default="weighted"
        Eigenvectors times :math:`\\sqrt{\\lambda}`, an orthonormal basis of them, or themselves
        (:math:`v^\\top S_w v = 1`).
    {shared}

    Notes
    -----
    Results differ from those of metric-learn's class, whose local scales depend on the order of the rows
    (docs/methods/lfda.md).

    References
    ----------
    Sugiyama, *Dimensionality reduction of multimodal labeled data by local Fisher discriminant analysis*, JMLR 2007.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from holdfast import LFDA
    >>> X, y = load_wine(return_X_y=True)
    >>> LFDA(n_components=2).fit(X, y).transform(X).shape
    (178, 2)
    """

    _method = "lfda"
    _renamed = {"scale-neighbors": "k", "embedding": "embedding_type"}

    n_components: int | None = None
    _: KW_ONLY
    k: int | None = None
    embedding_type: str = "weighted"
