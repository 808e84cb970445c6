"""Learners as scikit-learn's estimators, and as the classes of the library's methods."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from holdfast import (
    AML,
    ARML,
    GMML,
    LFDA,
    LMNN,
    NCA,
    RCA,
    SCML,
    CertifiedKNeighborsClassifier,
    Covariance,
    Euclidean,
    HoldfastWarning,
    InputError,
    KNeighborsRegressor,
    Termination,
    _core,
)
from holdfast.learners import all_learners
from holdfast.learners.supervised import (
    ITML_Supervised,
    LSML_Supervised,
    MMC_Supervised,
    RCA_Supervised,
    SCML_Supervised,
    SDML_Supervised,
)
from holdfast.model import Model

METHODS = {method["name"]: method for method in _core.methods()}
SUPERVISED = [ITML_Supervised, LSML_Supervised, MMC_Supervised, RCA_Supervised, SCML_Supervised, SDML_Supervised]
LEARNERS = [*all_learners().values(), *SUPERVISED]
ESTIMATORS = [learner() for learner in LEARNERS] + [
    CertifiedKNeighborsClassifier(),
    CertifiedKNeighborsClassifier(1, learner=LMNN()),
    KNeighborsRegressor(),
]

every_learner = pytest.mark.parametrize("learner", LEARNERS)
every_method = pytest.mark.parametrize("method", METHODS)


def unlike_copies(estimator: Any) -> dict[str, str]:
    """The check that a weight is as good as copies of a row: for learners over neighbours, a copy would be the nearest
    neighbour of its row. Learners over all pairs pass it."""
    if not isinstance(estimator, (LMNN, NCA)):
        return {}
    return {"check_sample_weight_equivalence_on_dense_data": "a weight is not a neighbour of its own row, as a copy is"}


# The data of the checks are tiny or noise, and some learners say so.
@pytest.mark.filterwarnings("ignore::holdfast.HoldfastWarning")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=unlike_copies)  # type: ignore[untyped-decorator]
def test_scikit_learns_checks(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


# The library's registry.


def option_of(learner: Any) -> dict[str, str]:
    """Parameters with the options that they set, of several parameters the first."""
    return {parameters[0]: option for option, parameters in learner._parameters().items()}


def test_every_method_has_a_learner() -> None:
    assert all_learners().keys() == METHODS.keys()
    assert all(learner._method == name for name, learner in all_learners().items())


@every_method
def test_every_option_has_one_parameter(method: str) -> None:
    options = option_of(all_learners()[method])
    assert sorted(options.values()) == sorted(METHODS[method]["options"])
    assert set(options) <= set(inspect.signature(all_learners()[method]).parameters)


@every_method
def test_defaults_are_the_librarys(method: str) -> None:
    learner = all_learners()[method]
    signature = inspect.signature(learner).parameters
    for parameter, option in option_of(learner).items():
        library = METHODS[method]["options"][option]["default"]
        default = signature[parameter].default
        if default is None and parameter in ("n_components", "n_basis", "k", "n_constraints"):
            assert library == 0, parameter
        else:
            assert (type(default), default) == (type(library), library), parameter
    if "perturbation_margin" in signature:
        assert signature["perturbation_margin"].default == "auto"


def test_parameters_that_all_learners_share_have_the_command_lines_defaults() -> None:
    for learner in LEARNERS:
        defaults = {name: entry.default for name, entry in inspect.signature(learner).parameters.items()}
        shared = {name: defaults[name] for name in ("preprocess", "preprocessor", "random_state", "verbose")}
        assert shared == {"preprocess": "auto", "preprocessor": None, "random_state": 0, "verbose": False}


# Of options for which the value of their kind is out of bounds or too far from the default.
OTHER_VALUES: dict[str, Any] = {"max-iterations": 500, "basis": 120, "tolerance": 0.01, "batch": 50, "anchors": 60, "shift": 1, "border": 1}


def other_value(option: str, info: dict[str, Any]) -> Any:
    """A value that is not the option's default."""
    if info["choices"]:
        return next(choice for choice in info["choices"] if choice != info["default"])
    return OTHER_VALUES.get(option, {"flag": True, "integer": 4, "real": 0.375, "derivables": "auto*0.5"}[info["kind"]])


