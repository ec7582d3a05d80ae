"""A page in a real browser opens without a complaint and asks for nothing; skipped where there is none."""

from __future__ import annotations

import html
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import gradwright as gw
from gradwright.check import NetworkCheck
from gradwright.show.report import render_report, template
from gradwright.tables import Table
from tests.programs import PATIENCE

NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = os.environ.get("GRADWRIGHT_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
OWN = (".google.com", ".googleapis.com")  # what a browser asks for by itself, whatever it shows
POLICY = 'http-equiv="Content-Security-Policy"'
STRANGER = """<img src="http://gradwright.invalid/a.png" alt=""><script>console.error("a fault")</script>"""

pytestmark = [
    pytest.mark.waits,
    pytest.mark.skipif(BROWSER is None, reason=f"needs a browser: one of {', '.join(NAMES)}"),
]


def opened(text: str, folder: Path, width: int = 1280) -> tuple[list[str], list[str], str]:
    """What a browser says on its console, the addresses that it asks for, and the page as it stands then."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    page = (folder / "page.html").as_uri()
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync --disable-quic --enable-logging=stderr --dump-dom"
    flags += f" --hide-scrollbars --window-size={width},1000"
    places = [f"--user-data-dir={folder / 'profile'}", f"--log-net-log={folder / 'net.json'}"]
    rules = "--host-resolver-rules=MAP * ~NOTFOUND"  # whatever is asked for, nothing leaves this machine
    done = subprocess.run(
        [str(BROWSER), *flags.split(), *places, rules, page],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    events = json.loads((folder / "net.json").read_text())["events"]
    urls = {event.get("params", {}).get("url", "") for event in events}
    asked = [url for url in urls if url.startswith("http") and not urlsplit(url).netloc.endswith(OWN)]
    return console, asked, done.stdout


def test_a_page_opens_without_a_complaint_and_asks_for_nothing(
    run: gw.Run, check: NetworkCheck, tmp_path: Path
) -> None:
    console, asked, page = opened(render_report([run], title="One run", checks=[check]), tmp_path)
    assert "<h1>One run</h1>" in page
    assert (console, asked) == ([], [])


PRESS = """<script>
const box = () => document.querySelector("table.sortable");
const titles = [...box().tHead.rows[0].cells];
const column = titles.findIndex(title => title.textContent === COLUMN);
const said = [];
for (let press = 0; press < 3; press++) {
  const button = titles[column].querySelector("button");
  button.focus();
  if (document.activeElement === button) button.click();  // the keyboard presses what has the focus
  const cells = [...box().tBodies[0].rows].map(row => row.cells[column].textContent);
  said.push([titles[column].getAttribute("aria-sort"), ...cells].join(";"));
}
document.title = said.join("|");
</script>"""


def pressed(text: str, column: str, folder: Path) -> list[list[str]]:
    """What ``aria-sort`` and the cells of a column are after each of three presses on its title."""
    script = PRESS.replace("COLUMN", json.dumps(column))
    _, _, page = opened(text.replace(POLICY, "hidden").replace("</body>", f"{script}</body>"), folder)
    title = page[page.index("<title>") + len("<title>") : page.index("</title>")]
    return [part.split(";") for part in html.unescape(title).split("|")]


CELLS = ("10", "9.5", "1,200", "-", "-3", "2e-05", "< 0.001", "1 min 3 s", "950 ms", "12.50 ± 0.30%")


def test_a_table_is_sorted_by_its_titles_and_a_third_press_brings_its_order_back(tmp_path: Path) -> None:
    table = Table(("name", "value"), "lr", tuple((f"row{i}", cell) for i, cell in enumerate(CELLS)))
    up, down, back = pressed(_page_of(table), "value", tmp_path)
    order = ["-3", "2e-05", "< 0.001", "950 ms", "9.5", "10", "12.50 ± 0.30%", "1 min 3 s", "1,200"]
    assert up == ["ascending", *order, "-"]
    assert down == ["descending", *reversed(order), "-"]
    assert back == ["", *CELLS]


def test_texts_are_sorted_as_people_do(tmp_path: Path) -> None:
    names = ("layer 10", "layer 9", "bias")
    table = Table(("name", "value"), "lr", tuple((name, "0") for name in names))
    up, *_ = pressed(_page_of(table), "name", tmp_path)
    assert up == ["ascending", "bias", "layer 9", "layer 10"]


def _page_of(table: Table) -> str:
    """A page with one table that can be sorted."""
    source = """{% extends "page.html.j2" %}{% import "parts.html.j2" as parts %}
    {% block main %}{{ parts.table(table, "A table", sortable=true) }}{% endblock %}"""
    page = template("page.html.j2").environment.from_string(source)
    return page.render(table=table, title="A page", contents={})


WIDE = """<script>document.title = [...document.querySelectorAll("body *")].filter(each => {
  const box = each.getBoundingClientRect();
  return box.right > innerWidth + 1 && !each.closest(".scroll, pre, svg");
}).map(each => each.tagName + "." + each.className).join(" ") || "all within " + innerWidth;</script>"""


@pytest.mark.parametrize("width", [1280, 500])  # 500: headless browsers of today make no narrower window
def test_nothing_is_cut_at_the_side_also_with_long_names(
    run: gw.Run, check: NetworkCheck, tmp_path: Path, width: int
) -> None:
    long = "a_name_without_an_end_" * 12
    data = run.data | {"name": long, "source": long, "classes": [long, f"{long}2", f"{long}3"]}
    named = replace(run, data=data, config=run.config.model_copy(update={"name": long}))
    text = render_report([named, run], title=long, checks=[check, None], folders=[f"runs/{long}", "b"])
    text = text.replace(POLICY, "hidden").replace("</body>", f"{WIDE}</body>")
    _, _, page = opened(text, tmp_path, width)
    assert f"<title>all within {width}</title>" in page


def test_a_request_and_a_complaint_would_be_seen(run: gw.Run, tmp_path: Path) -> None:
    text = render_report([run]).replace(POLICY, "hidden").replace("</main>", f"{STRANGER}</main>")
    console, asked, _ = opened(text, tmp_path)
    assert asked == ["http://gradwright.invalid/a.png"]
    assert len(console) == 1
    assert "a fault" in console[0]
