"""The mixture of Gaussians behind ``gmm``: drawn, sampled and, knowing it, classified as well as can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DIMENSION = 5
CLASSES = 5
PER_CLASS = 5  # Gaussians in each class
SPREAD = 0.66  # standard deviation of the means
NOISE = 0.0264
SMALLEST, LARGEST = 0.0055, 0.05  # eigenvalues of every Gaussian's covariance
BETA = (1.2, 0.71)  # the law of the three eigenvalues between, fitted


@dataclass(frozen=True, eq=False)
class Mixture:
    """25 equally likely Gaussians in R^5, five to a class: means ``(25, 5)`` and factors ``(25, 5, 5)``.

    Gaussian number g belongs to class g // 5 and is mean[g] + factor[g] z + 0.0264 noise, z ~ N(0, I).
    """

    mean: Floats
    factor: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Mixture:
        """A mixture by the recipe that ``gmm`` states."""
        size = CLASSES * PER_CLASS
        mean = SPREAD * rng.standard_normal((size, DIMENSION))
        between = SMALLEST + (LARGEST - SMALLEST) * rng.beta(*BETA, size=(size, DIMENSION - 2))
        ends = np.tile([SMALLEST, LARGEST], (size, 1))
        eigenvalues = np.concatenate([ends, between], axis=1)
        # Q of a Gaussian matrix is a uniformly random rotation, up to signs that a Gaussian does not see.
        rotation = np.linalg.qr(rng.standard_normal((size, DIMENSION, DIMENSION))).Q
        return cls(mean, rotation * np.sqrt(eigenvalues)[:, None, :])

    def sample(self, rng: np.random.Generator, per_class: int) -> tuple[Floats, NDArray[np.int64]]:
        """``per_class`` points of each class, ordered by Gaussian, and their labels."""
        within = np.arange(per_class) * PER_CLASS // per_class
        which = (np.arange(CLASSES)[:, None] * PER_CLASS + within).ravel()
        z = rng.standard_normal((len(which), DIMENSION))
        noise = NOISE * rng.standard_normal(z.shape)
        x = self.mean[which] + np.einsum("nij,nj->ni", self.factor[which], z) + noise
        return x, which // PER_CLASS

    def classify(self, x: Floats) -> NDArray[np.int64]:
        """The Bayes rule: the class whose density is largest at each row of ``x``."""
        covariance = self.factor @ self.factor.transpose(0, 2, 1) + NOISE**2 * np.eye(DIMENSION)
        away = x[:, None, :] - self.mean
        distance = np.einsum("ngi,gij,ngj->ng", away, np.linalg.inv(covariance), away, optimize=True)
        density = np.exp(-distance / 2) / np.sqrt(np.linalg.det(covariance))
        labels: NDArray[np.int64] = density.reshape(len(x), CLASSES, PER_CLASS).sum(axis=2).argmax(axis=1)
        return labels
