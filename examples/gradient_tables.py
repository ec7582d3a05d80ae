"""The gradient and Jacobian tables of reports S0 and S1, made again on gradwright's own layers.

Sizes and steps are those of the reports; weights, samples and directions are drawn from seeds, the directions
with both signs. Halving the step divides the first remainder by 2, and the second one by 4 where the
derivative is right.

    python examples/gradient_tables.py
"""

from gradwright.reproductions.gradient_tables import Experiment, explained, main, s0_tests, s1_tests

__all__ = ["Experiment", "explained", "main", "s0_tests", "s1_tests"]

if __name__ == "__main__":
    main()
