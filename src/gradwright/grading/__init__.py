"""Hand-written gradients of a course, graded: a teacher's rubric against submissions that nobody trusts."""

from gradwright.grading.grade import grade
from gradwright.grading.result import Grade, Mark
from gradwright.grading.rubric import Rubric, read_rubric
from gradwright.grading.submission import not_kept_from

__all__ = ["Grade", "Mark", "Rubric", "grade", "not_kept_from", "read_rubric"]
