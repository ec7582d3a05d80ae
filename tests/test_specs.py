"""Frozen dataclasses as plain data, and back: for kinds made up here, and for every room's own."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import pytest

from gradwright import optim
from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import LOSSES, PENALTIES
from gradwright.nn.initializers import INITIALIZERS
from gradwright.specs import Kinds, from_spec, kinds_of, to_spec


@runtime_checkable
class Animal(Protocol):
    def sound(self) -> str: ...


@dataclass(frozen=True)
class Dog:
    name: str = "Rex"

    def sound(self) -> str:
        return "wuff"


@dataclass(frozen=True)
class Stone:
    pass


@dataclass(frozen=True)
class Farm:
    size: int
    price: float | None = None
    organic: bool = False
    season: Literal["summer", "winter"] = "summer"
    guard: Animal | None = None
    food: float | Animal = 1.0
    animals: tuple[Animal, ...] = ()
    days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ShapeError(f"Farm.size: expected a number >= 0, found {self.size}")


@dataclass(frozen=True)
class Dogs:
    """A shorthand for a farm with so many dogs."""

    count: int

    def build(self) -> Farm:
        return Farm(self.count, animals=(Dog(),) * self.count)


KINDS: Kinds = {**kinds_of(Dog, Stone, Farm), "dogs": Dogs}
FULL = Farm(3, 2.5, True, "winter", guard=Dog("Bo"), food=Dog("Al"), animals=(Dog(), Dog("Ida")), days=(1, 2))


def farm(**fields: Any) -> dict[str, Any]:
    return {"kind": "Farm", "size": 1, **fields}


def read(spec: Any) -> Any:
    return from_spec(spec, KINDS, "file: farm")


# There and back


@pytest.mark.parametrize("value", [FULL, Farm(0), Dog("")], ids=["full", "defaults", "empty text"])
def test_a_value_survives_json(value: object) -> None:
    assert read(json.loads(json.dumps(to_spec(value)))) == value


def test_a_value_is_its_kind_and_its_fields() -> None:
    assert to_spec(Dog("Bo")) == {"kind": "Dog", "name": "Bo"}
    assert to_spec((Dog("Bo"), 1, "x")) == [{"kind": "Dog", "name": "Bo"}, 1, "x"]


def test_none_is_left_out_because_toml_has_no_word_for_it() -> None:
    assert "price" not in to_spec(Farm(1))
    assert read(farm(price=None)) == Farm(1)


@pytest.mark.parametrize(
    "value", [np.int64(3), np.zeros(2), Stone, object()], ids=["numpy number", "array", "class", "object"]
)
def test_what_toml_and_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(
        ConfigError, match="cannot be written down: expected a frozen dataclass of plain values"
    ):
        to_spec((Dog(), value))


def test_a_bare_text_is_a_kind_with_its_defaults() -> None:
    assert read("Dog") == Dog()
    assert read(farm(guard="Dog")).guard == Dog()


def test_a_whole_number_is_a_number_where_one_is_asked_for() -> None:
    price = read(farm(price=2)).price
    assert price == 2
    assert isinstance(price, float)


def test_a_field_of_a_number_or_a_kind_takes_either() -> None:
    assert read(farm(food=2)).food == 2.0
    assert read(farm(food="Dog")).food == Dog()


def test_a_shorthand_is_read_as_what_it_builds() -> None:
    assert read({"kind": "dogs", "count": 2}) == Farm(2, animals=(Dog(), Dog()))
    with pytest.raises(ConfigError, match=r"^file: farm: Farm\.size: expected a number >= 0, found -1$"):
        read({"kind": "dogs", "count": -1})


def test_a_table_of_which_there_is_one_kind_need_not_say_it() -> None:
    assert from_spec({"name": "Bo"}, kinds_of(Dog), "pet") == Dog("Bo")


# Mistakes


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (3, ": expected a table with a 'kind', found 3"),
        (["Dog"], ": expected a table with a 'kind', found ['Dog']"),
        ({"size": 1}, ": the key 'kind' is missing; choose from Dog, Farm, Stone, dogs"),
        ("Dig", ".kind: 'Dig' is not known; did you mean 'Dog'?"),
        ("Zebra", ".kind: 'Zebra' is not known; choose from Dog, Farm, Stone, dogs"),
        ({"kind": 3}, ".kind: 3 is not known; choose from Dog, Farm, Stone, dogs"),
        ({"kind": ["Stone"]}, ".kind: ['Stone'] is not known; did you mean 'Stone'?"),
        ({"kind": "Stone", "x": 1}, ".x: Stone has no such key; choose from none"),
        (farm(sise=1, colour=2), ".sise: Farm has no such key; did you mean 'size'?"),
        ({"kind": "Farm"}, ".size: Farm needs this key"),
        (farm(size="3"), ".size: expected a whole number, found '3'"),
        (farm(size=True), ".size: expected a whole number, found True"),
        (farm(size=2.0), ".size: expected a whole number, found 2.0"),
        (farm(size=None), ".size: expected a whole number, found None"),
        (farm(price="2"), ".price: expected a finite number, found '2'"),
        (farm(price=True), ".price: expected a finite number, found True"),
        (farm(price=math.inf), ".price: expected a finite number, found inf"),
        (farm(price=math.nan), ".price: expected a finite number, found nan"),
        (farm(price=10**309), f".price: expected a finite number, found {10**309}"),
        (farm(organic="yes"), ".organic: expected true or false, found 'yes'"),
        (farm(organic=0), ".organic: expected true or false, found 0"),
        (farm(season="spring"), ".season: expected 'summer' or 'winter', found 'spring'"),
        (farm(season=["summer"]), ".season: expected 'summer' or 'winter', found ['summer']"),
        (farm(days=7), ".days: expected a list, found 7"),
        (farm(days="7"), ".days: expected a list, found '7'"),
        (farm(days=[1, 2.5]), ".days[1]: expected a whole number, found 2.5"),
        (farm(animals=["Dog", {"kind": "Dog", "name": 5}]), ".animals[1].name: expected a text, found 5"),
        (farm(animals=["Stone"]), ".animals[0]: expected a kind of animal, found 'Stone'"),
        (farm(guard="Stone"), ".guard: expected a kind of animal, found 'Stone'"),
        (farm(guard=1), ".guard: expected a table with a 'kind', found 1"),
        (farm(food=True), ".food: expected a table with a 'kind', found True"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_its_path(spec: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(spec)
    assert str(caught.value) == f"file: farm{message}"


def test_what_the_value_itself_refuses_keeps_its_type_and_gains_its_path() -> None:
    with pytest.raises(ShapeError, match=r"^file: farm: Farm\.size: expected a number >= 0, found -1$"):
        read(farm(size=-1))


# The rooms


def example(kind: type) -> object:
    """A value of a kind: its defaults, and one half where it has none."""
    needed = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]
    return kind(**dict.fromkeys(needed, 0.5))


SCHEDULES: tuple[optim.Schedule, ...] = (
    optim.Constant(0.1),
    optim.ExponentialDecay(0.1, 0.99, per="step"),
    optim.StepDecay(0.1, 0.5, every=10),
    optim.PolynomialDecay(0.1, end=0.0, duration=20, power=2.0),
    optim.CosineDecay(0.1, end=0.001, duration=20, per="step"),
    optim.LinearWarmup(5, then=optim.CosineDecay(0.1, end=0.0, duration=20)),
    optim.OneCycle(0.1, duration=100),
    optim.CosLog(0.1, duration=100),
    optim.TriangularCycle(1e-5, 0.1, step_size=500),
    optim.TriangularCycle(1e-5, 0.1, step_size=500, cycles=3),
)
VALUES: list[tuple[object, Kinds]] = [
    *((example(kind), kinds_of(*LOSSES)) for kind in LOSSES),
    *((example(kind), kinds_of(*PENALTIES)) for kind in PENALTIES),
    *((example(kind), kinds_of(*INITIALIZERS)) for kind in INITIALIZERS),
    *((example(kind), optim.OPTIMIZER_KINDS) for kind in optim.OPTIMIZER_KINDS.values()),
    *((schedule, optim.SCHEDULE_KINDS) for schedule in SCHEDULES),
]  # fmt: skip


@pytest.mark.parametrize(("value", "kinds"), VALUES, ids=lambda v: type(v).__name__)
def test_every_kind_of_every_room_survives_json(value: object, kinds: Kinds) -> None:
    assert from_spec(json.loads(json.dumps(to_spec(value))), kinds, "here") == value


def test_a_schedule_cannot_be_followed_by_an_optimizer() -> None:
    kinds = {**optim.SCHEDULE_KINDS, **optim.OPTIMIZER_KINDS}
    with pytest.raises(ConfigError, match=r"^rate\.then: expected a kind of schedule, found 'SGD'$"):
        from_spec({"kind": "LinearWarmup", "duration": 5, "then": "SGD"}, kinds, "rate")


def test_every_schedule_is_among_them() -> None:
    assert {type(schedule) for schedule in SCHEDULES} == set(optim.SCHEDULE_KINDS.values())
