"""``{source} gradwright.Linear``: the code of a class or function, as it stands where it is."""

from __future__ import annotations

import importlib
import inspect

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Source(SphinxDirective):  # type: ignore[misc]
    """A block of Python, by the name of what it defines."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        module, _, name = self.arguments[0].rpartition(".")
        value = getattr(importlib.import_module(module), name)
        self.env.note_dependency(inspect.getsourcefile(value) or "")
        code = inspect.getsource(value)
        return [nodes.literal_block(code, code, language="python")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Make the directive known."""
    app.add_directive("source", Source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
