"""``gradwright check FILE.py:NAME``: the gradient of a function or class in a user's own file."""

from __future__ import annotations

from gradwright import usercode
from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import say, say_json
from gradwright.cli.progress import evaluations


def check_target(request: usercode.Request, as_json: bool) -> int:
    """Print the verdict; what was not found correct has failed, the undecided included."""
    with evaluations(request.target) as watch:
        report = usercode.check_target(request, watch)
    if as_json:
        say_json(report.to_dict() if request.invariants else report.gradient.to_dict())
    else:
        say(str(report))
    return FINE if report.passed else FAILED
