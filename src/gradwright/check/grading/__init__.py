"""Hand-written gradients of a course, graded: a teacher's rubric against submissions that nobody trusts."""

from gradwright.check.grading.grade import grade
from gradwright.check.grading.result import Grade, Mark
from gradwright.check.grading.rubric import Rubric, read_rubric

__all__ = ["Grade", "Mark", "Rubric", "grade", "read_rubric"]
