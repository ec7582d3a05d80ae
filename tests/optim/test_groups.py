"""Groups of parameters: who is in one, which factor counts, and what cannot be meant."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.optim import Factors, Optimizer, ParameterGroup, as_groups, with_groups

NAMES = ("0.weight", "0.bias", "hidden.1.gamma", "hidden.1.beta", "2.weight", "2.bias")
USUAL = {name: Factors(decay=float(name.endswith("weight"))) for name in NAMES}


def factors(*groups: ParameterGroup, optimizer: Optimizer = gw.AdamW()) -> dict[str, Factors]:
    """The factors that differ from the usual ones."""
    found = with_groups(groups, USUAL, optimizer)
    assert list(found) == list(NAMES)
    return {name: each for name, each in found.items() if each != USUAL[name]}


@pytest.mark.parametrize(
    ("pattern", "members"),
    [
        ("0.bias", ["0.bias"]),
        ("*.bias", ["0.bias", "2.bias"]),
        ("0.*", ["0.weight", "0.bias"]),
        ("hidden.*.gamma", ["hidden.1.gamma"]),
        ("[02].weight", ["0.weight", "2.weight"]),
        ("*", list(NAMES)),
    ],
)
def test_a_pattern_matches_full_names(pattern: str, members: list[str]) -> None:
    assert list(factors(ParameterGroup(pattern, rate=3))) == members


def test_a_factor_that_is_left_out_stays_and_the_last_one_counts() -> None:
    found = factors(
        ParameterGroup("*.bias", rate=0.1),
        ParameterGroup("0.*", rate=2, decay=0),
        ParameterGroup("0.bias", decay=1),
    )
    assert found == {
        "0.weight": Factors(2, 0),
        "0.bias": Factors(2, 1),
        "2.bias": Factors(0.1, 0),
    }


@pytest.mark.parametrize(
    ("group", "message"),
    [
        (lambda: ParameterGroup("*.bias"), "expected a factor, rate or decay, found none"),
        (lambda: ParameterGroup("*.bias", rate=-1), "ParameterGroup.rate: expected .* >= 0, found -1"),
        (
            lambda: ParameterGroup("*.bias", decay=float("nan")),
            "ParameterGroup.decay: expected .*, found nan",
        ),
        (lambda: ParameterGroup(3, rate=1), "ParameterGroup.parameters: expected a text"),  # type: ignore[arg-type]
    ],
)
def test_a_group_that_says_nothing_or_the_impossible_is_refused(group: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        group()


def test_a_pattern_that_matches_nothing_tells_the_nearest_names() -> None:
    with pytest.raises(ConfigError, match=r"^groups\[1\].parameters: .*'hidden.\*.gama'.*are hidden.1.gamma"):
        factors(ParameterGroup("*", rate=1), ParameterGroup("hidden.*.gama", rate=0))


@pytest.mark.parametrize(
    ("optimizer", "decay", "refused"),
    [
        (gw.AdamW(), 2, False),
        (gw.SGD(), 0, False),  # it is true
        (gw.SGD(), 1, True),
        (gw.Adam(), 0.5, True),
        (gw.RMSProp(), 0.5, True),  # whose own decay is another thing
    ],
)
def test_a_factor_of_a_decay_wants_an_optimizer_that_has_one(
    optimizer: Optimizer, decay: float, refused: bool
) -> None:
    group = ParameterGroup("*.weight", decay=decay)
    if not refused:
        assert factors(group, optimizer=optimizer).keys() <= {"0.weight", "2.weight"}
        return
    with pytest.raises(
        ConfigError, match=rf"groups\[0\].decay: .*AdamW.*found .* {type(optimizer).__name__}"
    ):
        factors(group, optimizer=optimizer)


def test_what_an_optimizer_of_ones_own_decays_is_its_own_affair() -> None:
    class Own:
        usual_rate: ClassVar[float] = 0.1
        init = staticmethod(gw.SGD().init)
        update = staticmethod(gw.SGD().update)

    with pytest.raises(ConfigError, match=r"groups\[0\].decay: .*found the optimizer Own"):
        factors(ParameterGroup("*.bias", decay=0), optimizer=Own())
    assert factors(ParameterGroup("0.bias", rate=2), optimizer=Own()) == {"0.bias": Factors(2, 0)}


@pytest.mark.parametrize(
    "spec",
    [
        ParameterGroup("0.*", rate=2),
        {"parameters": "0.*", "rate": 2},
        [{"kind": "ParameterGroup", "parameters": "0.*", "rate": 2}],
    ],
    ids=["itself", "a table", "a list of tables"],
)
def test_groups_are_given_as_themselves_or_as_tables(spec: Any) -> None:
    assert as_groups(spec) == (ParameterGroup("0.*", rate=2),)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("*.bias", "groups: expected a list of ParameterGroup or of tables, found '\\*.bias'"),
        (["*.bias"], "groups: expected a list of ParameterGroup"),
        (3, "groups: expected a list"),
        ([3], r"groups\[0\]: expected a ParameterGroup, found 3"),
        ([ParameterGroup], r"groups\[0\]: .*found the class ParameterGroup"),
        ([{"rate": 2}], r"groups\[0\].parameters: ParameterGroup needs this key"),
        ([{"parameters": "*", "rates": 2}], r"groups\[0\].rates: .*did you mean 'rate'"),
        ([{"parameters": "*", "rate": "2"}], r"groups\[0\].rate: expected a finite number >= 0, found '2'"),
    ],
)
def test_what_is_no_group_is_refused(spec: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        as_groups(spec)
