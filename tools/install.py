"""Set up .venv with gradwright as it stands here, and say meanwhile what is being done.

The packages that it needs come while the compiler is at work.

    python3 tools/install.py EXTRA        EXTRA: "all" to run it, "dev" to work on it

README says which variants of the compiled engine GRADWRIGHT_ISA asks for. What pip, CMake and the compiler
say is kept in .venv/install.log and .venv/packages.log.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

VENV = Path(".venv")
LOG, PACKAGES = VENV / "install.log", VENV / "packages.log"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

# What pip -v prints, and what is said of it; once each, but for the files that are compiled.
SAID = {
    r"Running command pip subprocess to install build dependencies": "fetching what builds it",
    r"-- (The compiled engine: .*)": r"\1",
    r"\*\*\* Building project with": "compiling it: about 40 s for one variant on two cores",
    r"\[(\d+/\d+)\] Building CXX object \S*?(\w+)\.dir/csrc/(\w+\.cpp)": r"  \1 \2 \3",
}
ENGINE = "from gradwright.engine import variants as v; print(*v.supported()); print(v.missing() or '')"

start = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - start:4.0f} s  {text}", flush=True)


def requirements(extra: str) -> list[str]:
    """What pyproject.toml asks for with an extra, the extras that this one is made of unfolded."""
    import tomllib  # an older Python, which has none, has been told so by now

    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = []
    for each in project["optional-dependencies"][extra]:
        own = re.fullmatch(r"gradwright\[(.*)\]", each)
        wanted += [r for name in own[1].split(",") for r in requirements(name)] if own else [each]
    return [*project["dependencies"], *wanted]


def environment() -> list[str]:
    """Make the virtual environment, and return the pip that installs into it.

    The one of this Python where it has one: to set up another takes longer than all else before the compiler.
    """
    own = importlib.util.find_spec("pip") is None
    subprocess.run([sys.executable, "-m", "venv", *["--without-pip"] * (not own), str(VENV)], check=True)
    return [str(PYTHON), "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def install(pip: list[str], extra: str) -> None:
    """The packages of an extra, and gradwright, editable, with its compiled engine where it can be built."""
    say("fetching the packages that it needs, and meanwhile")
    # no modules are compiled, which takes 25 s: Python does it as they are imported
    command = [*pip, "install", "--no-compile", "--disable-pip-version-check"]
    cores = {"CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)} | os.environ
    with (
        PACKAGES.open("w") as packages_log,
        subprocess.Popen(
            [*command, "pip", *requirements(extra)], stdout=packages_log, stderr=subprocess.STDOUT
        ) as packages,
        subprocess.Popen(
            [*command, "-v", "--no-deps", "--editable", "."],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=cores,
            encoding="utf-8",
            errors="replace",
        ) as build,
    ):
        assert build.stdout is not None
        follow(build.stdout)
        if packages.poll() is None:
            say("waiting for the packages")
    for process, log in ((packages, PACKAGES), (build, LOG)):
        if process.returncode != 0:
            lines = log.read_text(encoding="utf-8").splitlines()
            sys.exit("\n".join([*lines[-20:], f"pip failed; all that it said is in {log}"]))


def follow(lines: Iterable[str]) -> None:
    """Keep what pip prints in the log, and say each step of it once."""
    told = set()
    with LOG.open("w", encoding="utf-8") as log:
        for line in lines:
            log.write(line)
            for pattern, form in SAID.items():
                found = re.search(pattern, line)
                if found and found.expand(form) not in told:
                    told.add(found.expand(form))
                    say(found.expand(form))


def tell_engine() -> None:
    """Say which variants of the compiled engine are there, or loudly that none is."""
    asked = subprocess.run([str(PYTHON), "-c", ENGINE], capture_output=True, text=True, check=True)
    variants, missing = asked.stdout.splitlines()
    if variants:
        say(f"done; the compiled engine: {', '.join(variants.split())}")
    else:
        log = LOG.read_text(encoding="utf-8").splitlines()
        first = next(
            (i for i, line in enumerate(log) if re.search(r"\berror\b", line, re.IGNORECASE)), len(log)
        )
        reason = [line.strip() for line in log[first : first + 8] if line.strip()]
        say("done, but WITHOUT THE COMPILED ENGINE: NumPy trains in its place, many times slower")
        print("\n".join(f"        {line}" for line in [missing, *reason, f"all of it: {LOG}"]))
    if variants and missing:
        say(missing)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  whatever PYTHON is, it is asked here first
        sys.exit(f"gradwright needs Python 3.11 or newer, found {sys.version.split()[0]}")
    say(f"a virtual environment in {VENV}, with Python {sys.version.split()[0]}")
    install(environment(), *sys.argv[1:])
    tell_engine()


if __name__ == "__main__":
    main()
