"""The surface behind ``peaks``: its level sets, sampled and, knowing them, classified as well as can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

CLASSES = 5
GRID = np.linspace(-3, 3, 256)
NOISE = 0.0569
REACH = 13  # grid cells on each side of a point; further ones are more than five deviations away


def levels() -> Labels:
    """The class 0 .. 4 of each grid point, ``(256, 256)``: row i is x = GRID[i], column j is y = GRID[j].

    Five bins of equal width between the surface's least and largest value; a bin owns its upper edge.
    """
    x, y = GRID[:, None], GRID[None, :]
    surface = (
        3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2)
        - 10 * (x / 5 - x**3 - y**5) * np.exp(-(x**2) - y**2)
        - np.exp(-((x + 1) ** 2) - y**2) / 3
    )
    edges = np.linspace(surface.min(), surface.max(), CLASSES + 1)
    return np.searchsorted(edges[1:-1], surface, side="left")


def sample(rng: np.random.Generator, level: Labels, n: int) -> tuple[Floats, Labels]:
    """``n`` points of each class, grouped by class: random grid points of its level set, plus noise."""
    places = [rng.choice(np.argwhere(level == k), n) for k in range(CLASSES)]
    points = GRID[np.concatenate(places)]
    return points + NOISE * rng.standard_normal(points.shape), np.repeat(np.arange(CLASSES), n)


def classify(points: Floats, level: Labels) -> Labels:
    """The most probable class of each point ``(N, 2)`` where classes are equally likely: the Bayes rule.

    p(x | k) is the mean over the grid points g of class k of N(x; g, 0.0569^2 I). Labels that are replaced by
    a uniform one do not change which class is the most probable.
    """
    padded = np.pad(level, REACH, constant_values=-1)
    spacing = GRID[1] - GRID[0]
    nearest = np.clip(np.rint((points - GRID[0]) / spacing).astype(np.int64), 0, len(GRID) - 1)
    offsets = np.arange(-REACH, REACH + 1)
    distance = points[:, :, None] - (GRID[0] + spacing * (nearest[:, :, None] + offsets))  # (N, 2, 27)
    weight = np.exp(-0.5 * (distance / NOISE) ** 2)
    density = np.zeros((len(points), CLASSES))
    for i, offset in enumerate(offsets):
        row = nearest[:, :1] + offset + REACH
        near = padded[row, nearest[:, 1:] + offsets + REACH]  # (N, 27) classes along one grid line
        for k in range(CLASSES):
            density[:, k] += weight[:, 0, i] * (weight[:, 1] * (near == k)).sum(axis=1)
    labels: Labels = np.argmax(density / np.bincount(level.ravel()), axis=1)
    return labels
