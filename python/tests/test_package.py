"""The package as a whole: typed, documented, light, and one version with the library."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.base import BaseEstimator

import holdfast

PACKAGE = Path(holdfast.__file__).parent
REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = sorted({module.name for module in pkgutil.walk_packages([str(PACKAGE)], "holdfast.")} - {"holdfast._core"})
PUBLIC = [name for name in MODULES if "._" not in name]
OBJECTS = {name: getattr(holdfast, name) for name in holdfast.__all__ if name != "__version__"}


def test_version() -> None:
    text = (REPOSITORY / "CMakeLists.txt").read_text()
    found = re.search(r"project\(holdfast VERSION ([0-9.]+)", text)
    assert found and holdfast.__version__ == found[1]


# Names.


def test_all_names_exist_and_no_class_is_missing() -> None:
    assert sorted(set(holdfast.__all__)) == sorted(holdfast.__all__)
    classes = {
        name
        for module in PUBLIC
        for name, member in vars(importlib.import_module(module)).items()
        if inspect.isclass(member) and member.__module__ == module and not name.startswith("_")
    }
    assert classes <= set(holdfast.__all__)
    namespace: dict[str, Any] = {}
    exec("from holdfast import *", namespace)
    assert set(holdfast.__all__) <= set(namespace)


def test_dir_and_unknown_names() -> None:
    assert set(holdfast.__all__) <= set(dir(holdfast))
    with pytest.raises(AttributeError, match="module 'holdfast' has no attribute 'nothing'"):
        holdfast.nothing  # noqa: B018


def test_names_that_type_checkers_see_are_those_that_load() -> None:
    """`if TYPE_CHECKING` of the package lists what `__getattr__` finds."""
    source = (PACKAGE / "__init__.py").read_text()
    block = source[source.index("if TYPE_CHECKING:") : source.index("__all__")]
    listed = {
        name.strip(): module
        for module, names in re.findall(r"from \.(\w+) import \(?([\w,\s]+?)(?:\)|\n(?=    from|\n))", block)
        for name in names.split(",")
        if name.strip()
    }
    assert listed == {name: module for name, module in holdfast._MODULE_OF.items() if name not in holdfast._GENERATED}


# Documentation.


@pytest.mark.parametrize("module", ["holdfast", *MODULES])
def test_examples_of_the_documentation(module: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(module), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {test.name for module in ["holdfast", *MODULES] for test in finder.find(importlib.import_module(module))}
    estimators = {
        f"{member.__module__}.{name}"
        for name, member in OBJECTS.items()
        if inspect.isclass(member) and issubclass(member, BaseEstimator)
    }
    assert estimators <= found


def documented_parameters(text: str) -> list[str]:
    """Names in the section "Parameters" of a docstring in NumPy's form."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", inspect.cleandoc(text), re.M | re.S)
    if not section:
        return []
    heads = re.findall(r"^(\w[\w, ]*?)(?: :.*)?$", section[1], re.M)
    return [name.strip() for head in heads for name in head.split(",")]


def parameters(member: Any) -> list[str]:
    return [name for name in inspect.signature(member).parameters if name != "self"]


@pytest.mark.parametrize("name", OBJECTS)
def test_public_objects_are_documented(name: str) -> None:
    member = OBJECTS[name]
    assert member.__doc__ and member.__doc__.strip(), name
    if member in (holdfast.set_threads, holdfast.threads, holdfast.InputError, holdfast.HoldfastWarning):
        return  # of the extension module, which has no signature, and exceptions
    is_result = dataclasses.is_dataclass(member) and not issubclass(member, BaseEstimator)
    if is_result or member is holdfast.Model:
        return  # made by the package, not by users
    documented = documented_parameters(member.__doc__)
    if name in ("support_points", "verification"):  # which refer to a neighbour, or to their formula
        assert documented or "Parameters" in member.__doc__
    else:
        assert sorted(documented) == sorted(parameters(member))


def methods() -> dict[str, Any]:
    return {
        f"{name}.{method}": getattr(member, method)
        for name, member in OBJECTS.items()
        if inspect.isclass(member)
        for method in dir(member)
        if not method.startswith("_")
        and inspect.isfunction(inspect.getattr_static(member, method))
        and getattr(member, method).__module__.startswith("holdfast")
    }


@pytest.mark.parametrize("name", methods())
def test_public_methods_are_documented(name: str) -> None:
    member = methods()[name]
    assert member.__doc__ and member.__doc__.strip()
    if documented := documented_parameters(member.__doc__):
        assert documented == parameters(member)


# Types.


def test_types(pytestconfig: pytest.Config, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    assert (PACKAGE / "py.typed").exists()
    assert (PACKAGE / "_core.pyi").exists()
    cache = pytestconfig.cache.mkdir("mypy") if hasattr(pytestconfig, "cache") and pytestconfig.cache else tmp_path
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--config-file",
            str(REPOSITORY / "pyproject.toml"),
            "-p",
            "holdfast",
            "--cache-dir",
            str(cache),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stub_matches_the_extension_module() -> None:
    stub = (PACKAGE / "_core.pyi").read_text()
    for name in vars(holdfast._core):
        if not name.startswith("_"):
            assert re.search(rf"^(def|class) {name}\b|^{name}: ", stub, re.M), name
    for name in vars(holdfast._core.Model):
        if not name.startswith("_"):
            assert re.search(rf"^    def {name}\(", stub, re.M), name


# Weight.

IMPORT = """
import sys, time
began = time.process_time()
import holdfast
seconds = time.process_time() - began
heavy = {"sklearn", "scipy", "pandas", "matplotlib", "tqdm"} & set(sys.modules)
print(seconds, *heavy)
"""


def test_the_import_is_light(interpreter: Callable[..., str]) -> None:
    seconds = []
    for _ in range(5):
        first, *heavy = interpreter(IMPORT).split()
        assert not heavy
        seconds.append(float(first))
    assert min(seconds) < 0.3


OPENMP = """
import numpy as np
import holdfast
from holdfast import _core

rng = np.random.default_rng(0)
X, y = rng.random((500, 30)), np.arange(500) % 3
labels = _core.encode_labels([str(label) for label in y])
model, _ = _core.train("lmnn", X, (labels[0], labels[1]), None, None, "auto", {"max-iterations": 20}, [], 0, None)
model.predict(X, 3, None)
with open("/proc/self/maps") as maps:
    loaded = {line.split("/")[-1].strip() for line in maps if "/" in line}
print(*(name for name in loaded if any(runtime in name for runtime in ("libgomp", "libomp", "libiomp"))))
"""


def test_no_second_openmp_runtime(interpreter: Callable[..., str]) -> None:
    """scikit-learn brings one; two in a process can deadlock."""
    assert interpreter(OPENMP).split() == []


def test_threads(threads: Any, iris: Any) -> None:
    for count in (1, 3, 1024):
        threads(count)
        assert holdfast.threads() == count
    for wrong in (0, -1, 1025):
        with pytest.raises(holdfast.InputError, match=f"threads {wrong}: must be between 1 and 1024"):
            holdfast.set_threads(wrong)
    with pytest.raises(TypeError):
        holdfast.set_threads("two")  # type: ignore[arg-type]


def test_input_errors_are_value_errors() -> None:
    assert issubclass(holdfast.InputError, ValueError)
    assert issubclass(holdfast.HoldfastWarning, UserWarning)


def test_modules_come_with_their_package() -> None:
    source = "import holdfast; print(holdfast.plot.__name__, holdfast.evaluation.__name__)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True)
    assert done.stdout.split() == ["holdfast.plot", "holdfast.evaluation"], done.stderr
