"""Formulas as MathML, which browsers draw by themselves: no script, no letters from elsewhere."""

from __future__ import annotations

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# a function's name, with its power, before what is no bracket: "tanh x" and not "tanhx"
BARE = re.compile(r"(<mi>\w{2,}</mi>|<msup><mi>\w{2,}</mi><mn>\d</mn></msup>)(?!<mo)")


def visit_math(writer: HTML5Translator, node: nodes.math) -> None:
    """A formula within a line."""
    writer.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def visit_math_block(writer: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on lines of its own."""
    writer.body.append(f'<div class="formula">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def mathml(formula: str, display: str) -> str:
    """A formula of LaTeX as MathML, on a line of its own ("block") or in the text ("inline")."""
    return BARE.sub(r'\1<mspace width=".17em"/>', convert(formula, display=display))


def setup(app: Sphinx) -> dict[str, bool]:
    """Make ``html_math_renderer = "mathml"`` known."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
