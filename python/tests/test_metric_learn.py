"""Programs written for metric-learn: the examples of its documentation with another import, and what they rely on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

import holdfast
from holdfast import (
    GMML,
    ITML,
    LFDA,
    LMNN,
    LSML,
    MMC,
    NCA,
    RCA,
    SCML,
    SDML,
    Constraints,
    Covariance,
    HoldfastWarning,
    InputError,
    SCML_Supervised,
)
from holdfast.learners import all_learners
from holdfast.learners import supervised as supervised_classes

SUPERVISED = [*all_learners().values()]
SUPERVISED += [cls for name, cls in vars(supervised_classes).items() if name.endswith("_Supervised")]

supervised = pytest.mark.parametrize("learner", SUPERVISED)


# The examples.


def test_two_dogs_and_a_cat() -> None:
    X = np.array([[2.3, 3.6], [0.2, 0.5], [6.7, 2.1]])
    y = np.array(["dog", "cat", "dog"])
    nca = NCA(random_state=42)
    with pytest.warns(HoldfastWarning):  # of the few rows
        assert nca.fit(X, y) is nca
    assert nca.transform(np.array([[9.4, 4.1], [2.1, 4.4]])).shape == (2, 2)
    distances = nca.pair_distance([[[3.5, 3.6], [5.6, 2.4]], [[1.2, 4.2], [2.1, 6.4]]])
    assert distances.shape == (2,)
    metric_fun = nca.get_metric()
    assert metric_fun([3.5, 3.6], [5.6, 2.4]) == pytest.approx(distances[0])
    assert nca.get_mahalanobis_matrix().shape == (2, 2)


def test_lmnn_on_iris(iris: Any) -> None:
    X, Y = iris
    with pytest.warns(HoldfastWarning, match="learn_rate: no effect on LMNN, whose solver chooses its own") as told:
        lmnn = LMNN(n_neighbors=5, learn_rate=1e-6).fit(X, Y)
    assert told[0].filename == __file__
    assert lmnn.model_.options["neighbors"] == "5"


def test_nca_on_iris(iris: Any) -> None:
    X, Y = iris
    nca = NCA(max_iter=1000)
    nca.fit(X, Y)
    assert cross_val_score(make_pipeline(NCA(), KNeighborsClassifier()), X, Y).mean() > 0.94


def test_scml_supervised_on_iris(iris: Any) -> None:
    X, Y = iris
    scml = SCML_Supervised(random_state=33)
    scml.fit(X, Y)
    distances = scml.pair_distance([[X[0], X[1]], [X[0], X[2]]])
    assert scml.get_metric()(X[0], X[1]) == pytest.approx(distances[0])


TRIPLETS = [
    [[1.2, 7.5], [1.3, 1.5], [6.2, 9.7]],
    [[1.3, 4.5], [3.2, 4.6], [5.4, 5.4]],
    [[3.2, 7.5], [3.3, 1.5], [8.2, 9.7]],
    [[3.3, 4.5], [5.2, 4.6], [7.4, 5.4]],
]


def test_scml_on_triplets() -> None:
    scml = SCML()
    assert scml.fit(TRIPLETS) is scml
    np.testing.assert_array_equal(scml.predict(TRIPLETS), np.ones(4))
    assert scml.score(TRIPLETS) == 1.0
    assert np.all(scml.decision_function(np.array(TRIPLETS)) > 0)


def test_scml_with_the_solvers_parameters_of_metric_learn() -> None:
    with pytest.warns(HoldfastWarning, match="no effect on SCML"):
        solver: dict[str, Any] = {"beta": 1e-5, "basis": "triplet_diffs", "gamma": 5e-3, "output_iter": 500}
        scml = SCML(random_state=0, **solver).fit(TRIPLETS)
    assert scml.score(TRIPLETS) == 1.0


def test_pairs() -> None:
    pairs = np.array([[[1.2, 3.2], [2.3, 5.5]], [[4.5, 2.3], [2.1, 2.3]]])
    gmml = GMML(random_state=42)
    gmml.fit(pairs, np.array([1, -1]))
    new = [[[0.6, 1.6], [1.15, 2.75]], [[3.2, 1.1], [5.4, 6.1]]]
    np.testing.assert_array_equal(gmml.predict(new), [1, -1])
    np.testing.assert_array_equal(gmml.decision_function(new), gmml.pair_score(new))
    three = np.array([[[0.6, 1.6], [1.15, 2.75]], [[3.2, 1.1], [5.4, 6.1]], [[7.7, 5.6], [1.23, 8.4]]])
    assert gmml.score(three, np.array([1.0, -1.0, -1.0])) == 1.0
    gmml.set_threshold(1e-3)
    np.testing.assert_array_equal(gmml.predict(new), [-1, -1])


def test_itml_on_pairs() -> None:
    pairs = [[[1.2, 7.5], [1.3, 1.5]], [[6.4, 2.6], [6.2, 9.7]], [[1.3, 4.5], [3.2, 4.6]], [[6.2, 5.5], [5.4, 5.4]]]
    y = [1, 1, -1, -1]
    itml = ITML(preprocess="none").fit(pairs, y)
    assert itml.score(pairs, y) >= 0.5
    assert np.mean(itml.predict(pairs) == y) >= 0.75
    itml.calibrate_threshold(pairs, y, strategy="f_beta", beta=2.0)
    assert set(itml.predict(pairs)) <= {-1, 1}
    assert ITML(preprocess="none").fit(pairs, y, bounds=[4, 9]).model_.options["near"] == "2"


def test_lsml_on_quadruplets() -> None:
    quadruplets = [
        [[1.2, 7.5], [1.3, 1.5], [6.4, 2.6], [6.2, 9.7]],
        [[1.3, 4.5], [3.2, 4.6], [6.2, 5.5], [5.4, 5.4]],
        [[3.2, 7.5], [3.3, 1.5], [8.4, 2.6], [8.2, 9.7]],
        [[3.3, 4.5], [5.2, 4.6], [8.2, 5.5], [7.4, 5.4]],
    ]
    lsml = LSML().fit(quadruplets)
    assert lsml.decision_function(quadruplets).shape == (4,)
    assert lsml.score(quadruplets) == np.mean(lsml.predict(quadruplets) == 1)


def test_supervised_versions_on_iris(iris: Any) -> None:
    X, Y = iris
    for fitted in (
        holdfast.ITML_Supervised(n_constraints=200).fit(X, Y),
        holdfast.LSML_Supervised(n_constraints=200).fit(X, Y),
        holdfast.SDML_Supervised(n_constraints=200).fit(X, Y),
        holdfast.MMC_Supervised(n_constraints=200).fit(X, Y),
        holdfast.RCA_Supervised(n_chunks=30, chunk_size=2).fit(X, Y),
        LFDA(k=2, n_components=2).fit(X, Y),
        Covariance().fit(X),
    ):
        assert fitted.transform(X).shape == (150, len(fitted.components_))


def test_constraints_for_weakly_supervised_learners(iris: Any) -> None:
    X, y = iris
    constraints = Constraints(y)
    a, b, c, d = constraints.positive_negative_pairs(n_constraints=200, random_state=42)
    pairs = np.vstack([np.column_stack([a, b]), np.column_stack([c, d])])
    labels = np.r_[np.ones(len(a)), -np.ones(len(c))]
    for learner in (ITML, MMC, SDML):
        assert learner(preprocessor=X).fit(pairs, labels).score(pairs, labels) > 0.8
    chunks = constraints.chunks(n_chunks=30, chunk_size=2, random_state=42)
    assert RCA().fit(X, chunks=chunks).components_.shape == (4, 4)
    triplets = constraints.generate_knntriplets(X, k_genuine=3, k_impostor=4)
    assert SCML(preprocessor=X).fit(triplets).score(triplets) > 0.8


# Learners say how few rows these are.
few_rows = pytest.mark.filterwarnings("ignore::holdfast.HoldfastWarning")


@few_rows
def test_a_preprocessor_of_points() -> None:
    X = np.array([[-0.7, -0.23], [-0.43, -0.49], [0.14, -0.37]])
    indices, y = np.array([2, 0, 1, 0]), np.array([1, 0, 1, 1])
    by_index = NCA(preprocessor=X).fit(indices, y)
    np.testing.assert_array_equal(by_index.components_, NCA().fit(X[indices], y).components_)


@few_rows
def test_a_preprocessor_of_names() -> None:
    X = np.array([[-0.7, -0.23], [-0.43, -0.49], [0.14, -0.37]])

    def find_images(paths: Any) -> np.ndarray:
        return np.array([X[int(path[3:5])] for path in paths])

    y = np.array([1, 0, 1])
    nca = NCA(preprocessor=find_images).fit(["img01.png", "img00.png", "img02.png"], y)
    np.testing.assert_array_equal(nca.components_, NCA().fit(X[[1, 0, 2]], y).components_)
    np.testing.assert_array_equal(nca.transform(["img01.png"]), nca.transform(X[1:2]))
    gmml = GMML(preprocessor=find_images)
    gmml.fit([["img02.png", "img00.png"], ["img01.png", "img00.png"]], np.array([1, -1]))
    assert gmml.pair_distance([["img02.png", "img00.png"]]) == pytest.approx(gmml.pair_distance([X[[2, 0]]]))


@few_rows
@pytest.mark.parametrize("columns", [2, 3, 4])
def test_points_themselves_beside_a_preprocessor(columns: int, iris: Any) -> None:
    X, y = iris[0][:, :columns], iris[1]
    plain = LMNN().fit(X, y)
    for preprocessor in (X, lambda indices: X[indices]):
        fitted = LMNN(preprocessor=preprocessor).fit(X, y)
        np.testing.assert_array_equal(fitted.components_, plain.components_)
        np.testing.assert_array_equal(fitted.transform(X), plain.transform(X))


def test_a_preprocessor_and_points(iris: Any) -> None:
    X, y = iris
    pairs = np.array([[0, 1], [2, 3], [0, 60], [70, 120], [51, 53]])
    labels = np.array([1, 1, -1, -1, 1])
    gmml = GMML(preprocessor=X, regularization=0.1).fit(X[pairs], labels)
    np.testing.assert_array_equal(gmml.pair_distance(pairs), gmml.pair_distance(X[pairs]))


def test_cross_validation_over_pairs_and_triplets(iris: Any) -> None:
    X, y = iris
    similar, dissimilar = holdfast.sample_pairs(y, 300)
    pairs = np.concatenate([similar, dissimilar])
    labels = np.repeat([1, -1], [len(similar), len(dissimilar)])
    pairs_train, pairs_test, labels_train, labels_test = train_test_split(pairs, labels, random_state=0)
    gmml = GMML(preprocessor=X)
    assert gmml.fit(pairs_train, labels_train).score(pairs_test, labels_test) > 0.9
    order = np.random.default_rng(0).permutation(len(pairs))
    assert cross_val_score(GMML(preprocessor=X), pairs[order], labels[order]).mean() > 0.9
    assert cross_val_score(GMML(preprocessor=X), pairs[order], labels[order], scoring="accuracy").mean() > 0.85
    assert cross_val_score(GMML(preprocessor=X), pairs[order], labels[order], scoring="roc_auc").mean() > 0.9
    search = GridSearchCV(GMML(preprocessor=X), {"t": [0.3, 0.5, 0.7]}).fit(pairs[order], labels[order])
    assert search.best_score_ > 0.9
    triplets = holdfast.triplets_from_labels(X, y, 2, 2)
    triplets = triplets[np.random.default_rng(0).permutation(len(triplets))]
    assert cross_val_score(SCML(preprocessor=X), triplets).mean() > 0.8


def test_a_metric_for_scikit_learns_classifier() -> None:
    X, y = make_classification(random_state=0)
    nca = NCA()
    nca.fit(X, y)
    knn = KNeighborsClassifier(metric=nca.get_metric())
    knn.fit(X, y)
    mapped = KNeighborsClassifier().fit(nca.transform(X), y)
    np.testing.assert_array_equal(knn.predict(X), mapped.predict(nca.transform(X)))


def test_grid_search_in_a_pipeline(iris: Any) -> None:
    X, y = iris
    pipeline = make_pipeline(LMNN(), KNeighborsClassifier())
    search = GridSearchCV(pipeline, {"lmnn__n_neighbors": [2, 3], "lmnn__regularization": [0.3, 0.7]}, cv=3)
    assert search.fit(X, y).best_score_ > 0.94


# The parameters.


def test_parameters_of_the_same_name(iris: Any) -> None:
    X, y = iris
    lmnn = LMNN(n_neighbors=2, max_iter=500, regularization=0.25, n_components=3, random_state=1, preprocessor=X)
    lmnn.fit(np.arange(150), y)
    options = lmnn.model_.options
    wanted = {"neighbors": "2", "max-iterations": "500", "mu": "0.25", "rank": "3"}
    assert {name: options[name] for name in wanted} == wanted
    nca = NCA(n_components=2, max_iter=500, tol=None, verbose=False, random_state=1).fit(X, y)
    assert nca.components_.shape == (2, 4)
    scml = SCML_Supervised(k_genuine=2, k_impostor=5, n_basis=100).fit(X, y)
    assert scml.model_.options["impostors"] == "5"


@pytest.mark.parametrize(
    "learner, parameters",
    [
        (LMNN, {"min_iter": 50, "learn_rate": 1e-7, "convergence_tol": 0.001}),
        (
            SCML_Supervised,
            {"beta": 1e-5, "gamma": 5e-3, "max_iter": 10000, "output_iter": 500, "batch_size": 10},
        ),
    ],
)
def test_parameters_without_effect_are_told(learner: Any, parameters: dict[str, Any], iris: Any) -> None:
    text = f"{', '.join(parameters)}: no effect on {learner.__name__}, whose solver chooses its own steps"
    with pytest.warns(HoldfastWarning, match=text):
        fitted = learner(**parameters).fit(*iris)
    assert fitted.model_ == learner().fit(*iris).model_


# What holds of every estimator.


@supervised
@pytest.mark.parametrize("preprocess", ["auto", "unit"])
def test_distances_are_those_of_mapped_rows(learner: Any, preprocess: str, wine: Any) -> None:
    X, y = wine
    fitted = learner(preprocess=preprocess).fit(X, y)
    pairs = np.random.default_rng(0).integers(0, len(X), (200, 2))
    Z = fitted.transform(X)
    distances = fitted.pair_distance(X[pairs])
    np.testing.assert_allclose(distances, np.linalg.norm(Z[pairs[:, 0]] - Z[pairs[:, 1]], axis=1), 1e-12, 1e-12)
    np.testing.assert_array_equal(fitted.pair_score(X[pairs]), -distances)
    metric = fitted.get_metric()
    each = [metric(X[i], X[j]) for i, j in pairs]
    np.testing.assert_allclose(each, distances, rtol=1e-8, atol=1e-9)
    squared = [metric(X[i], X[j], squared=True) for i, j in pairs]
    np.testing.assert_allclose(squared, np.square(each), rtol=1e-12)
    assert isinstance(metric(list(X[0]), list(X[1])), float)


@supervised
def test_the_matrix(learner: Any, wine: Any) -> None:
    X, y = wine
    fitted = learner().fit(X, y)
    M, L = fitted.get_mahalanobis_matrix(), fitted.components_
    np.testing.assert_allclose(M, L.T @ L, rtol=1e-12, atol=1e-12 * np.abs(M).max())
    np.testing.assert_allclose(M, M.T, rtol=1e-12)
    assert np.linalg.eigvalsh(M).min() > -1e-9 * np.abs(M).max()
    a, b = X[:60], X[60:120]
    lengths = np.sqrt(np.einsum("ni,ij,nj->n", a - b, M, a - b))
    np.testing.assert_allclose(lengths, fitted.pair_distance(np.stack([a, b], axis=1)), rtol=1e-6)


@supervised
@pytest.mark.parametrize("preprocess", ["auto", "unit"])
def test_it_is_a_pseudometric(learner: Any, preprocess: str, wine: Any) -> None:
    X, y = wine
    fitted = learner(preprocess=preprocess).fit(X, y)
    np.testing.assert_array_equal(fitted.pair_distance(np.stack([X, X], axis=1)), 0.0)
    metric = fitted.get_metric()
    rng = np.random.default_rng(0)
    for a, b, c in X[rng.integers(0, len(X), (100, 3))]:
        assert metric(a, a) == 0
        assert metric(a, b) == metric(b, a) >= 0
        assert metric(a, c) <= metric(a, b) + metric(b, c) + 1e-9


@supervised
def test_the_function_stays_as_it_is(learner: Any, wine: Any, iris: Any) -> None:
    X, y = wine
    for preprocess in ("auto", "unit"):
        fitted = learner(preprocess=preprocess).fit(X, y)
        metric = fitted.get_metric()
        before = metric(X[0], X[1])
        matrix, kept = fitted.get_mahalanobis_matrix(), fitted.get_mahalanobis_matrix()
        matrix[:] = 0
        np.testing.assert_array_equal(fitted.get_mahalanobis_matrix(), kept)
        fitted.components_[:] = 0
        fitted.fit(*iris)
        assert metric(X[0], X[1]) == before
        assert fitted.get_metric()(iris[0][0], iris[0][1]) > 0


def test_the_function_refuses_other_shapes(iris: Any) -> None:
    metric = LMNN().fit(*iris).get_metric()
    with pytest.raises(ValueError):
        metric([1.0, 2.0], [3.0, 4.0])
    with pytest.raises(ValueError):
        metric(iris[0], iris[0])


def test_the_function_takes_arrays_of_one_row(iris: Any) -> None:
    X, y = iris
    fitted = LMNN().fit(X, y)
    metric = fitted.get_metric()
    expected = metric(X[0], X[60])
    assert metric(X[:1], X[60:61]) == metric(X[0].tolist(), X[60].tolist()) == expected
    assert metric(X[:1, :, np.newaxis], X[60]) == expected
    column = Covariance().fit(X[:, :1])
    for u, v in [(5, 6.7), ([5], [6.7]), ([[5]], [[6.7]])]:
        assert column.get_metric()(u, v) == pytest.approx(1.7 / X[:, 0].std(ddof=1))
    with pytest.raises(InputError, match="u, v: have 4 and 1 numbers; give two points of one space"):
        metric(X[0], 5.0)
    with pytest.raises(InputError, match=r"a point is a vector of numbers, not an array of the shape \(2, 4\)"):
        metric(X[:2], X[2:4])
    with pytest.raises(ValueError):
        metric([*X[0], 5.2], [*X[1], 7.2])


def test_single_tuples(iris: Any) -> None:
    X, y = iris
    fitted = GMML().fit(X[[[0, 1], [2, 3], [0, 60], [70, 120]]], [1, 1, -1, -1])
    assert fitted.predict(X[[[0, 1]]]).tolist() == [1]
    assert fitted.transform(X[:1]).shape == (1, 4)
    assert fitted.pair_distance(X[[[0, 60]]]).shape == (1,)


def test_the_old_name_of_pair_distance(iris: Any) -> None:
    X, y = iris
    fitted = LMNN().fit(X, y)
    with pytest.warns(FutureWarning, match="score_pairs: use pair_distance, or pair_score for its negative") as told:
        distances = fitted.score_pairs(X[[[0, 1], [0, 60]]])
    assert told[0].filename == __file__
    np.testing.assert_array_equal(distances, fitted.pair_distance(X[[[0, 1], [0, 60]]]))
    with pytest.raises(NotFittedError):
        LMNN().score_pairs(X[[[0, 1]]])


def test_pairs_are_refused_in_other_shapes(iris: Any) -> None:
    X, y = iris
    fitted = LMNN().fit(X, y)
    with pytest.raises(InputError, match=r"not \(150, 4\)"):
        fitted.pair_distance(X)


# Accuracy beside metric-learn's, under the defaults of each.


@pytest.fixture
def metric_learn(monkeypatch: pytest.MonkeyPatch) -> Any:
    module = pytest.importorskip("metric_learn")
    checks = pytest.importorskip("metric_learn._util")

    def renamed(check: Callable[..., Any]) -> Callable[..., Any]:
        """metric-learn 0.7 names a parameter of scikit-learn's as it was before version 1.6."""

        def call(*rows: Any, force_all_finite: Any = True, **rest: Any) -> Any:
            return check(*rows, ensure_all_finite=force_all_finite, **rest)

        return call

    for name in ("check_array", "check_X_y"):
        monkeypatch.setattr(checks, name, renamed(getattr(checks, name)))
    return module


