"""The process that runs a user's file: a request comes in on stdin, and one answer leaves on stdout.

Whatever the user's code does here (print, hang, crash, leave), the process that asked stays whole.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from pathlib import Path
from typing import Any

from gradwright.check.conventions.calls import described
from gradwright.check.invariants import InvariantReport
from gradwright.check.network import NetworkCheck
from gradwright.check.present.report import GradientReport
from gradwright.check.tracebacks import line_of, told
from gradwright.check.verdict.gradient import check_gradient
from gradwright.check.verdict.watched import watched
from gradwright.errors import CheckError, ConfigError, GradwrightError
from gradwright.usercode.candidates import candidates, check_candidate
from gradwright.usercode.layers import is_layer, layer_invariants, one_layer
from gradwright.usercode.names import Name
from gradwright.usercode.progress import written_to
from gradwright.usercode.request import Request
from gradwright.usercode.target import (
    one_function,
    point_at,
    require_point,
    two_functions,
)


def answer(request: Request) -> dict[str, Any]:
    """What became of a request, as data: a ``report``, ``names``, or an ``error`` and its ``exit_code``."""
    try:
        if request.lists:
            return {"names": candidates(Name(Path(request.target), "").module())}
        gradient = check(request)
        held = invariants(request) if request.invariants else None
        return {"report": NetworkCheck(gradient, held).to_dict()}
    except BaseException as error:  # the user's code may raise anything, SystemExit and its like included
        if isinstance(error, GradwrightError) and line_of(error) is None:
            return {"error": str(error), "exit_code": error.exit_code}
        return {"error": f"{request.target} raised {told(error)}", "exit_code": CheckError.exit_code}


def check(request: Request) -> GradientReport:
    """Check what a request names, in this process.

    Raises ``ConfigError`` for names that do not stand for what is expected.
    """
    name = Name.parse(request.target)
    if request.at is None:
        return check_candidate(name, request.seed, request.max_evaluations)
    at = Name.parse(request.at)
    value, point = name.load(), point_at(at)
    options: dict[str, Any] = {
        "seed": request.seed,
        "max_evaluations": request.max_evaluations,
        "tolerance": request.tolerance,
    }
    if is_layer(value):
        if request.gradient is not None:
            raise ConfigError(f"--gradient: expected none, because {name} has its own backward")
        return one_layer(name, value, point, **options)
    if not callable(value):
        raise ConfigError(
            f"{name}: expected a function, or a class with forward and backward, found {described(value)}"
        )
    if request.gradient is None:
        target = one_function(name, value, point)
    else:
        target = two_functions(name, value, Name.parse(request.gradient), point)
    require_point(at, target.point)
    return check_gradient(target.f, target.grad, target.point, **options)


def invariants(request: Request) -> InvariantReport:
    """What must hold of a layer beside derivatives, in this process.

    Raises ``ConfigError`` where the request names no layer.
    """
    name, at = Name.parse(request.target), Name.parse(str(request.at))
    value = name.load()
    if not is_layer(value):
        raise ConfigError(
            f"--invariants: expected a class with forward and backward, found {described(value)}"
        )
    return layer_invariants(name, value, point_at(at), request.seed)


def main() -> None:
    """Answer the request on stdin, within its time."""
    request = Request(**json.load(sys.stdin))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as reply:
        os.dup2(2, 1)  # what the user's code prints, from Python or from C, goes to stderr
        faulthandler.enable(reply)  # a crash is told by the line it happened in,
        faulthandler.dump_traceback_later(request.timeout, exit=True, file=reply)  # and so is a hang
        with watched(written_to(int(sys.argv[1])) if len(sys.argv) > 1 else None):
            json.dump(answer(request), reply)
        reply.flush()
        os._exit(0)  # without waiting for threads that the user's code may have left running


if __name__ == "__main__":
    main()
