"""Rows of every layout and type give what their float64 copy gives; others are refused in scikit-learn's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

import holdfast
from holdfast import LMNN, CertifiedKNeighborsClassifier, Euclidean, _core
from holdfast._arrays import as_rows, seed_of


def read_only(X: np.ndarray) -> np.ndarray:
    X = X.copy()
    X.setflags(write=False)
    return X


def padded(X: np.ndarray) -> np.ndarray:
    """Every second column and row of a larger array."""
    larger = np.full((2 * X.shape[0], 2 * X.shape[1]), np.nan)
    larger[::2, ::2] = X
    return larger[::2, ::2]


def unaligned(X: np.ndarray) -> np.ndarray:
    buffer = np.empty(X.nbytes + 1, dtype=np.uint8)
    shifted = buffer[1:].view(np.float64).reshape(X.shape)
    shifted[:] = X
    assert not shifted.flags.aligned
    return shifted


def shifted(X: np.ndarray) -> np.ndarray:
    """Beginning 8 bytes after where vector instructions would have it."""
    buffer = np.empty(X.size + 9)
    start = -(buffer.ctypes.data // 8) % 8 + 1
    moved = buffer[start : start + X.size].reshape(X.shape)
    moved[:] = X
    assert moved.ctypes.data % 64 == 8
    return moved


LAYOUTS: dict[str, Callable[[np.ndarray], Any]] = {
    "read-only": read_only,
    "Fortran": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "float16": lambda X: X.astype(np.float16),
    "int64": lambda X: (X * 16).astype(np.int64),
    "uint8": lambda X: (X * 16).astype(np.uint8),
    "bool": lambda X: X > 0.2,
    "big-endian": lambda X: X.astype(">f8"),
    "long double": lambda X: X.astype(np.longdouble),
    "objects": lambda X: X.astype(object),
    "slices": padded,
    "reversed": lambda X: X[::-1].copy()[::-1],
    "transposed": lambda X: X.T.copy().T,
    "broadcast": lambda X: np.broadcast_to(X, X.shape),
    "unaligned": unaligned,
    "shifted": shifted,
    "lists": lambda X: X.tolist(),
    "masked": np.ma.masked_array,
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_and_types(layout: Callable[[np.ndarray], Any], digits: Any) -> None:
    X, y = digits[0][:200], digits[1][:200]
    given = layout(X)
    copied = np.array(given, dtype=np.float64, order="C")
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(max_iter=500)).fit(given, y)
    plain = CertifiedKNeighborsClassifier(1, learner=LMNN(max_iter=500)).fit(copied, y)
    assert knn.model_ == plain.model_
    np.testing.assert_array_equal(knn.learner_.transform(given), plain.learner_.transform(copied))
    np.testing.assert_array_equal(knn.model_.transform(given), plain.model_.transform(copied))
    np.testing.assert_array_equal(knn.predict(given), plain.predict(copied))
    for found, wanted in zip(knn.kneighbors(given), plain.kneighbors(copied), strict=True):
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(knn.certify(given[:9]).radius, plain.certify(copied[:9]).radius)
    pairs = [[given[0], given[1]], [given[2], given[3]]]
    wanted = plain.learner_.pair_distance(copied[:4].reshape(2, 2, -1))
    np.testing.assert_array_equal(knn.learner_.pair_distance(pairs), wanted)


def test_what_is_given_is_not_changed(digits: Any) -> None:
    X, y = digits[0][:200].copy(), digits[1][:200].copy()
    knn = CertifiedKNeighborsClassifier(1, learner=LMNN(preprocess="standardize")).fit(X, y)
    knn.learner_.transform(X)
    knn.attack(X[:5], y[:5])
    np.testing.assert_array_equal(X, digits[0][:200])
    np.testing.assert_array_equal(y, digits[1][:200])


def test_what_is_given_later_does_not_change_the_model(digits: Any) -> None:
    X, y = digits[0][:200].copy(), digits[1][:200]
    knn = CertifiedKNeighborsClassifier(1).fit(X, y)
    before = knn.predict(digits[0][200:300])
    X[:] = 0
    np.testing.assert_array_equal(knn.predict(digits[0][200:300]), before)


def test_results_own_their_memory(digits: Any) -> None:
    X, y = digits[0][:200], digits[1][:200]
    model = Euclidean().fit(X, y).model_
    arrays = [model.transform(X), model.reference, model.map, model.kneighbors(X)[0]]
    kept = [array.copy() for array in arrays]
    del model
    for array, copied in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, copied)
        assert array.flags.c_contiguous
    # The model's own matrices are shown without a copy, and a model never changes.
    assert [array.flags.writeable for array in arrays] == [True, False, False, True]


# Contiguous float64 goes to the library as it is.


def test_contiguous_float64_is_passed_itself(digits: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = digits
    assert as_rows(X) is X
    seen: list[Any] = []
    train = _core.train

    def spy(method: str, rows: Any, *rest: Any) -> Any:
        seen.append(rows)
        return train(method, rows, *rest)

    monkeypatch.setattr(_core, "train", spy)
    Euclidean().fit(X, y)
    CertifiedKNeighborsClassifier().fit(X, y)
    assert all(np.shares_memory(rows, X) for rows in seen)
    Euclidean().fit(np.asfortranarray(X), y)
    assert len(seen) == 3
    assert not np.shares_memory(seen[2], X)


MEMORY = """
import numpy as np
from holdfast import LMNN

