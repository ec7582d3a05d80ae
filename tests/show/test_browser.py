"""A page in a real browser opens without a complaint and asks for nothing; skipped where there is none."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import gradwright as gw
from gradwright.check import NetworkCheck
from gradwright.show.report import render_report
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


def opened(text: str, folder: Path) -> tuple[list[str], list[str], str]:
    """What a browser says on its console, the addresses that it asks for, and the page as it stands then."""
    (folder / "page.html").write_text(text, encoding="utf-8")
    page = (folder / "page.html").as_uri()
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync --disable-quic --enable-logging=stderr --dump-dom"
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


def test_a_request_and_a_complaint_would_be_seen(run: gw.Run, tmp_path: Path) -> None:
    text = render_report([run]).replace(POLICY, "hidden").replace("</main>", f"{STRANGER}</main>")
    console, asked, _ = opened(text, tmp_path)
    assert asked == ["http://gradwright.invalid/a.png"]
    assert len(console) == 1
    assert "a fault" in console[0]