# Mini-batches do not come to rest within so few steps, and say so.
steps_may_end = pytest.mark.filterwarnings("ignore:not converged:sklearn.exceptions.ConvergenceWarning")


@steps_may_end
@every_method
def test_every_parameter_reaches_the_library(method: str, iris: Any) -> None:
    images = (np.random.default_rng(0).normal(size=(60, 16)), np.arange(60) % 3)
    for parameter, option in option_of(all_learners()[method]).items():
        value = other_value(option, METHODS[method]["options"][option])
        data = images if option in ("border", "warp") else iris  # whose rows are images of 2 x 2 at most
        options = all_learners()[method](**{parameter: value}).fit(*data).model_.options
        text = "yes" if value is True else str(value)
        assert options[option] == text.removesuffix(".0") or options[option] == f"{value},auto", parameter


def test_scml_supervised_sets_the_options_of_scml(iris: Any) -> None:
    ours = SCML_Supervised(2, 4, n_basis=120, perturbation_weight="auto").fit(*iris)
    assert ours.model_ == SCML(2, n_impostors=4, n_basis=120, perturbation_weight="auto").fit(*iris).model_


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"perturbation_weight": 3}, "3,auto"),
        ({"perturbation_weight": 0.5, "perturbation_margin": 0.25}, "0.5,0.25"),
        ({"perturbation_weight": "auto*0.1"}, "auto*0.1,auto"),
        ({"perturbation_weight": "auto", "perturbation_margin": "auto*2"}, "auto,auto*2"),
        ({"perturbation_weight": np.float32(2)}, "2,auto"),
    ],
)
def test_perturbation(parameters: dict[str, Any], text: str, iris: Any) -> None:
    lmnn = LMNN(**parameters).fit(*iris)
    assert lmnn.model_.options["perturbation"] == text
    derived = {name: float(lmnn.model_.options[name]) for name in lmnn.derived_}
    assert derived.keys() >= {"perturbation_weight", "perturbation_margin", "mu"}
    assert lmnn.derived_ == pytest.approx(derived, rel=1e-15)


# What a fit leaves behind.


@every_learner
def test_attributes(learner: Any, wine: Any) -> None:
    X, y = wine
    fitted = learner()
    assert fitted.fit(X, y) is fitted
    assert fitted.n_features_in_ == 13
    assert fitted.components_.shape[1] == 13
    assert isinstance(fitted.model_, Model)
    assert isinstance(fitted.termination_, Termination)
    assert fitted.termination_.converged
    assert fitted.n_iter_ == fitted.termination_.iterations == fitted.model_.facts["iterations"]
    np.testing.assert_array_equal(fitted.model_.classes_, [0, 1, 2])
    assert not hasattr(fitted, "feature_names_in_")


@pytest.mark.parametrize("learner", [LMNN, NCA, ARML, AML, SCML])
def test_objective_trace(learner: Any, wine: Any) -> None:
    fitted = learner(tol=1e-6).fit(*wine)
    steps, values = fitted.objective_trace_.T
    assert len(steps) > 3
    assert np.all(np.diff(steps) > 0)
    assert values[-1] < values[0] <= fitted.termination_.objective_at_start
    if learner is not ARML:  # which draws its triplets anew, and the objective with them
        assert fitted.termination_.objective == values[-1] == values.min()


def test_closed_forms_have_no_iterations(wine: Any) -> None:
    for fitted in (learner().fit(*wine) for learner in (Euclidean, GMML, Covariance, LFDA, RCA)):
        assert fitted.n_iter_ == 0
        assert fitted.objective_trace_.shape == (0, 2)
        assert fitted.termination_.reason == "closed form"


