"""The report: one HTML file about runs that needs nothing but itself, made from their records alone."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gradwright.check import NetworkCheck
from gradwright.errors import ConfigError
from gradwright.outputs import MARK, require_place, write_output
from gradwright.show.pictures import curves_together
from gradwright.show.results import labels
from gradwright.show.section import section_of
from gradwright.show.tables import Reported, results_table
from gradwright.show.whole import Whole, whole_part
from gradwright.training import Run

if TYPE_CHECKING:
    from jinja2 import Template
    from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"


def write_report(
    runs: Sequence[Run],
    path: Path | str,
    *,
    title: str = "Runs",
    reported: Mapping[str, Reported] | None = None,
    checks: Sequence[NetworkCheck | None] | None = None,
    folders: Sequence[Path | str] | None = None,
    overview: Sequence[Run] | None = None,
    whole: Whole | None = None,
    overwrite: bool = False,
) -> Path:
    """Write one self-contained HTML page about ``runs`` and return its path.

    ``reported`` holds, by the name of a run, what a source said of it, such as ``{"peaks":
    {"train_accuracy": 0.93476, "validation_accuracy": 0.93232, "source": "Table 2"}}``.
    ``checks`` holds the gradient check of each run, None where there is none (see ``read_check``).
    ``folders`` are those of the runs, for the command under each figure that makes it again.
    ``overview`` holds the runs of the table at the top, where these are more than those shown in full.
    ``whole`` is what the runs are together, where they answer as one model; it stands first.
    The page fetches nothing, and is complete without its one script; the same runs make the same bytes. An
    older report at ``path`` is replaced.

    Raises ``ConfigError`` for no runs, for checks or folders that do not pair up with them, where ``path``
    holds a file that is not a report and ``overwrite`` is not set, or where Matplotlib or Jinja is not
    installed; ``RecordError`` where it cannot be written.
    """
    path = Path(path)
    require_place(path, overwrite=overwrite)  # before the work
    page = render_report(
        runs,
        title=title,
        reported=reported,
        checks=checks,
        folders=folders,
        overview=overview,
        whole=whole,
    )
    write_output(path, page, overwrite=overwrite)
    return path


def render_report(
    runs: Sequence[Run],
    *,
    title: str = "Runs",
    reported: Mapping[str, Reported] | None = None,
    checks: Sequence[NetworkCheck | None] | None = None,
    folders: Sequence[Path | str] | None = None,
    overview: Sequence[Run] | None = None,
    whole: Whole | None = None,
) -> str:
    """The page of ``write_report`` as text."""
    runs, reported = list(runs), reported or {}
    checks = [None] * len(runs) if checks is None else checks
    if not runs:
        raise ConfigError("report: expected at least one run, found none")
    if len(checks) != len(runs):
        raise ConfigError(f"checks: expected one for each of {len(runs)} runs, found {len(checks)}")
    if folders is not None and len(folders) != len(runs):
        raise ConfigError(f"folders: expected one for each of {len(runs)} runs, found {len(folders)}")
    several = len(runs) > 1
    places = [f"RUN{i if several else ''}" for i in range(1, len(runs) + 1)]
    if folders is not None:
        places = list(map(str, folders))
    sections = [
        section_of(
            run,
            anchor=f"run-{i}",
            title=label,
            folder=place,
            saved=folders is not None,
            check=check,
            reported=reported.get(run.config.name, {}),
            alone=whole is None,
        )
        for i, (run, label, place, check) in enumerate(
            zip(runs, labels(runs), places, checks, strict=True), 1
        )
    ]
    comparable = several and len({run.data["checksum"] for run in runs}) == 1
    return template("report.html.j2").render(
        title=title,
        contents=({"together": "Together"} if whole else {})
        | {section.anchor: section.title for section in sections},
        whole=None if whole is None else whole_part(whole),
        overview=results_table(overview or runs, reported) if overview or several else None,
        together=curves_together(runs, places) if comparable else None,
        sections=sections,
        all_checked=all(section.check for section in sections),
    )


def template(name: str, folder: Path = TEMPLATES) -> Template:
    """A page's template in ``folder``, which may include those of this room; what fills it is escaped.

    Nothing that is missing passes for empty. Raises ``ConfigError`` where Jinja is not installed.
    """
    try:
        import jinja2
    except ImportError:
        raise ConfigError('the report needs jinja2: pip install "gradwright[report]"') from None
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=True,  # names of classes and data sets come from files that others wrote
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    script = (TEMPLATES / "sort.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    # the policy of a page lets this one script run, and no other
    environment.globals |= {"mark": MARK, "script": script, "script_hash": f"sha256-{digest}"}
    environment.filters["breakable"] = _breakable
    return environment.get_template(name)


def _breakable(name: str) -> Markup:
    """A name that may be broken after its dots and underscores, such as ``optimizer.momentum``."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"([._])(?=.)", r"\1<wbr>", str(escape(name))))
