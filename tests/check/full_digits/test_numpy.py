"""Arrays that stay in float64, and the constants of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.full_digits.casts import CannotWidenError, Casts
from gradwright.check.full_digits.constants import Widened
from gradwright.check.full_digits.numpy import Wide, wide

X = np.random.default_rng(7).normal(size=(4, 3))
SINGLE = X.astype(np.float32)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x.astype("float32"),
        lambda x: x.astype(np.float16) @ x.T.astype(np.float16),
        lambda x: np.sum(x, axis=0, dtype=np.float32),
        lambda x: x.mean(dtype=np.float32).astype(np.float16),
        lambda x: np.where(x > 0, x.astype(np.float32), 0),
        lambda x: np.concatenate([x.astype(np.float32), x]),
        lambda x: np.einsum("ij,kj->ik", x.astype(np.float32), x.astype(np.float32)),
        lambda x: np.add(x, x, dtype=np.float32, casting="same_kind"),
        lambda x: x.astype(np.float32)[0, 0].astype(np.float16),
        lambda x: np.linalg.norm(x.astype(np.float32), axis=1),
    ],
)
def test_no_digit_is_lost_and_the_cast_is_noted(f: Callable[[Any], Any]) -> None:
    casts = Casts()
    found = f(wide(X, casts))
    assert isinstance(found, Wide)
    assert found.dtype == np.float64
    assert casts.unit
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(np.asarray(found), np.asarray(f(X), np.float64), rtol=0.02, atol=0.02)
    assert not np.array_equal(np.asarray(found), np.asarray(f(X)))


def test_numbers_in_place_stay_where_they_are() -> None:
    x = wide(X.copy(), Casts())
    same = x
    x += SINGLE
    np.testing.assert_array_equal(np.asarray(same), X + SINGLE)
    assert x.casts.left_in == {"float32": 2.0**-23}


def test_an_array_that_was_kept_casts_again_afterwards() -> None:
    x = wide(X, Casts())
    x.casts.in_force = False
    assert x.astype(np.float32).dtype == np.float32
    assert x.view(np.uint64).dtype == np.uint64


def test_bits_are_not_read() -> None:
    with pytest.raises(CannotWidenError):
        wide(X, Casts()).view(np.uint64)


def test_functions_that_share_a_variable_share_it_as_copies() -> None:
    weight, kept = np.ones(2), [np.zeros(2)]

    def write(x: Any) -> Any:
        kept[0] = weight * x
        return weight

    def read() -> Any:
        return kept[0]

    copies = Widened(lambda array: 10 * array)
    copies.of(write)(3)
    assert copies.of(read)()[0] == 30
    assert (kept[0][0], weight[0]) == (0, 1)
    assert copies.reached_all


def test_an_object_that_may_hold_arrays_is_remembered() -> None:
    layer: Any = object()
    copies = Widened(np.copy)
    assert copies.of(lambda: layer)() is layer
    assert not copies.reached_all
