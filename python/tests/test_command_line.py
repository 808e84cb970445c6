"""Python and the command line are one program: the same bits, the same files, the same sentences.

HOLDFAST_PROGRAM names the program.
"""

from __future__ import annotations

import csv
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import holdfast
from holdfast import (
    AML,
    ARML,
    GMML,
    LMNN,
    NCA,
    SCML,
    CertifiedKNeighborsClassifier,
    Euclidean,
    InputError,
    load,
    sample_pairs,
    triplets_from_labels,
)
from holdfast._errors import parameter
from holdfast.learners import all_learners

LEARNERS = all_learners()


def contents(path: Path) -> tuple[Any, bytes]:
    """Header and tensors of a model file, without the table that the program's models were trained on: rows in memory
    come from none."""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    about = json.loads(header["__metadata__"].pop("holdfast"))
    about.pop("table", None)
    return (header, about), data[8 + size :]


def same_model(ours: Path, theirs: Path) -> bool:
    return contents(ours) == contents(theirs)


def read(path: Path) -> list[dict[str, str]]:
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def column(lines: list[dict[str, str]], name: str) -> list[float]:
    return [float(line[name]) for line in lines]


SETTINGS: list[tuple[Any, list[str]]] = [
    *[(learner(random_state=7), ["--seed", "7"]) for learner in LEARNERS.values()],
    (LMNN(preprocess="minmax", perturbation_weight="auto"), ["--preprocess", "minmax", "--perturbation", "auto"]),
    (LMNN(perturbation_weight=0.3, perturbation_margin=1), ["--perturbation", "0.3,1"]),
    (LMNN(perturbation_weight="auto*0.1", perturbation_margin="auto*2"), ["--perturbation", "auto*0.1,auto*2"]),
    (
        LMNN(5, n_impostors=4, mu=0.1, refresh=10, n_components=2),
        "--neighbors 5 --impostors 4 --mu .1 --refresh 10 --rank 2".split(),
    ),
    (LMNN(regularization=0.75), ["--mu", "0.75"]),
    (LMNN(preprocess="pca:3,unit"), ["--preprocess", "pca:3,unit"]),
    (
        SCML(n_basis=150, sparsity=0.01, perturbation_weight="auto"),
        "--basis 150 --sparsity .01 --perturbation auto".split(),
    ),
    (SCML(batch_size=60, max_iter=30, tol=0.3), "--batch 60 --max-iterations 30 --tolerance .3".split()),
    (GMML(0.3, regularization=0.1, prior="covariance"), "--t .3 --regularization .1 --prior covariance".split()),
    (
        AML(0.5, 2, solver="alternating", max_iter=99),
        "--alpha .5 --beta 2 --solver alternating --max-iterations 99".split(),
    ),
    (NCA(n_components=3, perturbation_weight="auto"), "--rank 3 --perturbation auto".split()),
    (
        ARML(4, n_impostors=3, n_draws=7, margin=0.5, refresh=0),
        "--neighbors 4 --impostors 3 --draws 7 --margin .5 --refresh 0".split(),
    ),
    (Euclidean(preprocess="whiten"), ["--preprocess", "whiten"]),
]


