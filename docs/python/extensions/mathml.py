"""Formulas as MathML, which browsers draw by themselves: pages need no script and no network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml


def mathml(node: nodes.Element) -> str:
    # A bar is a fence here; browsers would space it as an operator.
    bar = '<mo stretchy="false">|</mo>'
    return tex2mathml(node.astext()).replace(bar, bar.replace(" ", ' lspace="0" rspace="0" '))


def visit_inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(mathml(node))
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.math_block) -> None:
    formula = mathml(node).replace("<math ", '<math display="block" ', 1)
    translator.body.append(f'<div class="math">{formula}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