def memory(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) / 1024  # MiB

def peak(X):
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak is that of from now on
    before = memory("VmRSS")
    learner.transform(X)
    return memory("VmHWM") - before

X = np.random.default_rng(0).random((400_000, 20))  # 61 MiB; the result has 3
learner = LMNN(n_components=1, max_iter=500).fit(X[:500], np.arange(500) % 2)
learner.transform(X[:1000])
print(peak(X), peak(np.asfortranarray(X)), X.nbytes / 2**20)
"""


def test_memory_of_contiguous_float64(interpreter: Callable[..., str]) -> None:
    """`transform` holds nothing of the size of the rows; other layouts cost a copy."""
    contiguous, fortran, size = map(float, interpreter(MEMORY).split())
    assert contiguous < 0.4 * size
    assert fortran > 0.8 * size


# Rows that are none, in the words of scikit-learn.

REFUSED: dict[str, tuple[Callable[[np.ndarray], Any], type[Exception], str]] = {
    "sparse matrix": (
        sparse.csr_matrix,
        TypeError,
        r"Sparse data was passed for X, but dense data is required. Use '.toarray\(\)' to convert to a dense",
    ),
    "sparse array": (sparse.coo_array, TypeError, "Sparse data was passed for X, but dense data is required"),
    "NaN": (lambda X: np.where(X == X[3, 2], np.nan, X), ValueError, "Input X contains NaN"),
    "infinity": (
        lambda X: np.where(X == X[3, 2], np.inf, X),
        ValueError,
        r"Input X contains infinity or a value too large for dtype\('float64'\)",
    ),
    "too large": (lambda X: X.astype(np.longdouble) * np.longdouble("1e4000"), ValueError, "Input X contains infinity"),
    "None": (lambda X: np.where(X == X[3, 2], np.array(None), X), ValueError, "Input X contains NaN"),
    "one dimension": (lambda X: X[0], ValueError, "Expected 2D array, got 1D array instead"),
    "a scalar": (lambda X: 3.0, ValueError, "Expected 2D array, got scalar array instead"),
    "no rows": (lambda X: X[:0], ValueError, r"Found array with 0 sample\(s\) \(shape=\(0, 4\)\) while a minimum of"),
    "no columns": (lambda X: X[:, :0], ValueError, r"Found array with 0 feature\(s\) \(shape=\(150, 0\)\) while"),
    "four dimensions": (lambda X: X[np.newaxis, np.newaxis], ValueError, "Found array with dim 4"),
    "complex": (lambda X: X + 0j, ValueError, "Complex data not supported"),
    "text": (lambda X: np.full(X.shape, "a"), ValueError, "could not convert string to float: .*'a'"),
    "ragged": (lambda X: [[1.0, 2.0], [3.0]], ValueError, "inhomogeneous"),
}


@pytest.mark.filterwarnings("ignore:overflow encountered in cast")
@pytest.mark.parametrize("change, kind, text", REFUSED.values(), ids=REFUSED)
def test_rows_that_are_refused(
    change: Callable[[np.ndarray], Any], kind: type[Exception], text: str, iris: Any
) -> None:
    X, y = iris
    wrong = change(X)
    knn = CertifiedKNeighborsClassifier(1).fit(X, y)
    learner = LMNN().fit(X, y)
    for call in (
        lambda: LMNN().fit(wrong, y),
        lambda: CertifiedKNeighborsClassifier().fit(wrong, y),
        *([] if sparse.issparse(wrong) else [lambda: learner.transform(wrong)]),
        lambda: learner.model_.transform(wrong),
        lambda: learner.model_.predict(wrong),
        lambda: knn.predict(wrong),
        lambda: knn.certify(wrong),
        lambda: knn.model_.attack(wrong),
        lambda: holdfast.evaluate(knn, wrong, y),
        lambda: holdfast.retrieval(wrong, y),
        lambda: holdfast.triplets_from_labels(wrong, y),
    ):
        with pytest.raises(kind, match=text):
            call()


SPARSE = [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_array, sparse.csr_array]


@pytest.mark.parametrize("kind", SPARSE)
@pytest.mark.parametrize("preprocess", ["none", "standardize", "unit"])
def test_transform_of_sparse_matrices(kind: Any, preprocess: str, iris: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = iris
    learner = LMNN(preprocess=preprocess).fit(X, y)
    thin = np.where(X < 2, 0, X)
    expected = learner.transform(thin)
    mapped = learner.transform(kind(thin))
    assert isinstance(mapped, np.ndarray)
    np.testing.assert_array_equal(mapped, expected)
    np.testing.assert_array_equal(learner.transform(kind(thin.astype(np.float32))), learner.transform(thin.astype(np.float32)))
    monkeypatch.setattr("holdfast._estimator._ENTRIES_AT_ONCE", 4 * 7)  # seven rows at a time
    np.testing.assert_allclose(learner.transform(kind(thin)), expected, rtol=1e-12, atol=1e-14)


def test_sparse_matrices_that_transform_refuses(iris: Any) -> None:
    X, y = iris
    learner = LMNN(preprocessor=X).fit(X, y)
    with pytest.raises(ValueError, match="X has 3 features, but LMNN is expecting 4 features"):
        learner.transform(sparse.csr_matrix(X[:, :3]))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        learner.transform(sparse.csr_matrix(np.where(X == X[3, 2], np.nan, X)))
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        learner.transform(sparse.csr_matrix(X[:0]))
    with pytest.raises(NotFittedError):
        LMNN().transform(sparse.csr_matrix(X))


def test_other_numbers_of_columns(iris: Any) -> None:
    X, y = iris
    learner, knn = LMNN().fit(X, y), CertifiedKNeighborsClassifier().fit(X, y)
    for estimator, call in ((learner, learner.transform), (knn, knn.predict), (knn, knn.certify)):
        text = f"X has 3 features, but {type(estimator).__name__} is expecting 4 features as input"
        with pytest.raises(ValueError, match=text):
            call(X[:, :3])
    model = learner.model_
    for call in (model.transform, model.predict, model.kneighbors, model.certify, model.attack):
        with pytest.raises(holdfast.InputError, match="X: has 3 feature columns; the model was trained on 4"):
            call(X[:, :3])


def test_labels_that_are_refused(iris: Any) -> None:
    X, y = iris
    for estimator in (LMNN(), CertifiedKNeighborsClassifier()):
        for wrong, text in (
            (y[:5], r"Found input variables with inconsistent numbers of samples: \[150, 5\]"),
            (X[:, 0], "Unknown label type: continuous"),
            (np.column_stack([y, y]), "y should be a 1d array"),
            (np.where(y > 0, np.nan, 1.0), "Input y contains NaN"),
            (None, "requires y to be passed, but the target y is None"),
        ):
            with pytest.raises(ValueError, match=text):
                estimator.fit(X, wrong)
        with pytest.raises(ValueError, match='all 150 rows have the label "1"'):
            estimator.fit(X, np.ones(150, dtype=int))


def test_labels_that_do_not_fit_the_rows(iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier().fit(X, y)
    similar = np.array([[0, 1]])
    for call in (
        lambda: knn.certify(X, y[:5]),
        lambda: knn.attack(X[:3], y[:5]),
        lambda: knn.model_.certify(X[:3], y[:5]),
        lambda: holdfast.evaluate(knn, X, y[:5]),
        lambda: holdfast.retrieval(X, y[:5]),
        lambda: holdfast.retrieval(X[:5], y),
        lambda: holdfast.triplets_from_labels(X, y[:5]),
        lambda: holdfast.tune(LMNN(), X, y[:5]),
    ):
        with pytest.raises(ValueError, match="inconsistent numbers of samples|[0-9]+ labels for"):
            call()
    with pytest.raises(holdfast.InputError, match="row 150 is out of range"):
        holdfast.verification(knn, X, (similar, similar + 149), threshold_X=X, threshold_pairs=(similar, similar))


def test_labels_that_the_model_does_not_know(iris: Any) -> None:
    X, y = iris
    knn = CertifiedKNeighborsClassifier().fit(X, y)
    for call in (knn.certify, knn.attack):
        with pytest.raises(holdfast.InputError, match=r'row 2 \(counted from 0\) has the label "7", which the model'):
            call(X[:3], [0, 1, 7])
    notes = holdfast.evaluate(knn, X[:3], [0, 1, 7]).notes
    assert any('1 of 3 rows are of a class that the model does not know ("7")' in note for note in notes), notes


# Seeds.


def test_seeds() -> None:
    assert seed_of(7) == seed_of(np.int32(7)) == 7
    assert seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
    assert seed_of(None) != seed_of(None)
    with pytest.raises(ValueError, match="cannot be used to seed"):
        seed_of("seven")
    with pytest.raises(ValueError, match="Seed must be between"):
        seed_of(-1)