@pytest.mark.parametrize("learner", [LMNN, NCA, ARML, AML, SCML])
def test_an_end_before_convergence_is_told(learner: Any, wine: Any) -> None:
    with pytest.warns(ConvergenceWarning, match="not converged after 2 iterations; raise max_iter or tol") as told:
        fitted = learner(max_iter=2, tol=1e-12).fit(*wine)
    assert told[0].filename == __file__
    assert not fitted.termination_.converged
    assert fitted.n_iter_ == 2


@pytest.mark.parametrize("learner", [LMNN, NCA, ARML, AML, SCML, GMML, Covariance, LFDA, RCA])
def test_a_fit_without_a_finite_objective_fails(learner: Any, iris: Any) -> None:
    """The squares of the values overflow."""
    X, y = iris
    fitted = learner(preprocess="none")
    knn = CertifiedKNeighborsClassifier(learner=fitted)
    message = "the objective is not finite after 0 iterations, so that there is no metric; .* standardize them"
    for estimator, use in ((fitted, fitted.transform), (knn, knn.predict)):
        with pytest.raises(RuntimeError, match=f"{learner._method}: {message}"):
            estimator.fit(1e160 * X, y)
        with pytest.raises(NotFittedError):
            use(X)
        assert not {"model_", "components_", "learner_"} & vars(estimator).keys()


def test_warnings_of_the_library_are_pythons(iris: Any) -> None:
    X, y = iris
    with pytest.warns(HoldfastWarning, match="1 of 3 classes have fewer than 4 rows") as told:
        LMNN().fit(X[:103], y[:103])
    assert told[0].filename == __file__
    with pytest.warns(HoldfastWarning, match="1 of 5 feature columns is constant"):
        Euclidean().fit(np.column_stack([X, np.ones(150)]), y)


def test_regularization_of_singular_scatters_is_told(iris: Any) -> None:
    X, y = iris
    for learner in (GMML, AML):
        assert learner().fit(X, y).derived_ == {}
        assert learner().fit(np.column_stack([X, X[:, 0]]), y).derived_ == {"regularization_used": 0.001}


@pytest.mark.parametrize("learner", [LMNN, SCML, NCA, ARML, AML, GMML, LFDA])
def test_distances_separate_classes_better_than_unlearned(learner: Any, wine: Any) -> None:
    X, y = wine
    same = y[:, np.newaxis] == y

    def contrast(fitted: Any) -> float:
        Z = fitted.transform(X)
        squared = ((Z[:, np.newaxis] - Z) ** 2).sum(axis=2)
        return float(squared[same].mean() / squared[~same].mean())

    assert contrast(learner().fit(X, y)) < 0.9 * contrast(Euclidean().fit(X, y))


def test_preprocessing_is_fitted_on_the_training_rows_and_folded_in(wine: Any) -> None:
    X, y = wine
    scaled = (X[::2] - X[::2].mean(axis=0)) / X[::2].std(axis=0)
    fitted = Euclidean(preprocess="standardize").fit(X[::2], y[::2])
    np.testing.assert_allclose(fitted.transform(X[::2]) + fitted.offset_, scaled, atol=1e-12)
    np.testing.assert_allclose(fitted.transform(X), X @ fitted.components_.T, rtol=1e-12)
    np.testing.assert_allclose(fitted.components_, np.diag(1 / X[::2].std(axis=0)), rtol=1e-12)
    unit = Euclidean(preprocess="unit").fit(X, y)
    np.testing.assert_allclose(unit.transform(X), X / np.linalg.norm(X, axis=1, keepdims=True), rtol=1e-14)
    np.testing.assert_array_equal(unit.components_, np.eye(13))
    assert unit.offset_ is None


def test_fewer_components(iris: Any) -> None:
    assert LMNN(n_components=2).fit(*iris).transform(iris[0]).shape == (150, 2)


# Seeds.


