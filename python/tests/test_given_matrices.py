"""Matrices in place of options: the prior of ITML, LSML, SDML, GMML and AML, the basis of SCML; weights of quadruplets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone

from holdfast import (
    AML,
    GMML,
    ITML,
    LSML,
    SCML,
    SDML,
    Constraints,
    HoldfastWarning,
    InputError,
    ITML_Supervised,
    LSML_Supervised,
    SCML_Supervised,
    SDML_Supervised,
)

with_prior = pytest.mark.parametrize(
    "learner", [ITML, LSML, SDML, GMML, AML, ITML_Supervised, LSML_Supervised, SDML_Supervised]
)
with_basis = pytest.mark.parametrize("learner", [SCML, SCML_Supervised])

SPD = np.diag([1.0, 2.0, 3.0, 4.0]) + 0.5


def matrix_of(learner: Any, X: np.ndarray, y: np.ndarray, **parameters: Any) -> Any:
    if learner in (GMML, AML):
        parameters["regularization"] = 0.5  # else no prior is needed
    return learner(**parameters).fit(X, y).get_mahalanobis_matrix()


# prior


@with_prior
def test_every_prior_counts(learner: Any, iris: Any) -> None:
    found = [matrix_of(learner, *iris, prior=prior) for prior in ("identity", "covariance", "random", SPD)]
    for i, one in enumerate(found):
        assert np.linalg.eigvalsh(one).min() > 0
        assert not any(np.allclose(one, other, rtol=1e-3) for other in found[:i])


@with_prior
def test_a_given_identity_is_the_identity(learner: Any, iris: Any) -> None:
    X, y = iris
    if learner in (LSML, SDML, LSML_Supervised, SDML_Supervised):
        X = X / X.std(axis=0)  # whose identity is in units of the mean variance
    named = matrix_of(learner, X, y, prior="identity", preprocess="none")
    given = matrix_of(learner, X, y, prior=np.eye(4), preprocess="none")
    np.testing.assert_allclose(given, named, rtol=1e-6, atol=1e-9)


@with_prior
def test_the_inverse_covariance_may_be_given(learner: Any, iris: Any) -> None:
    X, y = iris
    if learner in (GMML, AML):
        pytest.skip("their covariance is that of the rows in pairs")
    named = matrix_of(learner, X, y, prior="covariance")
    given = matrix_of(learner, X, y, prior=np.linalg.inv(np.cov(X, rowvar=False)))
    np.testing.assert_allclose(given, named, rtol=1e-5, atol=1e-8)


@with_prior
def test_random_priors_are_of_the_seed(learner: Any, iris: Any) -> None:
    one, same, other = (matrix_of(learner, *iris, prior="random", random_state=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other, rtol=1e-3)


def test_a_prior_is_a_metric_of_raw_rows(iris: Any) -> None:
    X, y = iris
    # Bounds that hold leave the prior.
    for preprocess in ("none", "standardize", "minmax", "whiten"):
        fitted = ITML(prior=SPD, preprocess=preprocess, near=1e6, far=1e-6).fit(X, y)
        np.testing.assert_allclose(fitted.get_mahalanobis_matrix(), SPD, rtol=1e-8)
        assert fitted.model_.options["prior"] == "given matrix"
    with pytest.raises(InputError, match="prior: rows of unit length are not a linear map of raw rows"):
        ITML(prior=SPD, preprocess="unit").fit(X, y)


def test_a_prior_may_be_of_integers_or_lists(iris: Any) -> None:
    expected = matrix_of(ITML, *iris, prior=np.diag([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(matrix_of(ITML, *iris, prior=np.diag([1, 2, 3, 4])), expected)
    np.testing.assert_array_equal(matrix_of(ITML, *iris, prior=np.diag([1, 2, 3, 4]).tolist()), expected)
    estimator = ITML(prior=np.diag([1, 2, 3, 4]))
    np.testing.assert_array_equal(clone(estimator).fit(*iris).get_mahalanobis_matrix(), expected)


NO_PRIORS: dict[str, tuple[Any, str]] = {
    "number": (1, r'prior 1: must be "identity", "covariance", "random" or an array of the shape \(n_features, n_features\)'),
    "vector": ([1.0, 2.0], r"prior \[1.0, 2.0\]: must be .* or an array of the shape"),
    "ragged": ([[1.0, 2.0], [3.0]], "prior .* or an array of the shape"),
    "texts": (np.full((4, 4), "a"), "prior .* or an array of the shape"),
    "word": ("nearest", 'prior "?nearest"?: .*identity, covariance,? (or )?random'),
    "shape": (np.eye(5), "prior 5 x 5: must be a 4 x 4 matrix, as the data have 4 columns"),
    "not square": (np.ones((4, 3)), "prior 4 x 3: must be a 4 x 4 matrix"),
    "not symmetric": (SPD + np.triu(np.ones((4, 4)), 1), "prior 4 x 4: the matrix is not symmetric"),
    "singular": (np.diag([1.0, 1.0, 1.0, 0.0]), "prior 4 x 4: must be positive definite; the eigenvalues are from"),
    "indefinite": (np.diag([1.0, 1.0, 1.0, -3.0]), "prior 4 x 4: must be positive definite"),
    "NaN": (np.full((4, 4), np.nan), "prior: must hold finite numbers"),
}


@pytest.mark.parametrize("prior, message", NO_PRIORS.values(), ids=NO_PRIORS)
def test_priors_that_are_none(prior: Any, message: str, iris: Any) -> None:
    for learner in (ITML, LSML_Supervised, SDML):
        with pytest.raises(InputError, match=message):
            learner(prior=prior).fit(*iris)


# basis


@with_basis
def test_a_given_basis_spans_the_metric(learner: Any, iris: Any) -> None:
    X, y = iris
    basis = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]])
    for preprocess in ("none", "standardize"):
        fitted = learner(basis=basis, preprocess=preprocess).fit(X, y)
        M = fitted.get_mahalanobis_matrix()
        np.testing.assert_allclose(M, M[0, 0] * np.outer(basis[0], basis[0]) + M[2, 3] * np.outer(basis[1], basis[1]), atol=1e-9)
        assert M[2, 3] > 0
        longer = learner(basis=7 * basis, preprocess=preprocess).fit(X, y)
        np.testing.assert_allclose(longer.get_mahalanobis_matrix(), M, rtol=1e-9, atol=1e-12)
    assert learner(basis=basis, n_basis=2).fit(X, y).components_.shape[0] <= 2
    assert fitted.model_.options["directions"] == "given matrix"


@pytest.mark.filterwarnings("ignore:.* triplets name a point twice:holdfast.HoldfastWarning")
def test_a_given_basis_and_triplets(iris: Any) -> None:
    X, y = iris
    triplets = Constraints(y).generate_knntriplets(X, 3, 5)
    fitted = SCML(basis=np.eye(4)).fit(X[triplets])
    M = fitted.get_mahalanobis_matrix()
    np.testing.assert_array_equal(M, np.diag(np.diag(M)))
    assert fitted.score(X[triplets]) > 0.8


@with_basis
def test_directions_by_labels_or_triplets(learner: Any, iris: Any) -> None:
    automatic, lda, triplets = (
        learner(basis=basis).fit(*iris).get_mahalanobis_matrix() for basis in ("auto", "lda", "triplet_diffs")
    )
    np.testing.assert_array_equal(automatic, lda)
    assert not np.allclose(lda, triplets, rtol=1e-3)
    assert learner(basis="triplet_diffs", n_basis=2).fit(*iris).components_.shape[0] <= 2


@with_basis
@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"basis": np.eye(3)}, "basis: must have 4 columns, as the data have; it has 3"),
        ({"basis": np.eye(4), "n_basis": 3}, "basis 4 x 4: holds 4 basis vectors, and n_basis is 3; leave n_basis out"),
        ({"basis": np.zeros((1, 4))}, "basis 1 x 4: holds a row of zeros"),
        ({"basis": 3}, r'basis 3: must be "auto", "lda", "triplet_diffs" or an array of the shape \(n_basis, n_features\)'),
        ({"basis": "best"}, 'basis "best": '),
    ],
)
def test_bases_that_are_none(learner: Any, parameters: dict[str, Any], message: str, iris: Any) -> None:
    with pytest.raises(InputError, match=message):
        learner(**parameters).fit(*iris)


def test_triplets_have_no_discriminants(iris: Any) -> None:
    X, y = iris
    with pytest.raises(InputError, match="basis lda: needs labels"):
        SCML(basis="lda").fit(X[Constraints(y).generate_knntriplets(X, 2, 2)])


# weights of quadruplets


def quadruplets_of(y: np.ndarray, count: int = 400) -> np.ndarray:
    return np.column_stack(Constraints(y).positive_negative_pairs(count, same_length=True, random_state=0))


@pytest.mark.filterwarnings("ignore:1 of 400 quadruplets name a point twice:holdfast.HoldfastWarning")
def test_weights_of_quadruplets(iris: Any) -> None:
    X, y = iris
    quadruplets = quadruplets_of(y)
    weights = np.where(np.arange(len(quadruplets)) % 3, 1, 0)
    matrix = {
        "plain": LSML().fit(X[quadruplets]),
        "equal": LSML().fit(X[quadruplets], weights=np.full(len(quadruplets), 7)),
        "weighted": LSML().fit(X[quadruplets], weights=weights.tolist()),
        "shares": LSML().fit(X[quadruplets], weights=1000.0 * weights),
        "of two thirds": LSML(preprocessor=X).fit(quadruplets[weights > 0]),
        "by index": LSML(preprocessor=X).fit(quadruplets, weights=weights),
    }
    M = {name: fitted.get_mahalanobis_matrix() for name, fitted in matrix.items()}
    np.testing.assert_allclose(M["equal"], M["plain"], rtol=1e-6)
    np.testing.assert_allclose(M["shares"], M["weighted"], rtol=1e-6)
    np.testing.assert_allclose(M["by index"], M["of two thirds"], rtol=1e-3)
    assert not np.allclose(M["weighted"], M["plain"], rtol=1e-3)


@pytest.mark.filterwarnings("ignore:2 of:holdfast.HoldfastWarning")
def test_weights_of_quadruplets_that_are_left_out(iris: Any) -> None:
    X, y = iris
    quadruplets = quadruplets_of(y)
    weights = np.arange(len(quadruplets)) + 1.0
    odd = np.concatenate([[[0, 0, 1, 2]], quadruplets, [[3, 4, 5, 5]]])
    weighted = LSML(preprocessor=X).fit(odd, weights=np.concatenate([[1e9], weights, [1e9]]))
    expected = LSML(preprocessor=X).fit(quadruplets, weights=weights)
    np.testing.assert_array_equal(weighted.components_, expected.components_)


def test_weights_that_are_none(iris: Any) -> None:
    X, y = iris
    quadruplets = X[quadruplets_of(y, 20)]
    count = len(quadruplets)
    message = f"weights: must be one finite number of at least 0 for each of the {count} quadruplets"
    for weights in (np.ones(count - 1), np.ones((count, 1)), -np.ones(count), np.full(count, np.nan), ["a"] * count):
        with pytest.raises(InputError, match=message):
            LSML().fit(quadruplets, weights=weights)
    with pytest.raises(InputError, match="weights: must be .*, some of them above 0"):
        LSML().fit(quadruplets, weights=np.zeros(count))
    with pytest.raises(InputError, match="weights: only quadruplets have weights"):
        LSML().fit(X, y, weights=np.ones(len(X)))


def test_weights_in_the_place_of_labels_are_told(iris: Any) -> None:
    X, y = iris
    quadruplets = X[quadruplets_of(y, 20)]
    with pytest.warns(HoldfastWarning, match="y: no effect on quadruplets, which need no labels; .* weights=") as told:
        LSML().fit(quadruplets, np.arange(len(quadruplets)))
    assert told[0].filename == __file__
    LSML().fit(quadruplets, np.ones(len(quadruplets)))  # scikit-learn's tools need some y
