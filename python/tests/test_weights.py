"""Weights of rows, and where the learners begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from holdfast import GMML, LMNN, MLKR, NCA, HoldfastWarning, InputError

weighted = pytest.mark.parametrize("learner", [LMNN, NCA, GMML])
started = pytest.mark.parametrize("learner", [LMNN, NCA, MLKR])


@weighted
def test_equal_weights_change_nothing_and_others_do(learner: Any, iris: Any) -> None:
    X, y = iris
    plain = learner().fit(X, y).get_mahalanobis_matrix()
    assert np.allclose(learner().fit(X, y, sample_weight=np.ones(len(X))).get_mahalanobis_matrix(), plain, rtol=1e-6)
    weights = np.where(np.arange(len(X)) % 2, 5.0, 1.0)
    assert not np.allclose(learner().fit(X, y, sample_weight=weights).get_mahalanobis_matrix(), plain, rtol=1e-3)


@weighted
def test_weights_are_routed_through_a_pipeline(learner: Any, iris: Any) -> None:
    X, y = iris
    weights = np.where(y == 0, 4.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), learner().set_fit_request(sample_weight=True))
        routed = pipeline.fit(X, y, sample_weight=weights)[-1].components_
    direct = learner().fit(StandardScaler().fit_transform(X), y, sample_weight=weights).components_
    assert np.array_equal(routed, direct)


def test_weights_that_are_none_are_refused(iris: Any) -> None:
    X, y = iris
    with pytest.raises(InputError, match="weights: must be one finite number of at least 0 per row"):
        NCA().fit(X, y, sample_weight=-np.ones(len(X)))
    with pytest.raises(ValueError, match="sample_weight.shape"):
        NCA().fit(X, y, sample_weight=np.ones(3))
    with pytest.raises(InputError, match="only labelled rows have weights"):
        GMML().fit(X[:20].reshape(10, 2, -1), np.tile([1, -1], 5), sample_weight=np.ones(10))


@started
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("init", ["auto", "identity", "pca", "random"])
def test_every_start_gives_a_metric(learner: Any, init: str, iris: Any) -> None:
    fitted = learner(n_components=2, init=init, max_iter=20, tol=0.1).fit(*iris)
    assert fitted.components_.shape == (2, 4)


@started
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_array_is_the_map_of_raw_rows_to_start_from(learner: Any, iris: Any) -> None:
    X, y = iris
    init = np.array([[1.0, 0.5, 0.0, 0.0], [0.0, 0.0, -0.5, 1.0]])
    fitted = learner(init=init, max_iter=1, tol=0.9, preprocess="standardize").fit(X, y)
    assert fitted.components_.shape == (2, 4)
    assert np.linalg.norm(fitted.components_ - init) < 0.7 * np.linalg.norm(init)
    with pytest.raises(InputError, match="init: must have 4 columns"):
        learner(init=np.eye(3)).fit(X, y)


def test_discriminants_are_fewer_than_classes(iris: Any) -> None:
    assert NCA(n_components=2, init="lda").fit(*iris).components_.shape == (2, 4)
    with pytest.warns(HoldfastWarning, match="init lda: the data have 2 discriminants, and L has 3 rows; the others begin") as told:
        NCA(n_components=3, init="lda").fit(*iris)
    assert told[0].filename == __file__
    for learner in (LMNN, NCA):
        automatic = learner(n_components=2).fit(*iris)
        np.testing.assert_array_equal(automatic.components_, learner(n_components=2, init="lda").fit(*iris).components_)
    with pytest.raises(InputError, match='init "best"'):
        LMNN(init="best").fit(*iris)


def test_nca_learns_nothing_from_one_class_and_says_so(iris: Any) -> None:
    X, _ = iris
    with pytest.warns(HoldfastWarning, match="there is nothing to learn"):
        assert NCA().fit(X, np.zeros(len(X))).components_.shape == (4, 4)