@steps_may_end
@pytest.mark.parametrize("learner", [ARML, SCML, NCA, RCA])
def test_the_seed_alone_decides(learner: Any, wine: Any) -> None:
    settings = {"batch_size": 30, "max_iter": 50} if learner not in (ARML, RCA) else {}

    def fit(random_state: Any) -> Model:
        fitted: Model = learner(random_state=random_state, **settings).fit(*wine).model_
        return fitted

    assert fit(5) == fit(5) == fit(np.int64(5))
    assert fit(5) != fit(6)
    assert fit(np.random.RandomState(3)) == fit(np.random.RandomState(3))
    assert fit(None) != fit(None)


def test_a_seed_of_the_command_line_may_be_as_large_as_there(iris: Any) -> None:
    assert ARML(random_state=2**64 - 1).fit(*iris).model_.seed == 2**64 - 1


# Chunks.


def chunks_of(y: Any) -> np.ndarray:
    """Four rows of a class to a chunk; every seventh row is in none."""
    places = np.array([np.sum(y[:row] == label) // 4 for row, label in enumerate(y)])
    return np.where(np.arange(len(y)) % 7 == 0, -1, 3 * places + y)


def test_rca_from_chunks(wine: Any) -> None:
    X, y = wine
    chunks = chunks_of(y)
    fitted = RCA(preprocess="standardize").fit(X, chunks=chunks)
    members = chunks >= 0
    inner = sum(np.cov(X[chunks == c].T, bias=True) * np.sum(chunks == c) for c in set(chunks[members])) / members.sum()
    np.testing.assert_allclose(fitted.get_mahalanobis_matrix() @ inner, np.eye(13), atol=1e-9)
    assert fitted.model_.options["supervision"] == "chunks"
    assert len(fitted.model_.classes_) == 0
    assert not hasattr(fitted, "predict")
    with_labels = RCA(preprocess="standardize").fit(X, y, chunks=chunks.tolist())
    np.testing.assert_array_equal(with_labels.components_, fitted.components_)
    np.testing.assert_array_equal(with_labels.model_.classes_, [0, 1, 2])
    by_index = RCA(preprocess="standardize", preprocessor=X).fit(np.arange(178), chunks=chunks)
    np.testing.assert_array_equal(by_index.components_, fitted.components_)


def test_rca_says_how_many_chunks_the_classes_hold(wine: Any) -> None:
    assert RCA().fit(*wine).derived_ == {"sample_chunks_used": 29 + 35 + 24}
    assert RCA(n_chunks=50).fit(*wine).derived_ == {}
    with pytest.raises(InputError, match="chunk_size 80: no class has so many rows"):
        RCA(chunk_size=80).fit(*wine)
    with pytest.raises(InputError, match="n_chunks 0: must be at least 1"):
        RCA(n_chunks=0).fit(*wine)


@pytest.mark.parametrize(
    "chunks, text",
    [
        ([0, 0, 1], "there are 3 chunk numbers for 6 rows; give one number per row, -1 for a row in no chunk"),
        ([0, 0, 1, 1, -2, -1], "row 4: chunk -2: must be a number from 0, or -1 for a row in no chunk"),
        ([0, 1, 2, 3, 4, -1], "no chunk has two rows"),
        ([0.0, 0, 1, 1, -1, -1], "chunks: must hold one integer per row, -1 for a row in no chunk"),
        ([[0, 0, 1, 1, -1, -1]], "chunks: must hold one integer per row"),
    ],
)
def test_wrong_chunks_are_refused(chunks: Any, text: str) -> None:
    X = np.arange(12.0).reshape(6, 2) ** 2
    with pytest.raises(InputError, match=text):
        RCA().fit(X, chunks=chunks)


def test_rca_warns_of_few_chunks(iris: Any) -> None:
    with pytest.warns(HoldfastWarning, match="the covariance within the chunks is singular") as told:
        RCA(n_chunks=2).fit(*iris)
    assert told[0].filename == __file__


# scikit-learn around it.


@every_learner
def test_clone_keeps_the_parameters(learner: Any) -> None:
    original = learner(preprocess="minmax", random_state=7)
    copied = clone(original)
    assert copied is not original
    assert copied.get_params() == original.get_params()
    assert not hasattr(copied, "model_")


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_pickle_and_joblib(estimator: Any, wine: Any, tmp_path: Any) -> None:
    X, y = wine
    fitted = clone(estimator).fit(X[::2], y[::2])
    joblib.dump(fitted, tmp_path / "fitted.joblib")
    for restored in (pickle.loads(pickle.dumps(fitted)), joblib.load(tmp_path / "fitted.joblib")):
        assert restored.get_params().keys() == fitted.get_params().keys()
        assert restored.model_ == fitted.model_
        assert restored.model_.core.__getstate__() == fitted.model_.core.__getstate__()
        apply = "transform" if hasattr(fitted, "transform") else "predict"
        np.testing.assert_array_equal(getattr(restored, apply)(X), getattr(fitted, apply)(X))


def test_in_a_pipeline(wine: Any) -> None:
    X, y = wine
    pipeline = make_pipeline(StandardScaler(), LMNN(preprocess="none"), KNeighborsClassifier(3)).fit(X[::2], y[::2])
    assert pipeline.score(X[1::2], y[1::2]) > 0.95
    whole = CertifiedKNeighborsClassifier(3, learner=LMNN(preprocess="standardize")).fit(X[::2], y[::2])
    np.testing.assert_array_equal(pipeline.predict(X[1::2]), whole.predict(X[1::2]))


def test_in_a_grid_search(wine: Any) -> None:
    X, y = wine
    pipeline = make_pipeline(LMNN(), KNeighborsClassifier(1))
    search = GridSearchCV(pipeline, {"lmnn__mu": [0.1, 0.9], "lmnn__perturbation_weight": [None, "auto"]}, cv=3)
    search.fit(X, y)
    assert search.best_score_ > 0.95
    assert search.best_estimator_.named_steps["lmnn"].mu == search.best_params_["lmnn__mu"]
    assert len(set(search.cv_results_["mean_test_score"])) > 1


def test_in_processes_of_joblib(iris: Any) -> None:
    pipeline = make_pipeline(LMNN(), KNeighborsClassifier(3))
    alone = cross_val_score(pipeline, *iris, cv=3)
    np.testing.assert_array_equal(cross_val_score(pipeline, *iris, cv=3, n_jobs=2), alone)


# Frames.


def frames(X: np.ndarray) -> list[Any]:
    names = [f"column {i}" for i in range(X.shape[1])]
    return [pd.DataFrame(X, columns=names), pl.DataFrame(X, schema=names)]


@every_learner
def test_frames_give_the_bits_of_arrays_and_names(learner: Any, iris: Any) -> None:
    X, y = iris
    plain = learner().fit(X, y)
    for frame in frames(X):
        fitted = learner().fit(frame, y)
        assert list(fitted.feature_names_in_) == fitted.model_.columns == [f"column {i}" for i in range(4)]
        np.testing.assert_array_equal(fitted.components_, plain.components_)
        np.testing.assert_array_equal(fitted.transform(frame), plain.transform(X))


def test_labels_in_series(iris: Any) -> None:
    X, y = iris
    plain = LMNN().fit(X, y).model_
    assert LMNN().fit(X, pd.Series(y)).model_ == plain
    assert LMNN().fit(X, pl.Series(y)).model_ == plain
    words = pd.Series(np.array(["setosa", "versicolor", "virginica"])[y], dtype="category")
    assert list(LMNN().fit(X, words).model_.classes_) == ["setosa", "versicolor", "virginica"]


def test_columns_in_another_order_are_refused(iris: Any) -> None:
    X, y = iris
    for frame in frames(X):
        fitted = LMNN().fit(frame, y)
        swapped = frame[["column 1", "column 0", "column 2", "column 3"]]
        with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
            fitted.transform(swapped)
        with pytest.raises(InputError, match='feature column 1 is "column 1"; in the training data it was'):
            fitted.model_.transform(swapped)


@pytest.mark.parametrize("estimator", [learner() for learner in LEARNERS], ids=repr)
def test_every_learner_gives_frames(estimator: Any, iris: Any) -> None:
    X, y = iris
    plain = clone(estimator).fit(X, y).transform(X)
    for kind, cls in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        fitted = clone(estimator).set_output(transform=kind)
        for out in (fitted.fit_transform(X, y), fitted.fit(frames(X)[0], y).transform(frames(X)[0])):
            assert isinstance(out, cls)
            assert list(out.columns) == list(fitted.get_feature_names_out())
            np.testing.assert_array_equal(out.to_numpy(), plain)
    assert isinstance(fitted.set_output(transform="default").transform(frames(X)[0]), np.ndarray)


# What notebooks show.


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_html(estimator: Any, iris: Any) -> None:
    name = type(estimator).__name__
    unfitted = clone(estimator)
    html = unfitted._repr_html_()
    assert f"{name}" in html and "Not fitted" in html
    fitted = unfitted.fit(*iris)
    html = fitted._repr_html_()
    assert name in html and "Not fitted" not in html
    assert unfitted._repr_mimebundle_()["text/plain"] == repr(estimator)


def test_frames_out(iris: Any) -> None:
    X, y = iris
    lmnn = LMNN(n_components=2).set_output(transform="pandas")
    out = lmnn.fit_transform(X, y)
    assert isinstance(out, pd.DataFrame)
    assert list(out.columns) == list(lmnn.get_feature_names_out()) == ["lmnn0", "lmnn1"]
    np.testing.assert_array_equal(out.to_numpy(), LMNN(n_components=2).fit_transform(X, y))
    assert isinstance(clone(lmnn).set_output(transform="polars").fit(X, y).transform(X), pl.DataFrame)


# Refusals.


@every_learner
def test_before_it_is_fitted(learner: Any, iris: Any) -> None:
    X, _ = iris
    calls: list[Callable[[], Any]] = [
        lambda: learner().transform(X),
        lambda: learner().pair_distance([[X[0], X[1]]]),
        lambda: learner().get_metric(),
        lambda: learner().get_mahalanobis_matrix(),
        lambda: learner().save("model.holdfast"),
    ]
    for call in calls:
        with pytest.raises(NotFittedError, match=f"This {learner.__name__} instance is not fitted yet"):
            call()


@pytest.mark.parametrize(
    "parameters, text",
    [
        ({"n_neighbors": 2.5}, "n_neighbors 2.5: must be an integer"),
        ({"n_neighbors": "3"}, "n_neighbors '3': must be an integer"),
        ({"max_iter": True}, "max_iter True: must be an integer"),
        ({"mu": "half"}, "mu 'half': must be a number"),
        ({"mu": np.bool_(True)}, "mu (np\\.)?True_?: must be a number"),
        ({"perturbation_weight": [1]}, r'perturbation_weight \[1\]: must be a number, "auto" or "auto\*FACTOR"'),
        ({"perturbation_weight": 1, "perturbation_margin": None}, "perturbation_margin None: must be a number"),
    ],
)
def test_parameters_of_wrong_types(parameters: dict[str, Any], text: str, iris: Any) -> None:
    with pytest.raises(TypeError, match=text):
        LMNN(**parameters).fit(*iris)


def test_texts_of_wrong_types(iris: Any) -> None:
    with pytest.raises(TypeError, match="solver 3: must be a text"):
        AML(solver=3).fit(*iris)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="preprocess 3: must be a text"):
        LMNN(preprocess=3).fit(*iris)  # type: ignore[arg-type]


def test_numbers_beyond_the_librarys_integers(iris: Any) -> None:
    with pytest.raises(ValueError, match="n_neighbors"):
        LMNN(n_neighbors=2**70).fit(*iris)


def test_a_margin_without_a_weight_is_told(iris: Any) -> None:
    with pytest.warns(HoldfastWarning, match="perturbation_margin: no effect without perturbation_weight"):
        LMNN(perturbation_margin=0.5).fit(*iris)