# Parameters that were deprecated there, and those that docs/python/metric-learn.md lists as lacking.
LACKING = {"num_constraints", "convergence_threshold", "num_chunks", "weights"}


@pytest.mark.parametrize("name", [name for name in holdfast.__all__ if hasattr(getattr(holdfast, name), "transform")])
def test_every_parameter_of_metric_learn(name: str, metric_learn: Any) -> None:
    if not hasattr(metric_learn, name):
        pytest.skip("metric-learn has no class of this name")
    theirs = set(inspect.signature(getattr(metric_learn, name)).parameters) - LACKING
    theirs -= {"k"} if name == "LMNN" else set()  # deprecated: n_neighbors
    assert theirs <= set(inspect.signature(getattr(holdfast, name)).parameters)


def accuracy(learner: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Of 3 nearest neighbours on the half of the rows that the learner does not see; at most 700 to learn from."""
    order = np.random.default_rng(0).permutation(len(y))
    seen, unseen = order[: min(700, len(y) // 2)], order[len(y) // 2 :]
    learner.fit(X[seen], y[seen])
    knn = KNeighborsClassifier(3).fit(learner.transform(X[seen]), y[seen])
    return float(knn.score(learner.transform(X[unseen]), y[unseen]))


COMMON = ["LMNN", "NCA", "SCML_Supervised"]


@pytest.mark.filterwarnings("ignore:As no value for `n_basis` was selected")
@pytest.mark.parametrize("name", COMMON)
def test_accuracy_on_iris(name: str, metric_learn: Any, iris: Any) -> None:
    theirs = accuracy(getattr(metric_learn, name)(random_state=0), *iris)
    assert accuracy(getattr(holdfast, name)(random_state=0), *iris) >= theirs - 0.02


# `accuracy` of metric-learn 0.7.0, whose LMNN takes minutes for this.
ON_DIGITS = {"LMNN": 0.98554, "NCA": 0.98443, "SCML_Supervised": 0.98220}


@pytest.mark.parametrize("name", COMMON)
def test_accuracy_on_digits(name: str, digits: Any) -> None:
    assert accuracy(getattr(holdfast, name)(random_state=0), *digits) >= ON_DIGITS[name] - 0.02
