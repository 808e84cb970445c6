"""Models as values, and as files."""

from __future__ import annotations

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import holdfast
from holdfast import GMML, LMNN, CertifiedKNeighborsClassifier, Euclidean, InputError, Model, load, save
from holdfast.learners import all_learners


@pytest.mark.parametrize("learner", all_learners().values())
def test_a_file_holds_the_whole_model(learner: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    model = learner().fit(X[::2], y[::2]).model_
    model.save(tmp_path / "wine.holdfast")
    for file in (tmp_path / "wine.holdfast", str(tmp_path / "wine.holdfast")):
        read = load(file)
        assert read == model
        assert read.core.__getstate__() == (tmp_path / "wine.holdfast").read_bytes()
        np.testing.assert_array_equal(read.transform(X), model.transform(X))
        np.testing.assert_array_equal(read.predict(X), model.predict(X))
        if not model.is_regression:
            np.testing.assert_array_equal(read.certify(X, y).radius, model.certify(X, y).radius)


def test_what_it_says_of_itself(wine: Any) -> None:
    X, y = wine
    frame = pd.DataFrame(X).add_prefix("c")
    model = LMNN(perturbation_weight="auto", refresh=0, random_state=3).fit(frame, y).model_
    assert repr(model) == "<Model lmnn: 178 rows of 13 columns, 3 classes, preprocessing standardize>"
    assert model.method == "lmnn"
    assert model.options["neighbors"] == "3"
    assert model.options["perturbation"] == "auto,auto"
    assert model.columns == list(frame.columns)
    assert model.n_features_in_ == 13
    assert (model.facts["n"], model.facts["d"], model.facts["n_triplets"]) == (178, 13, 178 * 3 * 10)
    assert (model.seed, model.facts["converged"]) == (3, True)
    assert model.facts["program_version"] == holdfast.__version__
    np.testing.assert_array_equal(model.codes, y)
    np.testing.assert_allclose(model.reference, (X - X.mean(axis=0)) / X.std(axis=0), atol=1e-12)


def test_equality_is_of_all_bits(wine: Any) -> None:
    X, y = wine
    model = LMNN().fit(X, y).model_
    assert model == LMNN().fit(X, y).model_
    nudged = X.copy()
    nudged[5, 5] = np.nextafter(nudged[5, 5], 10)
    assert model != LMNN().fit(nudged, y).model_
    assert model != LMNN(mu=0.4).fit(X, y).model_
    assert model != "lmnn"
    with pytest.raises(TypeError, match="unhashable"):
        hash(model)


@pytest.mark.parametrize("preprocess", ["none", "standardize", "minmax", "pca:3", "whiten", "center,unit", "unit"])
def test_components_are_those_of_raw_rows(preprocess: str, wine: Any) -> None:
    X, y = wine
    model = LMNN(preprocess=preprocess).fit(X, y).model_
    rows = X if model.is_affine else model.prepare(X)
    a, b = rows[:50], rows[50:100]
    lengths = np.linalg.norm((a - b) @ model.components_.T, axis=1)
    np.testing.assert_allclose(lengths, np.linalg.norm(model.transform(X[:50]) - model.transform(X[50:100]), axis=1))
    matrix = model.get_mahalanobis_matrix()
    np.testing.assert_allclose(matrix, model.components_.T @ model.components_, rtol=1e-12, atol=1e-12 * matrix.max())
    assert model.is_affine == ("unit" not in preprocess)


def test_kneighbors_of_a_model(wine: Any) -> None:
    X, y = wine
    model = LMNN().fit(X, y).model_
    distances, rows = model.kneighbors(X, 2)
    np.testing.assert_array_equal(rows[:, 0], np.arange(178))
    np.testing.assert_array_equal(distances[:, 0], 0.0)
    np.testing.assert_allclose(
        distances[:, 1], np.linalg.norm(model.transform(X) - model.transform(X[rows[:, 1]]), axis=1)
    )


def test_save_and_load_of_the_package(wine: Any, tmp_path: Path) -> None:
    X, y = wine
    learner = LMNN().fit(X, y)
    knn = CertifiedKNeighborsClassifier(learner=LMNN()).fit(X, y)
    for source in (learner, knn, learner.model_):
        save(source, tmp_path / "model")
        assert load(tmp_path / "model") == learner.model_
        source.save(tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == (tmp_path / "model").read_bytes()
    with pytest.raises(ValueError, match="This LMNN instance is not fitted yet"):
        save(LMNN(), tmp_path / "model")
    with pytest.raises(TypeError, match="3 is not an estimator instance"):
        save(3, tmp_path / "model")


def test_a_pickle_holds_the_labels_types(wine: Any) -> None:
    X, y = wine
    labels = np.array([2.0, 10.0, 3.0])[y]
    model = LMNN().fit(X, labels).model_
    restored = pickle.loads(pickle.dumps(model))
    assert restored == model
    assert restored.predict(X).dtype == float
    np.testing.assert_array_equal(restored.classes_, [2.0, 3.0, 10.0])


@pytest.mark.parametrize(
    "labels, classes",
    [
        (["10", "9", "2"], [2, 9, 10]),
        ([10, 9, 2], [2, 9, 10]),
        (["0.5", "10", "9"], [0.5, 9.0, 10.0]),
        (["b", "10", "9"], ["10", "9", "b"]),
        (["1", "01", "x"], ["01", "1", "x"]),
        (["1", "+1", "2"], ["+1", "1", "2"]),
        (["007", "9", "10"], ["007", "10", "9"]),
        (["1_0", "9", "2"], ["1_0", "2", "9"]),
        (["nan", "1", "2"], ["1", "2", "nan"]),
        (["inf", "1", "2"], ["1", "2", "inf"]),
        ([True, False, True], [0, 1]),
    ],
)
def test_classes_of_a_file(labels: list[Any], classes: list[Any], wine: Any, tmp_path: Path) -> None:
    """A file holds texts: integers where all are such, floats where all are numbers, else texts."""
    X, y = wine
    named = np.array(labels)[y]
    fitted = CertifiedKNeighborsClassifier(1, learner=LMNN()).fit(X, named)
    fitted.save(tmp_path / "model")
    read = load(tmp_path / "model")
    np.testing.assert_array_equal(read.classes_, classes)
    assert type(read.classes_[0].item()) is type(classes[0])
    np.testing.assert_array_equal(read.predict(X, 1), fitted.predict(X).astype(read.classes_.dtype))


def test_labels_with_one_text_are_refused(wine: Any) -> None:
    X, y = wine
    labels = np.array([1, "1", 2], dtype=object)[y]
    with pytest.raises(ValueError):
        Euclidean().fit(X, labels)


def test_columns_of_frames_are_held_to_the_training_columns(iris: Any) -> None:
    X, y = iris
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = Euclidean().fit(frame, y).model_
    text = 'X: feature column 2 is "c"; in the training data it was "b"; give the same columns in the same order'
    for call in (model.transform, model.predict, model.certify, model.attack, model.kneighbors):
        with pytest.raises(InputError) as refused:
            call(frame[["a", "c", "b", "d"]])
        assert str(refused.value) == text
    np.testing.assert_array_equal(model.transform(X), model.transform(frame))


# Files that are no models.


def test_files_that_are_missing_or_damaged(wine: Any, tmp_path: Path) -> None:
    X, y = wine
    file = tmp_path / "model"
    Euclidean().fit(X, y).save(file)
    content = file.read_bytes()
    with pytest.raises(InputError, match="no such file; give a model file that holdfast fit wrote"):
        load(tmp_path / "absent")
    with pytest.raises(InputError, match="is a folder, not a model file"):
        load(tmp_path)
    for damaged in (b"", b"12345", b"PK\x03\x04" + bytes(100), content[:-8], content[:200]):
        file.write_bytes(damaged)
        with pytest.raises(InputError, match=str(file)):
            load(file)
    with pytest.raises(TypeError):
        load(3)  # type: ignore[arg-type]


def rewritten(content: bytes, **changes: Any) -> bytes:
    """A model file with other metadata."""
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + size])
    about = json.loads(header["__metadata__"]["holdfast"]) | changes
    header["__metadata__"]["holdfast"] = json.dumps(about)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + content[8 + size :]


