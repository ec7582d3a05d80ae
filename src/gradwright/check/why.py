"""Why a gradient is wrong, and in which line: what whole Jacobians and the user's own text add.

The scalar f was asked first. Where all of a backward is at hand, hypotheses about its Jacobians are asked;
where the text is, which value of forward it has no share of, or a wrong one, and whether one place of
backward written otherwise would have made it right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.check.conventions.target import Target
from gradwright.check.edits.held import Held, held
from gradwright.check.edits.lines import made_in
from gradwright.check.edits.looks import looks_of
from gradwright.check.edits.mended import Mended, mended
from gradwright.check.edits.named import agreed
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.explain import explained
from gradwright.check.points import Array, walk
from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.oracle import NoAnswerError

LARGE = 1_000_000  # numbers: at larger points no more is asked
OF_CALLS = (  # these change from call to call, or ask nothing of dout: there is no one Jacobian
    Cause.ACCUMULATES,
    Cause.RANDOM,
    Cause.KEPT,
    Cause.STALE_CACHE,
    Cause.FROZEN,
    Cause.ELSEWHERE,
    Cause.ACTIVE_SET,
    Cause.COVECTOR_IGNORED,
)
OF_OTHER_POINTS = (  # what f alone shows at other parameters; an edit that mends all knows better
    Cause.ACTIVATION_MISSING,
    Cause.ACTIVATION_AT_OUTPUT,
    Cause.BRANCH_DROPPED,
    Cause.BRANCH_WRONG,
    Cause.MOMENT,
    Cause.SOFTMAX_DIAGONAL,
    Cause.WRONG_MASK,
    Cause.OFF_BY_ONE,
    Cause.FROZEN,
    Cause.TRUNCATED,
)


def with_reasons(
    report: GradientReport,
    outputs: Callable[[Any], Sequence[Any]],
    pullback: Callable[[Any, Sequence[Array]], Any],
    point: Any,
    until: float,
) -> GradientReport:
    """``report``, and where it is *wrong* what is found of each wrong array, and the line to look at.

    ``outputs(point)`` is what forward returns, ``pullback(point, us)`` what backward does for one u each;
    after ``until``, by ``time.monotonic``, nothing more is asked.
    """
    wrong = _wrong(report, point)
    if not wrong:
        return report
    backward = BackwardMap.of(outputs, pullback, point, until)
    if report.cause in OF_CALLS:
        return replace(report, notes=(*report.notes, *made_in(backward, wrong)))
    return _by_the_text(report, backward, wrong, explained(backward, wrong))


def with_line(report: GradientReport, target: Target, until: float) -> GradientReport:
    """The same of a function and its gradient, of which no more than one number is known at once."""
    wrong = _wrong(report, target.point)
    if not wrong or report.cause in OF_CALLS:
        return report
    backward = BackwardMap.of(
        lambda point: (target.f(point),),
        lambda point, us: times(us[0], target.grad(point)),
        target.point,
        until,
    )
    return _by_the_text(report, backward, wrong, {})


def _by_the_text(
    report: GradientReport, backward: BackwardMap, wrong: Sequence[str], found: Mapping[str, Explanation]
) -> GradientReport:
    """``report`` with what was ``found`` of Jacobians, and with what the user's text shows."""
    is_loose = report.cause in OF_OTHER_POINTS and not found
    share, edit = _of_the_text(backward, is_told=bool(found or (report.cause and not is_loose)))
    if found and not (_is_rivalled(found, edit) or _is_of_a_mask(found)):
        report = _explained(report, found)
    told = [each.told for each in (share, edit) if each is not None]
    if not told:
        return replace(report, notes=(*report.notes, *made_in(backward, wrong)))
    if is_loose:
        report = _without_what_was_refuted(report, share, edit)
    if report.cause and is_loose and (share or (edit and edit.is_all)):
        return replace(report, evidence="; ".join(told))
    if report.cause:
        return replace(report, notes=(*report.notes, *told))
    if share is not None:
        cause = agreed([share.cause, *edit.causes]) if edit is not None and edit.is_all else share.cause
        if cause is None:
            return replace(report, suspicion=str(share.cause), notes=(*report.notes, *told))
        return replace(report, cause=str(cause), evidence="; ".join(told), suspicion=None)
    if edit is not None and edit.is_all and edit.cause:
        return replace(report, cause=str(edit.cause), evidence=edit.told, suspicion=None)
    suspicion = edit.suspicion if edit is not None and edit.is_all else None
    return replace(
        report, suspicion=report.suspicion or (suspicion and str(suspicion)), notes=(*report.notes, *told)
    )


def _wrong(report: GradientReport, point: Any) -> list[str]:
    """The wrong arrays of a wrong gradient, if they may be asked more about."""
    if report.verdict != "wrong" or sum(np.size(array) for _, array in walk(point)) > LARGE:
        return []
    return [each.name for each in report.parameters if each.verdict == "wrong"]


def times(factor: Any, gradient: Any) -> Any:
    """A gradient of any form, each of its arrays ``factor`` times what it is."""
    if isinstance(gradient, Mapping):
        return {key: times(factor, each) for key, each in gradient.items()}
    if isinstance(gradient, tuple | list):
        return [times(factor, each) for each in gradient]
    return None if gradient is None else factor * np.asarray(gradient)


def _of_the_text(backward: BackwardMap, is_told: bool) -> tuple[Held | None, Mended | None]:
    """What forward's own text shows of the fault, where it is not told already, and backward's."""
    try:
        looks = looks_of(backward)
        return None if is_told else held(backward, looks), mended(backward, looks)
    except NoAnswerError:
        return None, None


def _is_rivalled(found: Mapping[str, Explanation], edit: Mended | None) -> bool:
    """Whether a gradient like that of another argument is explained in the line itself by something else.

    What two arguments have in common, such as a difference, makes their gradients alike for many reasons.
    """
    if edit is None or not edit.is_all or any(each.cause != Cause.EXCHANGED for each in found.values()):
        return False
    return not edit.causes & {Cause.EXCHANGED, Cause.SELECTION, None}


def _is_of_a_mask(found: Mapping[str, Explanation]) -> bool:
    """Whether several arrays miss parts at once, as rows that a mask or a target has left out do."""
    return len(found) > 1 and all(each.cause == Cause.PART_MISSING for each in found.values())


def _without_what_was_refuted(
    report: GradientReport, share: Held | None, edit: Mended | None
) -> GradientReport:
    """A report without a cause that f alone told from outside, where the text tells another from inside."""
    inside = {share.cause} if share else edit.causes if edit and edit.is_all else frozenset()
    if not (report.cause and inside) or agreed([Cause(report.cause), *inside]):
        return report
    return replace(report, cause=None, evidence=None)


def _explained(report: GradientReport, found: Mapping[str, Explanation]) -> GradientReport:
    """All that was found: first where errors that go back meet it first, and then the rest."""
    names = [*reversed([*found])]
    # Errors cut off through time leave other marks on what they meet later.
    cut = [name for name in names if found[name].cause == Cause.TRUNCATED]
    first, *rest = dict.fromkeys(cut + names)
    cause = found[first].cause
    told = [found[first].evidence]
    for name in rest:
        other = found[name]
        told.append(other.evidence if other.cause == cause else f"{other.cause}: {other.evidence}")
    inside = report.location is not None and report.location.split("[")[0] == first
    return replace(
        report,
        cause=str(cause),
        evidence="; ".join(told),
        suspicion=None,
        location=report.location if inside else first,
    )
