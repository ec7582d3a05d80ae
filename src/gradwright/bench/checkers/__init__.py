"""How well gradwright and the public checkers find faults planted in right gradients."""

from gradwright.bench.checkers.homework.scores import HomeworkScores, score_homework
from gradwright.bench.checkers.result import Comparison
from gradwright.bench.checkers.run import compare_checkers

__all__ = ["Comparison", "HomeworkScores", "compare_checkers", "score_homework"]
