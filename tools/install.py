"""Set up .venv with gradwright as it stands here, and say meanwhile what is being done.

    python3 tools/install.py EXTRA        EXTRA: "all" to run it, "dev" to work on it

README says which variants of the compiled engine GRADWRIGHT_ISA asks for. What pip, CMake and the compiler
say is kept in .venv/install.log.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

VENV = Path(".venv")
LOG = VENV / "install.log"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

# What pip -v prints, and what is said of it; once each, but for the files that are compiled.
SAID = {
    r"Running command pip subprocess to install build dependencies": "fetching what builds it",
    r"Collecting ": "fetching the packages that it needs (about 15 s)",
    r"-- (The compiled engine: .*)": r"\1",
    r"\*\*\* Building project with": "compiling it: about 40 s for one variant on two cores",
    r"\[(\d+/\d+)\] Building CXX object \S*?(_\w+)\.dir/csrc/(\w+\.cpp)": r"  \1 \2 \3",
    r"Installing collected packages: .*gradwright": "installing",
}
ENGINE = "from gradwright.engine import variants as v; print(*v.supported()); print(v.missing() or '')"

start = time.monotonic()


def say(text: str) -> None:
    print(f"{time.monotonic() - start:4.0f} s  {text}", flush=True)


def install(extra: str) -> None:
    """The package, editable, with an extra; its compiled engine where that can be built."""
    command = [str(PYTHON), "-m", "pip", "install", "-v", "--disable-pip-version-check"]
    # Python compiles a module when it is first imported; to compile all of them here would take 25 s
    command += ["--no-compile", "--editable", f".[{extra}]"]
    environment = {"CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)} | os.environ
    told = set()
    with (
        LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            encoding="utf-8",
            errors="replace",
        ) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            for pattern, form in SAID.items():
                found = re.search(pattern, line)
                if found and found.expand(form) not in told:
                    told.add(found.expand(form))
                    say(found.expand(form))
    if pip.returncode != 0:
        lines = LOG.read_text(encoding="utf-8").splitlines()
        sys.exit("\n".join([*lines[-20:], f"pip failed; all that it said is in {LOG}"]))


def tell_engine() -> None:
    """Say which variants of the compiled engine are there, or loudly that none is."""
    asked = subprocess.run([str(PYTHON), "-c", ENGINE], capture_output=True, text=True, check=True)
    variants, missing = asked.stdout.splitlines()
    if variants:
        say(f"done; the compiled engine: {', '.join(variants.split())}")
    else:
        log = LOG.read_text(encoding="utf-8").splitlines()
        errors = [line.strip() for line in log if re.search(r"\berror\b|CMake Error", line, re.IGNORECASE)]
        say("done, but WITHOUT THE COMPILED ENGINE: NumPy trains in its place, many times slower")
        print("\n".join(f"        {line}" for line in [missing, *errors[:5], f"all of it: {LOG}"]))
    if variants and missing:
        say(missing)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036  whatever PYTHON is, it is asked here first
        sys.exit(f"gradwright needs Python 3.11 or newer, found {sys.version.split()[0]}")
    say(f"a virtual environment in {VENV}, with Python {sys.version.split()[0]}")
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    install(*sys.argv[1:])
    tell_engine()


if __name__ == "__main__":
    main()
