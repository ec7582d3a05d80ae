"""``gradwright check FILE.py``: all that can be checked in a user's file, or several names in such files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gradwright import usercode
from gradwright.check import GradientReport
from gradwright.cli.codes import FAILED, FINE
from gradwright.cli.output import note, say, say_json
from gradwright.cli.progress import evaluations
from gradwright.errors import ConfigError, GradwrightError

NOTHING = (
    "{}: found nothing to check: expected classes with forward and backward, pairs such as affine_forward "
    "and affine_backward, or functions called ...loss that return (loss, gradient)"
)


@dataclass(frozen=True)
class Outcome:
    """What became of one name: a report, or why there is none."""

    target: str
    report: GradientReport | None
    error: GradwrightError | None = None

    @property
    def passed(self) -> bool:
        return self.report is not None and self.report.verdict == "correct"

    @property
    def not_asked(self) -> bool:
        """Whether it is of no form that could be checked, or has arguments that nobody knows."""
        return isinstance(self.error, ConfigError)

    def __str__(self) -> str:
        if self.report is None:
            why = str(self.error).removeprefix(f"{self.target}: ")
            return f"{self.target}  {'not checked' if self.not_asked else 'failed'}: {why}"
        if self.passed:
            verdict = self.report.brief.splitlines()[0]
            return "\n    ".join((f"{self.target}  {verdict}", *self.report.notes))
        return f"{self.target}\n{self.report.brief}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        report = None if self.report is None else self.report.to_dict()
        return {
            "target": self.target,
            "report": report,
            "error": None if self.error is None else str(self.error),
        }


def check_names(targets: Sequence[str], options: dict[str, Any], as_json: bool) -> int:
    """Check each of them, of a file without a name all that is found in it; each in a process of its own.

    What is not found correct has failed. Raises ``ConfigError`` where there is nothing to check.
    """
    outcomes = []
    for target in _names(targets, options):
        outcomes.append(_outcome(target, options))
        if not as_json:
            say(f"{outcomes[-1]}\n")
    if all(each.not_asked for each in outcomes):
        raise ConfigError("none of it could be checked")
    passed = all(each.passed or each.not_asked for each in outcomes)
    if as_json:
        say_json({"passed": passed, "checks": [each.to_dict() for each in outcomes]})
    else:
        say(_summary(outcomes))
    return FINE if passed else FAILED


def _names(targets: Sequence[str], options: dict[str, Any]) -> list[str]:
    found = []
    for target in targets:
        if not target.endswith(".py"):
            found.append(target)
            continue
        names = usercode.names_in(target, **options)
        if not names:
            raise ConfigError(NOTHING.format(target))
        note(f"{target}: {len(names)} to check: {', '.join(names)}")
        found += [f"{target}:{name}" for name in names]
    return found


def _outcome(target: str, options: dict[str, Any]) -> Outcome:
    try:
        with evaluations(target) as watch:
            found = usercode.check_target(usercode.Request(target, **options), watch)
        return Outcome(target, found.gradient)
    except GradwrightError as error:
        return Outcome(target, None, error)


def _summary(outcomes: Sequence[Outcome]) -> str:
    right = [each for each in outcomes if each.passed]
    wrong = ", ".join(
        each.target.rpartition(":")[2] for each in outcomes if not (each.passed or each.not_asked)
    )
    unasked = ", ".join(each.target.rpartition(":")[2] for each in outcomes if each.not_asked)
    told = f"{len(right)} of {len(outcomes)} correct"
    told += f"; look at {wrong}" if wrong else ""
    return told + (f"; not checked: {unasked}" if unasked else "")
