"""Confusion, the most wrong rows and the fit, as they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.nn.layer import Array
from gradwright.show.figures.confusion import MOST_NAMED, confusion_matrix
from gradwright.show.figures.fit import fit_quality
from gradwright.show.figures.wrong import has_images, image_shape, most_wrong
from gradwright.training.outcome import Classified, Fitted


def wrong(x: Array) -> Classified:
    """As many rows as ``x`` has, each of class 0 answered as 1."""
    rows = np.arange(len(x))
    likely = np.tile(np.array([0.1, 0.9], np.float32), (len(x), 1))
    return Classified("validation", np.eye(2), rows, x, 0 * rows, 0 * rows + 1, likely)


def test_cells_of_few_classes_have_counts_and_shares_of_the_true_class() -> None:
    (axes,) = confusion_matrix(np.array([[90, 10], [0, 50]]), ["cat", "dog"]).axes
    assert [text.get_text() for text in axes.texts] == ["90\n90%", "10\n10%", "50\n100%"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("answered", "true class")


def test_a_hundred_classes_are_colours_with_a_bar_and_some_are_named() -> None:
    axes, bar = confusion_matrix(np.eye(100, dtype=int), [f"class {i}" for i in range(100)]).axes
    assert len(axes.texts) == 0
    assert 20 <= len(axes.get_yticklabels()) <= MOST_NAMED
    assert bar.get_ylabel() == "share of the true class (%)"


def test_a_class_without_rows_divides_nothing_by_nothing() -> None:
    (axes,) = confusion_matrix(np.array([[0, 0], [3, 1]]), ["a", "b"]).axes
    assert [text.get_text() for text in axes.texts] == ["3\n75%", "1\n25%"]


def test_rows_of_bytes_in_a_square_are_images_and_others_are_not() -> None:
    assert image_shape(np.zeros((1, 3 * 32 * 32), np.uint8)) == (32, 32, 3)
    assert image_shape(np.full((1, 64), 16.0)) == (8, 8, 1)
    assert image_shape(np.full((1, 64), -1.0)) is None
    assert image_shape(np.zeros((1, 16), np.uint8)) is None
    assert not has_images(wrong(np.zeros((0, 784), np.uint8)))


@pytest.mark.parametrize("shape", [(28, 28, 1), (32, 32, 3)])
def test_each_image_says_what_it_is_and_what_was_said(shape: tuple[int, int, int]) -> None:
    height, width, planes = shape
    image = np.random.default_rng(0).integers(256, size=(height, width, planes)).astype(np.uint8)
    stored = image.transpose(2, 0, 1).reshape(1, -1)  # plane after plane, as CIFAR-10 has it
    first, second, *_ = most_wrong(wrong(np.concatenate([stored, 0 * stored])), ["cat", "dog"]).axes
    assert first.get_title(loc="left") == "is cat: 10%\nsaid dog: 90%"
    drawn = np.asarray(first.get_images()[0].get_array())
    np.testing.assert_allclose(drawn.reshape(shape) * 255, image, atol=1e-3)
    assert np.asarray(second.get_images()[0].get_array()).max() == 0


def test_the_fit_has_predictions_over_targets_and_what_is_left_over_predictions() -> None:
    targets, predictions = np.array([[1.0], [2.0], [4.0]]), np.array([[1.5], [2.0], [3.0]])
    above, below = fit_quality(Fitted("train", targets, predictions)).axes
    assert (above.get_xlabel(), above.get_ylabel()) == ("target", "prediction")
    np.testing.assert_array_equal(above.collections[0].get_offsets(), np.hstack([targets, predictions]))
    left = np.hstack([predictions, targets - predictions])
    np.testing.assert_array_equal(below.collections[0].get_offsets(), left)


def test_several_outputs_are_told_apart_up_to_four() -> None:
    many = np.random.default_rng(0).standard_normal((5, 9))
    above, _ = fit_quality(Fitted("train", many, many)).axes
    legend = above.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        *("output 1", "output 2", "output 3", "output 4"),
        "prediction = target",
    ]
