"""What an example prints, below it: examples of the pages named here are run while the site is built.

They run in order, in one namespace and in an empty folder; an example that fails ends the build.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from fnmatch import fnmatch

from sphinx.application import Sphinx

SHOWN = ("start", "engine", "derivations/*", "from/*")
EXAMPLE = re.compile(r"```python\n(.*?)```\n", re.DOTALL)


def with_outputs(text: str, page: str) -> str:
    """A page of Markdown with a block of what was printed after each of its examples.

    >>> print(with_outputs("```python\\nprint(1 + 1)\\n```\\n", "sums"))
    ```python
    print(1 + 1)
    ```
    <BLANKLINE>
    ```text
    2
    ```
    <BLANKLINE>
    """
    namespace = {"__name__": page}

    def run(example: re.Match[str]) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            exec(compile(example[1], page, "exec", dont_inherit=True), namespace)
        shown = f"\n```text\n{printed.getvalue().rstrip()}\n```\n" if printed.getvalue().strip() else ""
        return example[0] + shown

    with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
        return EXAMPLE.sub(run, text)


def on_read(app: Sphinx, page: str, source: list[str]) -> None:
    """For ``source-read``."""
    if any(fnmatch(page, pattern) for pattern in SHOWN):
        source[0] = with_outputs(source[0], page)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("source-read", on_read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