def named(settings: list[tuple[Any, list[str]]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "learner, options", settings, ids=[" ".join([learner._method, *options]) for learner, options in settings]
    )


@pytest.mark.filterwarnings("ignore:not converged:sklearn.exceptions.ConvergenceWarning")
@named(SETTINGS)
def test_fit_writes_the_same_file(
    learner: Any, options: list[str], program: Any, write_csv: Any, wine: Any, tmp_path: Path
) -> None:
    X, y = wine
    program("fit", learner._method, "--train", write_csv("wine.csv", X, y), "--out", tmp_path / "theirs", *options)
    learner.fit(X, y).save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")
    assert load(tmp_path / "ours") == learner.model_


@pytest.mark.parametrize("count", [1, 3])
def test_fit_with_other_numbers_of_threads(
    count: int, program: Any, threads: Any, write_csv: Any, digits: Any, tmp_path: Path
) -> None:
    X, y = digits[0][:500], digits[1][:500]
    threads(count)
    table = write_csv("digits.csv", X, y)
    for learner in (LMNN(), ARML()):
        program("fit", learner._method, "--train", table, "--out", tmp_path / "theirs")
        learner.fit(X, y).save(tmp_path / "ours")
        assert same_model(tmp_path / "ours", tmp_path / "theirs")


LABELS = {
    "integers": np.array([2, 10, -1]),
    "texts": np.array(["zinfandel", "pinot noir", "ärger"]),
    "numeric texts": np.array(["10", "9", "007"]),
    "mixed": np.array(["10", "9", "a"]),
}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
def test_labels(labels: np.ndarray, program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    program("fit", "arml", "--train", write_csv("wine.csv", X, labels[y]), "--out", tmp_path / "theirs")
    fitted = ARML().fit(X, labels[y])
    fitted.save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")
    assert list(map(str, load(tmp_path / "theirs").predict(X))) == list(map(str, fitted.model_.predict(X)))


@pytest.mark.parametrize("kind", [np.uint8, np.float64, bool])
def test_labels_of_arrays(kind: Any, program: Any, wine: Any, tmp_path: Path) -> None:
    """The program reads NumPy's files too, and a whole number is one class whatever its type."""
    X, y = wine
    labels = (y > 0 if kind is bool else y).astype(kind)
    np.savez(tmp_path / "wine.npz", X=X, y=labels)
    program("fit", "lmnn", "--train", tmp_path / "wine.npz", "--out", tmp_path / "theirs")
    certificates = load(tmp_path / "theirs").certify(X, labels)
    assert np.mean(certificates.predicted == certificates.label) > 0.95
    LMNN().fit(X, labels).save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")


def test_names_of_columns(program: Any, iris: Any, tmp_path: Path) -> None:
    X, y = iris
    frame = pd.DataFrame(X, columns=["sepal length", "sepal, width", 'petal "length"', "d"])
    frame.assign(species=np.array(["setosa", "versicolor", "virginica"])[y]).to_csv(tmp_path / "iris.csv", index=False)
    program("fit", "lmnn", "--train", tmp_path / "iris.csv", "--label", "species", "--out", tmp_path / "theirs")
    fitted = LMNN().fit(frame, np.array(["setosa", "versicolor", "virginica"])[y])
    fitted.save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")
    assert load(tmp_path / "theirs").columns == list(frame.columns)


@pytest.mark.parametrize("name", ["euclidean", "gmml", "aml"])
def test_pairs(name: str, program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    pairs = np.concatenate(sample_pairs(y, 300))
    labels = np.where(y[pairs[:, 0]] == y[pairs[:, 1]], 1, -1)
    lines = [f"{first},{second},{label}\n" for (first, second), label in zip(pairs, labels, strict=True)]
    (tmp_path / "pairs.csv").write_text("".join(lines))
    program(
        *("fit", name, "--train", write_csv("wine.csv", X), "--label", "none"),
        *("--pairs", tmp_path / "pairs.csv", "--out", tmp_path / "theirs"),
    )
    LEARNERS[name](preprocessor=X).fit(pairs, labels).save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")


@pytest.mark.parametrize("name", ["euclidean", "lmnn", "scml", "arml"])
def test_triplets(name: str, program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    triplets = triplets_from_labels(X, y, 2, 3)
    (tmp_path / "triplets.csv").write_text("".join(f"{i},{j},{k}\n" for i, j, k in triplets))
    program(
        *("fit", name, "--train", write_csv("wine.csv", X), "--label", "none"),
        *("--triplets", tmp_path / "triplets.csv", "--out", tmp_path / "theirs"),
    )
    LEARNERS[name](preprocessor=X).fit(triplets).save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")


# What a model does.


@pytest.fixture
def split(wine: Any, write_csv: Any, tmp_path: Path) -> Any:
    """A classifier on every second row, its model file, the other rows, and their file."""
    X, y = wine
    knn = CertifiedKNeighborsClassifier(3, learner=LMNN(perturbation_weight="auto")).fit(X[::2], y[::2])
    knn.save(tmp_path / "model")
    return knn, tmp_path / "model", X[1::2], y[1::2], write_csv("test.csv", X[1::2], y[1::2])


def test_transform(split: Any, program: Any, tmp_path: Path) -> None:
    knn, model, X, y, table = split
    program("transform", model, "--data", table, "--out", tmp_path / "mapped.npy")
    np.testing.assert_array_equal(knn.learner_.transform(X), np.load(tmp_path / "mapped.npy"))


def test_predict(split: Any, program: Any) -> None:
    knn, model, X, _, table = split
    lines = list(csv.DictReader(program("predict", model, "--data", table, "--certify", "--norm", "l1").splitlines()))
    assert [line["predicted"] for line in lines] == list(map(str, knn.predict(X)))
    assert column(lines, "radius") == knn.certify(X, norm="l1").radius.tolist()


@pytest.mark.parametrize("space", ["preprocessed", "raw"])
@pytest.mark.parametrize("k", [1, 3])
def test_certificates(k: int, space: str, split: Any, program: Any, tmp_path: Path) -> None:
    knn, model, X, y, table = split
    knn.set_params(n_neighbors=k)
    program(
        *("certify", model, "--test", table, "-k", k, "--norm", "l2,l1,linf", "--space", space),
        *("--method", "bound,fast", "--out", tmp_path / "radii.csv"),
    )
    lines = read(tmp_path / "radii.csv")
    for norm in ("l2", "l1", "linf"):
        for method in ("bound", "fast"):
            certificates = knn.certify(X, y, norm=norm, space=space, method=method)
            theirs = [line for line in lines if (line["norm"], line["method"]) == (norm, method)]
            ours = certificates.to_frame()
            assert column(theirs, "radius") == certificates.radius.tolist()
            assert list(theirs[0]) == list(ours.columns)
            for name in ("row", "label", "predicted", "norm", "method", "space"):
                assert [line[name] for line in theirs] == ours[name].astype(str).tolist()


@pytest.mark.parametrize("k", [1, 3])
def test_attacks(k: int, split: Any, program: Any, tmp_path: Path) -> None:
    knn, model, X, y, table = split
    knn.set_params(n_neighbors=k)
    program(
        *("attack", model, "--test", table, "-k", k, "--norm", "l2,l1,linf", "--seed", 5, "--tries", 50),
        *("--out", tmp_path / "attacks.csv", "--rows", tmp_path / "rows.npy"),
    )
    lines = read(tmp_path / "attacks.csv")
    rows = np.load(tmp_path / "rows.npy")
    for norm in ("l2", "l1", "linf"):
        attacks = knn.attack(X, y, norm=norm, n_tries=50, random_state=5)
        places = [place for place, line in enumerate(lines) if line["norm"] == norm]
        theirs = [lines[place] for place in places]
        assert column(theirs, "radius") == attacks.radius.tolist()
        assert column(theirs, "adversarial_label") == attacks.adversarial_label.tolist()
        np.testing.assert_array_equal(attacks.adversarial, rows[places])


def test_exact_radii_in_a_box_and_an_ellipsoid(split: Any, program: Any, tmp_path: Path) -> None:
    knn, model, X, y, table = split
    knn.set_params(n_neighbors=1)
    diagonal = np.linspace(0.5, 2, 13)
    (tmp_path / "ellipsoid.csv").write_text(",".join(map(repr, map(float, diagonal))) + "\n")
    program(
        *("certify", model, "--test", table, "--space", "raw", "--box", "0,2000", "--method", "exact"),
        *("--norm", f"l2,ellipsoid:{tmp_path / 'ellipsoid.csv'}"),
        *("--out", tmp_path / "radii.csv", "--witnesses", tmp_path / "rows.npy"),
    )
    radii = column(read(tmp_path / "radii.csv"), "radius")
    rows = np.load(tmp_path / "rows.npy")
    for place, ellipsoid in enumerate((None, diagonal)):
        ours = knn.certify(X, y, space="raw", box=(0, 2000), method="exact", ellipsoid=ellipsoid)
        part = slice(place * len(X), (place + 1) * len(X))
        assert radii[part] == ours.radius.tolist()
        np.testing.assert_array_equal(ours.witness, rows[part])


def test_the_program_verifies_certificates_of_python(split: Any, program: Any, tmp_path: Path) -> None:
    knn, model, X, y, table = split
    knn.set_params(n_neighbors=1)
    certificates = knn.certify(X, y, method="exact")
    certificates.to_frame().to_csv(tmp_path / "radii.csv", index=False)
    np.save(tmp_path / "rows.npy", certificates.witness)
    check = ["certify", model, "--test", table, "--check", tmp_path / "radii.csv", "--witnesses", tmp_path / "rows.npy"]
    program(*check)
    larger = certificates.to_frame()
    larger.loc[0, "radius"] *= 1.001
    larger.to_csv(tmp_path / "radii.csv", index=False)
    assert program.run(*check).returncode != 0


def test_evaluate(split: Any, program: Any) -> None:
    knn, model, X, y, table = split
    theirs = json.loads(
        program("evaluate", model, "--test", table, "--noise", "gaussian:20,5", "uniform:10", "--repeats", 4, "--json")
    )
    ours = holdfast.evaluate(knn, X, y, noise=["gaussian:20,5", "uniform:10"], n_repeats=4)
    assert ours.accuracy == theirs["accuracy"]
    assert [vars(level) for level in ours.noise] == theirs["noise"]
    assert ours.retrieval is not None
    assert vars(ours.retrieval) == theirs["retrieval"]


def test_tune(program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    program(
        *("tune", "lmnn", "--train", write_csv("wine.csv", X, y), "--trials", 6, "--folds", 3, "--seed", 4),
        *("--refresh", 5, "--preprocess", "minmax"),
        *("--out", tmp_path / "theirs", "--trials-out", tmp_path / "trials.csv"),
    )
    tuning = holdfast.tune(
        LMNN(refresh=5, preprocess="minmax", random_state=4), X, y, n_trials=6, n_folds=3, random_state=4
    )
    tuning.best_estimator.save(tmp_path / "ours")
    assert same_model(tmp_path / "ours", tmp_path / "theirs")
    trials = read(tmp_path / "trials.csv")
    for name in ("score", "accuracy", "certified", "folds"):
        assert column(trials, name) == [getattr(trial, name) for trial in tuning.trials]
    given = [trial.parameters["mu"] for trial in tuning.trials if trial.parameters["mu"] is not None]
    assert column([line for line in trials if line["mu"]], "mu") == given
    assert [line["status"] for line in trials].index("best") == tuning.best


# Wrong input.

Table = tuple[np.ndarray, np.ndarray]
Call = Callable[[Table], Any]


def fit(**parameters: Any) -> Call:
    return lambda wine: LMNN(**parameters).fit(*wine)


WRONG_OPTIONS: list[tuple[Call, list[str]]] = [
    (fit(n_neighbors=0), ["fit", "lmnn", "--neighbors", "0"]),
    (fit(mu=1.5), ["fit", "lmnn", "--mu", "1.5"]),
    (fit(n_components=14), ["fit", "lmnn", "--rank", "14"]),
    (fit(max_iter=0), ["fit", "lmnn", "--max-iterations", "0"]),
    (fit(tol=-1.0), ["fit", "lmnn", "--tolerance", "-1"]),
    (fit(perturbation_weight="auto", perturbation_margin=-1), ["fit", "lmnn", "--perturbation", "auto,-1"]),
    (fit(preprocess="nope"), ["fit", "lmnn", "--preprocess", "nope"]),
    (lambda wine: GMML(2.0).fit(*wine), ["fit", "gmml", "--t", "2"]),
    (lambda wine: GMML(regularization=-1).fit(*wine), ["fit", "gmml", "--regularization", "-1"]),
    (lambda wine: AML(solver="x").fit(*wine), ["fit", "aml", "--solver", "x"]),
    (lambda wine: ARML(margin=0).fit(*wine), ["fit", "arml", "--margin", "0"]),
    (lambda wine: holdfast.tune(LMNN(), *wine, n_folds=1), ["tune", "lmnn", "--folds", "1"]),
    (lambda wine: holdfast.tune(LMNN(), *wine, objective="x"), ["tune", "lmnn", "--objective", "x"]),
]


@pytest.mark.parametrize("call, arguments", WRONG_OPTIONS, ids=[" ".join(a) for _, a in WRONG_OPTIONS])
def test_refused_options(
    call: Call, arguments: list[str], program: Any, write_csv: Any, wine: Any, tmp_path: Path
) -> None:
    table = write_csv("wine.csv", *wine)
    with pytest.raises(InputError) as refused:
        call(wine)
    theirs = program.refusal(*arguments, "--train", table, "--out", tmp_path / "model")
    assert str(refused.value) == in_python(theirs)


def in_python(message: str) -> str:
    """A message of the command line with its options as parameters."""
    message = re.sub(r" \([^()]*--label[^()]*\)", "", message)
    return re.sub(r"(?<![\w-])--?([a-z][a-z-]*)", lambda option: parameter(option[1]), message)


# What Python says if it is more than the command line's message with parameters.
WRONG_THREATS: list[tuple[Callable[[Any, Table], Any], list[str], str | None]] = [
    (lambda knn, wine: knn.set_params(n_neighbors=2).predict(wine[0]), ["predict", "-k", "2"], None),
    (lambda knn, wine: knn.set_params(n_neighbors=0).certify(*wine), ["certify", "-k", "0"], None),
    (lambda knn, wine: knn.set_params(n_neighbors=179).attack(*wine), ["attack", "-k", "179"], None),
    (lambda knn, wine: holdfast.evaluate(knn, *wine, noise="gauss:20"), ["evaluate", "--noise", "gauss:20"], None),
    (lambda knn, wine: holdfast.evaluate(knn, *wine, n_neighbors=2), ["evaluate", "-k", "2"], None),
    (
        lambda knn, wine: holdfast.evaluate(knn, *wine, noise="uniform:9", n_repeats=0),
        ["evaluate", "--noise", "uniform:9", "--repeats", "0"],
        None,
    ),
    (lambda knn, wine: knn.attack(*wine, n_tries=-1), ["attack", "--tries", "-1"], "n_tries -1: must be at least 0"),
    (lambda knn, wine: knn.certify(*wine, norm="l3"), ["certify", "--norm", "l3"], 'norm "l3": must be l2, l1 or linf'),
]


@pytest.mark.parametrize("call, arguments, ours", WRONG_THREATS, ids=[" ".join(a) for _, a, _ in WRONG_THREATS])
def test_refused_threats(
    call: Any, arguments: list[str], ours: str | None, program: Any, write_csv: Any, wine: Any, tmp_path: Path
) -> None:
    table = write_csv("wine.csv", *wine)
    knn = CertifiedKNeighborsClassifier(1).fit(*wine)
    knn.save(tmp_path / "model")
    with pytest.raises(InputError) as refused:
        call(knn, wine)
    command, *options = arguments
    data = "--data" if command == "predict" else "--test"
    theirs = program.refusal(command, tmp_path / "model", data, table, *options)
    assert str(refused.value) == (ours or in_python(theirs))


def test_refused_models(split: Any, program: Any, tmp_path: Path) -> None:
    _, model, _, _, table = split
    (tmp_path / "cut").write_bytes(model.read_bytes()[:1000])
    for file in (tmp_path / "cut", tmp_path / "absent"):
        with pytest.raises(InputError) as refused:
            load(file)
        assert str(refused.value) == program.refusal("info", file)


def test_refused_rows(split: Any, program: Any, write_csv: Any) -> None:
    """The command line names the file where Python says X."""
    knn, model, X, y, _ = split
    for rows, labels in ((X[:, :5], y), (X, y + 1)):
        table = write_csv("other.csv", rows, labels)
        with pytest.raises(InputError) as refused:
            knn.model_.certify(rows, labels)
        theirs = program.refusal("certify", model, "--test", table)
        assert str(refused.value).replace("X:", f"{table}:") == in_python(theirs)


def test_refused_labels(program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, y = wine
    table = write_csv("wine.csv", X, np.ones(178, dtype=int))
    with pytest.raises(InputError) as refused:
        LMNN().fit(X, np.ones(178, dtype=int))
    theirs = program.refusal("fit", "lmnn", "--train", table, "--out", tmp_path / "model")
    assert str(refused.value).replace("X:", f"{table}:") == in_python(theirs)


def test_refused_tuples(program: Any, write_csv: Any, wine: Any, tmp_path: Path) -> None:
    X, _ = wine
    table = write_csv("wine.csv", X)
    for name, tuples, labels in (
        ("lmnn", [[0, 1], [2, 100]], [1, -1]),
        ("gmml", [[0, 1, 100]], None),
    ):
        lines = np.array(tuples) if labels is None else np.column_stack([tuples, labels])
        (tmp_path / "tuples.csv").write_text("".join(",".join(map(str, line)) + "\n" for line in lines))
        with pytest.raises(InputError) as refused:
            LEARNERS[name](preprocessor=X).fit(tuples, labels)
        theirs = program.refusal(
            *("fit", name, "--train", table, "--label", "none", "--out", tmp_path / "model"),
            *("--triplets" if labels is None else "--pairs", tmp_path / "tuples.csv"),
        )
        assert str(refused.value) == in_python(theirs)


def test_messages_name_parameters(wine: Any) -> None:
    """Never options of the command line."""
    X, y = wine
    model = LMNN().fit(X, y).model_
    with pytest.raises(InputError, match="check that the label column is the right one$"):
        LMNN().fit(X, np.ones(178))
    with pytest.raises(InputError, match="give the same columns in the same order$"):
        model.predict(X[:, :5])
    with pytest.raises(InputError, match='^perturbation_weight "x": must be a number, "auto"'):
        LMNN(perturbation_weight="x").fit(X, y)
    with pytest.raises(InputError, match="^max_iter -1: must be at least 1"):
        LMNN(max_iter=-1).fit(X, y)
    with pytest.raises(InputError) as refused:
        model.predict(X, 2)
    assert str(refused.value) == "n_neighbors 2: must be odd, so that a vote has a majority; try 1 or 3"


# Data frames, for models of tables.

TABLE = "age,town,member,id,kind\n" + "".join(
    f"{20 + 3 * i},{('Rome', 'Bern', 'Oslo')[i % 3]},{('yes', 'no')[i % 2]},{i},{'ab'[i % 2]}\n" for i in range(12)
)


@pytest.fixture
def of_table(program: Any, tmp_path: Path) -> Any:
    (tmp_path / "t.csv").write_text(TABLE)
    options = ("--drop", "id", "--missing", "impute", "--out", tmp_path / "m")
    program("fit", "euclidean", "--train", tmp_path / "t.csv", *options)
    return load(tmp_path / "m"), pd.read_csv(tmp_path / "t.csv")


def test_frames_are_read_as_tables(of_table: Any, program: Any, tmp_path: Path) -> None:
    model, frame = of_table
    program("predict", tmp_path / "m", "--data", tmp_path / "t.csv", "-k", "1", "--out", tmp_path / "p.csv")
    assert list(model.predict(frame, 1)) == [line["predicted"] for line in read(tmp_path / "p.csv")]
    shuffled = frame[["kind", "id", "member", "town", "age"]]
    np.testing.assert_array_equal(model.transform(shuffled), model.transform(frame))
    polars = pytest.importorskip("polars")
    np.testing.assert_array_equal(model.transform(polars.DataFrame(frame.to_dict("list"))), model.transform(frame))
    assert model.transform(frame).shape == (12, 5)
    with pytest.warns(UserWarning, match="12 cells are of categories that the training rows did not have"):
        model.transform(frame.assign(town="Paris"))


def test_missing_cells_of_frames_are_filled_in(of_table: Any) -> None:
    model, frame = of_table
    gaps = frame.astype({"age": float})
    gaps.loc[0, "age"] = np.nan
    gaps.loc[1, "town"] = None
    rows = model.transform(gaps)
    np.testing.assert_array_equal(rows[0], model.transform(frame.astype({"age": float}).assign(age=36.5))[0])
    np.testing.assert_array_equal(rows[2:], model.transform(frame)[2:])


def test_frames_that_are_refused(of_table: Any) -> None:
    model, frame = of_table
    with pytest.raises(InputError, match='X: has no column "age", which the model needs; its columns are "town", "member"'):
        model.predict(frame[["town", "member"]])
    with pytest.raises(InputError, match='X: column "age" was numeric in the training data'):
        model.predict(frame.assign(age="old"))
    with pytest.raises(InputError, match='row 0 .counted from 0., column "age" is infinite'):
        model.predict(frame.assign(age=np.inf))
