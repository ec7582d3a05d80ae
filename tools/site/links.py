"""Links to pages outside docs/, which a forge shows and the site hands out as files."""

from __future__ import annotations

import re

from sphinx.application import Sphinx

OUTSIDE = re.compile(r"\]\((\.\./[^)#:]+\.md)\)")


def on_read(app: Sphinx, page: str, source: list[str]) -> None:
    """For ``source-read``."""
    source[0] = OUTSIDE.sub(r"](path:\1)", source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("source-read", on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
