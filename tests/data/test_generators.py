"""The generated sets follow their recipes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from gradwright.data import Dataset, gmm, line, peaks, quadratic, surface, swiss_roll
from gradwright.data.generators import SWISS_ROLL_NOISE
from gradwright.data.mixture import LARGEST, NOISE, PER_CLASS, SMALLEST, Mixture
from gradwright.errors import ConfigError

DEVIATIONS = 5  # standard deviations that a statistic may lie off; another seed should pass as well

GENERATORS = [peaks, gmm, swiss_roll, quadratic]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def assert_share(hits: int, n: int, expected: float) -> None:
    """``hits`` of ``n`` is a plausible draw of a binomial law with that expectation."""
    assert abs(hits - n * expected) < DEVIATIONS * np.sqrt(n * expected * (1 - expected))


@pytest.mark.parametrize("make", GENERATORS)
def test_the_same_generator_state_makes_the_same_set(make: Callable[..., Dataset]) -> None:
    one, same, other = (make(rng(seed), train=50, validation=20) for seed in (0, 0, 1))
    assert one.checksum() == same.checksum() != other.checksum()


@pytest.mark.parametrize("make", GENERATORS)
def test_inputs_are_float32_and_nothing_touches_the_global_generator(make: Callable[..., Dataset]) -> None:
    before = np.random.get_state()[1].copy()  # type: ignore[index] # noqa: NPY002
    data = make(rng(), train=50, validation=20)
    after = np.random.get_state()[1]  # type: ignore[index] # noqa: NPY002
    assert all(part.x.dtype == np.float32 for part in data.splits.values())
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("sizes", [{"train": 0}, {"validation": -1}])
def test_a_split_cannot_be_empty(make: Callable[..., Dataset], sizes: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="expected a whole number >= 1, found"):
        make(rng(), **sizes)


@pytest.mark.parametrize("make", GENERATORS)
def test_classes_are_those_of_the_recipe_even_where_a_small_draw_misses_some(
    make: Callable[..., Dataset],
) -> None:
    classes = 5 if make in (peaks, gmm) else 2
    assert make(rng(), train=1, validation=1).num_classes == classes


def test_peaks_and_gmm_have_the_sizes_of_the_course_files() -> None:
    for make, d in ((peaks, 2), (gmm, 5)):
        data = make(rng())
        assert data.train.x.shape == (25_000, d)
        assert data.validation is not None
        assert data.validation.x.shape == (6_250, d)


def test_the_peaks_grid_has_the_counts_on_record() -> None:
    assert np.bincount(surface.levels().ravel()).tolist() == [1829, 7968, 47557, 6384, 1798]


def test_peaks_points_lie_near_grid_points_of_the_class_whose_place_they_take() -> None:
    level = surface.levels()
    data = peaks(rng(), train=40, validation=1)
    for k in range(5):
        drawn = data.train.x[40 * k : 40 * (k + 1)].astype(np.float64)
        nearest = np.sqrt(((drawn[:, None] - surface.GRID[np.argwhere(level == k)]) ** 2).sum(axis=2)).min(
            axis=1
        )
        assert nearest.max() < DEVIATIONS * surface.NOISE


@pytest.mark.parametrize(("make", "classes"), [(peaks, 5), (gmm, 5), (swiss_roll, 2)])
def test_two_percent_of_the_labels_are_replaced(make: Callable[..., Dataset], classes: int) -> None:
    data = make(rng())
    place = np.repeat(np.arange(classes), len(data.train) // classes)
    changed = 0.02 * (4 / 5 if classes == 5 else 1)  # one of five may be the old one again, a flip never is
    assert_share(int((data.train.y != place).sum()), len(place), changed)


def test_the_bayes_rule_of_peaks_takes_the_class_of_largest_density() -> None:
    level = surface.levels()
    x, _ = surface.sample(rng(), level, 40)
    densities = []
    for k in range(5):
        points = surface.GRID[np.argwhere(level == k)]
        squares = ((x[:, None] - points) ** 2).sum(axis=2)
        densities.append(np.exp(-squares / (2 * surface.NOISE**2)).mean(axis=1))
    np.testing.assert_array_equal(surface.classify(x, level), np.argmax(densities, axis=0))


def test_the_bayes_rule_of_a_mixture_takes_the_class_of_largest_density() -> None:
    drawn = Mixture.draw(rng())
    mixture = Mixture(drawn.mean, drawn.factor * np.linspace(0.1, 3, 25)[:, None, None])
    x, _ = mixture.sample(rng(1), per_class=200)
    covariances = mixture.factor @ mixture.factor.transpose(0, 2, 1) + NOISE**2 * np.eye(5)
    densities = [multivariate_normal(*law).pdf(x) for law in zip(mixture.mean, covariances, strict=True)]
    expected = np.reshape(densities, (5, 5, len(x))).sum(axis=1).argmax(axis=0)
    np.testing.assert_array_equal(mixture.classify(x), expected)


def test_the_mixture_has_the_covariances_of_the_recipe() -> None:
    mixture = Mixture.draw(rng())
    eigenvalues = np.linalg.eigvalsh(mixture.factor @ mixture.factor.transpose(0, 2, 1))
    np.testing.assert_allclose(eigenvalues[:, 0], SMALLEST)
    np.testing.assert_allclose(eigenvalues[:, -1], LARGEST)


def test_mixture_samples_have_the_mean_and_covariance_of_their_gaussian() -> None:
    mixture, n = Mixture.draw(rng()), 20_000
    x, y = mixture.sample(rng(1), per_class=n * PER_CLASS)
    assert np.bincount(y).tolist() == [n * PER_CLASS] * 5
    first = x[:n]
    covariance = mixture.factor[0] @ mixture.factor[0].T + NOISE**2 * np.eye(5)
    largest_error = DEVIATIONS * LARGEST * np.sqrt(2 / n)  # of an entry of a sample covariance
    np.testing.assert_allclose(np.cov(first.T), covariance, atol=largest_error)
    np.testing.assert_allclose(first.mean(axis=0), mixture.mean[0], atol=DEVIATIONS * np.sqrt(0.06 / n))


def test_the_bayes_rule_beats_the_nearest_mean_and_the_noise_keeps_it_from_100_percent() -> None:
    mixture = Mixture.draw(rng())
    x, y = mixture.sample(rng(1), per_class=1000)
    nearest = ((x[:, None] - mixture.mean) ** 2).sum(axis=2).argmin(axis=1) // PER_CLASS
    assert (mixture.classify(x) == y).mean() > (nearest == y).mean()
    best = gmm(rng()).bayes_accuracy
    assert best is not None
    assert 0.9 < best < 0.99


def test_the_swiss_roll_is_two_arms_a_fifth_apart() -> None:
    data = swiss_roll(rng(), train=400, validation=400)
    t = np.linspace(0, 1, 400)
    for k in (0, 1):
        x = data.train.x[400 * k : 400 * (k + 1)]
        arm = (t + 0.2 * k)[:, None] * np.stack([np.cos(4 * np.pi * t), np.sin(4 * np.pi * t)], axis=1)
        assert np.abs(x - arm).max() < DEVIATIONS * SWISS_ROLL_NOISE
    assert data.validation is not None
    radius = np.hypot(*data.validation.x[:400].T)
    assert not (np.diff(radius) > -3 * SWISS_ROLL_NOISE).all(), "validation points are drawn, not spaced"


def test_the_quadratic_form_labels_what_it_says() -> None:
    data = quadratic(rng())
    assert (len(data.train), len(data.splits["validation"])) == (60_000, 10_000)
    a, b = data.train.x.astype(np.float64).T
    form = a * a + 1.5 * a * b + 0.2 * b * b
    clear = np.abs(form - 0.6) > 1e-5  # float32 inputs were rounded after they were labelled
    np.testing.assert_array_equal((form > 0.6)[clear], data.train.y[clear] == 1)
    assert_share(int(data.train.y.sum()), 60_000, 0.454)


def test_the_line_has_its_49_points_and_noise_of_one_half() -> None:
    data = line(rng())
    assert data.train.x.ravel().tolist() == list(range(1, 50))
    assert data.train.y.shape == (49, 1)
    noise = data.train.y - data.train.x
    assert abs(noise.std() - 0.5) < DEVIATIONS * 0.5 / np.sqrt(2 * 49)
