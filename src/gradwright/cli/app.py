"""The command ``gradwright``: its table of contents, and what all commands have in common.

stdout carries the result and nothing else; progress, notes and errors go to stderr. An error is one message
without a traceback, and the exit code says whose it is; see ``codes``.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import version

from cyclopts import App, CycloptsError, UnknownOptionError

from gradwright.cli.codes import FAILED, FINE, INTERRUPTED, READER_GONE, WRONG_USAGE
from gradwright.cli.output import error
from gradwright.errors import DataWarning, GradwrightError

app = App(
    name="gradwright",
    help="Neural networks with hand-written derivatives: proved right, trained fast, compared honestly.",
    version=version("gradwright"),
    help_format="plaintext",
    result_action="return_value",
    exit_on_error=False,
    print_error=False,
    suppress_keyboard_interrupt=False,
)

# Each command is imported when it is called: the help and a slip of the pen are answered at once.
COMMANDS = {
    "demo": "Check, train and report two networks on generated data.",
    "train": "Train the network of a config, once or with several seeds.",
    "check": "Check every gradient of a config's network, or one in a file of your own, or grade a class.",
    "sweep": "Carry out a study: many runs over a space of configs.",
    "diagnose": "Tell what is wrong with a config, or with its run; the exit code is 1 where something is.",
    "schedule": "Show the learning rate that a config will really use.",
    "compare": "Compare the runs of a study: what can be told apart, and what cannot.",
    "predict": "Write what a run answers to the rows of a file.",
    "export": "Hand a run on to ONNX, PyTorch or NumPy, or runs to TensorBoard or MLflow.",
    "report": "Write one HTML page about runs.",
    "reproduce": "Do the experiments of the five source reports again, as written and corrected.",
    "audit": "Check reported numbers against arithmetic.",
    "data": "List, describe and download data sets.",
    "bench": "Time the package against every peer that is installed.",
    "info": "Show versions, engines, threads and data folders.",
}
TAKE_CONFIG = {"train", "check", "diagnose", "schedule"}
for position, (name, purpose) in enumerate(COMMANDS.items()):
    app.command(f"gradwright.cli.{name}:{name}", name=name, help=purpose, sort_key=position)


def _order(wrong: CycloptsError) -> str:
    """What to know where a command that takes a config was given an option that is none of its own."""
    takes_config = set(wrong.command_chain or ()) & TAKE_CONFIG
    unknown = isinstance(wrong, UnknownOptionError) and takes_config
    return " Settings of the config come after it, as in train CONFIG --epochs 5." if unknown else ""


def _too_much(refusal: MemoryError) -> str:
    """What there was not enough memory for, where it was an array of NumPy's, which knows its shape."""
    shape, dtype = getattr(refusal, "shape", None), getattr(refusal, "dtype", None)
    if shape is None or dtype is None:
        return str(refusal) or "not enough memory"
    gib = math.prod(shape) * dtype.itemsize / 2**30
    return f"not enough memory for {' x '.join(f'{n:,}' for n in shape)} numbers in {dtype}: {gib:,.3g} GiB"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` (by default those of the process) ask for; returns the exit code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # what they say is in the notes of a command
            code = app(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except CycloptsError as wrong:
        chain = " ".join([*app.name, *(wrong.command_chain or ())])
        return error(f"{wrong}{_order(wrong)}\nSee: {chain} --help", WRONG_USAGE)
    except GradwrightError as known:
        return error(str(known), known.exit_code)
    except KeyboardInterrupt:
        return error("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # What is still buffered has nowhere to go; without this Python complains about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except MemoryError as refusal:
        return error(_too_much(refusal), FAILED)
    except OSError as refusal:  # the machine says no, such as a full disk
        return error(str(refusal), FAILED)
    return code if isinstance(code, int) else FINE
