"""What finite differences can tell: the studies of reports S3 and S4, with the causes of what they saw.

S3 drew the error of a central difference against N, for steps 1/N, and it did not fall to 0. S4 compared two
numerical gradients by two measures of error, and found 52 % of the weights of the more accurate one wrong.

    python examples/finite_differences.py
"""

from gradwright.reproductions.finite_differences import main, s3_curve, s4_counts

__all__ = ["main", "s3_curve", "s4_counts"]

if __name__ == "__main__":
    main()
