"""Settings of the Python guide, which scripts/docs builds."""

import inspect
import sys
from pathlib import Path
from typing import Any

import holdfast
from sphinx_gallery.sorting import ExplicitOrder

here = Path(__file__).parent
sys.path.insert(0, str(here / "extensions"))

project = "Holdfast"
author = "The Holdfast authors"
copyright = author
version = release = holdfast.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.doctest",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "mathml",
]
templates_path = ["templates"]
default_role = "py:obj"
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3

autosummary_generate = True
autosummary_imported_members = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False

# The code of the pages runs: `testcode` is checked against its `testoutput`. Docstrings have tests of their own.
doctest_test_doctest_blocks = ""
trim_doctest_flags = True

sphinx_gallery_conf = {
    "examples_dirs": str(here / "../../examples/python"),
    "gallery_dirs": "examples",
    "within_subsection_order": ExplicitOrder(
        [
            "plot_radius.py",
            "plot_tabular_certificate.py",
            "plot_noise.py",
            "plot_tune.py",
            "plot_custom_pairs.py",
            "plot_faiss_search.py",
            "plot_embeddings.py",
        ]
    ),
    "capture_repr": (),
    "image_srcset": ["2x"],
    "show_signature": False,
    "download_all_examples": False,
    "write_computation_times": False,
    "min_reported_time": 3600,
}

smartquotes = False
html_theme = "furo"
html_math_renderer = "mathml"
html_title = f"Holdfast {version}"
html_static_path = ["static"]
html_css_files = ["guide.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False


def is_foreign(app: Any, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Leaves out what classes inherit from scikit-learn and Python, whose own guides describe it."""
    owner = getattr(member, "__objclass__", member)
    module = getattr(owner, "__module__", None) or ""
    return True if inspect.isroutine(member) and not module.startswith("holdfast") else None


def setup(app: Any) -> None:
    app.connect("autodoc-skip-member", is_foreign)
