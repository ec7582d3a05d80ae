"""Hand-written gradients of a course, graded: a teacher's rubric against submissions that nobody trusts."""

from typing import TYPE_CHECKING

from gradwright.ondemand import names_on_demand

if TYPE_CHECKING:
    from gradwright.grading.grader import grade
    from gradwright.grading.result import Grade, Mark
    from gradwright.grading.rubric import Rubric, read_rubric
    from gradwright.grading.submission import not_kept_from
else:
    __getattr__, __dir__ = names_on_demand(__name__, "rubric", "result", "submission", "grader")

__all__ = ["Grade", "Mark", "Rubric", "grade", "not_kept_from", "read_rubric"]