def test_files_of_later_versions_and_of_networks(wine: Any, tmp_path: Path) -> None:
    X, y = wine
    file = tmp_path / "model"
    Euclidean().fit(X, y).save(file)
    content = file.read_bytes()
    file.write_bytes(rewritten(content))
    assert load(file) == Euclidean().fit(X, y).model_
    file.write_bytes(rewritten(content, format_version=99))
    with pytest.raises(InputError, match="99"):
        load(file)


def test_a_file_is_written_whole_or_not_at_all(wine: Any, tmp_path: Path) -> None:
    model = Euclidean().fit(*wine).model_
    with pytest.raises(InputError, match="the folder .* does not exist; create it or give another file name"):
        model.save(tmp_path / "no" / "model")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder"):
        model.save(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_files_are_safetensors(wine: Any, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    model = LMNN().fit(*wine).model_
    model.save(tmp_path / "model")
    tensors = load_file(tmp_path / "model")
    np.testing.assert_array_equal(tensors["L"], model.map)
    np.testing.assert_array_equal(tensors["reference"], model.reference)


def test_methods_of_models_are_the_classifiers(wine: Any) -> None:
    X, y = wine
    knn = CertifiedKNeighborsClassifier(3, learner=GMML()).fit(X[::2], y[::2])
    model: Model = knn.model_
    np.testing.assert_array_equal(model.predict(X, 3), knn.predict(X))
    np.testing.assert_array_equal(model.certify(X, y, 3, norm="l1").radius, knn.certify(X, y, norm="l1").radius)
    np.testing.assert_array_equal(model.attack(X[:9], n_neighbors=3).radius, knn.attack(X[:9]).radius)
    half: Any = 2.5
    for method in (model.predict, model.kneighbors):
        with pytest.raises(TypeError):
            method(X, half)


def test_map_and_reference_show_the_model_itself(wine: Any) -> None:
    core = GMML().fit(*wine).model_.core
    for name in ("map", "reference"):
        first, second = getattr(core, name), getattr(core, name)
        assert np.shares_memory(first, second)
        assert not first.flags.writeable
    kept = core.map
    expected = kept.copy()
    del core
    np.testing.assert_array_equal(kept, expected)  # the array keeps the model
