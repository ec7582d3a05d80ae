"""What a study varies: axes by their dotted path in the config, each a map from the unit interval to values.

Because every axis answers to one number u in [0, 1], each search is a way to place points in the unit cube,
and none needs to know what kind of axis it moves along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from gradwright.errors import ConfigError
from gradwright.specs import suggestion
from gradwright.studies.axis import Axis, Choice, Range, Values

Point: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Space:
    """Axes in an order in which every condition comes before what depends on it.

    >>> from gradwright.studies.axis import Choice, Range
    >>> space = Space((Axis("optimizer", Choice(("SGD", "Adam"))),
    ...                Axis("optimizer.momentum", Range(0, 0.9), (("optimizer", ("SGD",)),))))
    >>> space.at([0.2, 0.5]), space.at([0.9, 0.5])
    ({'optimizer': 'SGD', 'optimizer.momentum': 0.45}, {'optimizer': 'Adam'})
    """

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        before: dict[str, Axis] = {}
        for axis in self.axes:
            for path, allowed in axis.when:
                _check_condition(axis, path, allowed, before, {a.path for a in self.axes})
            before[axis.path] = axis

    def at(self, units: Sequence[float]) -> Point:
        """The point of the unit cube at ``units`` (a number for each axis); idle axes are left out."""
        point: Point = {}
        for axis, u in zip(self.axes, units, strict=True):
            if axis.active(point):
                point[axis.path] = axis.values.at(float(u))
        return point

    def grid(self, count: int) -> Iterator[Point]:
        """Every combination of the axes' values, ``count`` for a range of real numbers."""
        points: list[Point] = [{}]
        for axis in self.axes:
            points = [
                {**point, axis.path: value} if axis.active(point) else point
                for point in points
                for value in (axis.values.grid(count) if axis.active(point) else (None,))
            ]
        return iter(points)

    def count(self, count: int) -> int:
        """The number of points of ``grid(count)``, without making them."""
        decisive = {path for axis in self.axes for path, _ in axis.when}
        points: list[tuple[Point, int]] = [({}, 1)]  # where the conditions' axes stand, and how often
        for axis in self.axes:
            following: list[tuple[Point, int]] = []
            for point, times in points:
                if not axis.active(point):
                    following.append((point, times))
                elif axis.path not in decisive:
                    following.append((point, times * axis.values.size(count)))
                else:
                    following += [({**point, axis.path: v}, times) for v in axis.values.grid(count)]
            points = following
        return sum(times for _, times in points)

    def around(self, point: Mapping[str, Any], share: float) -> Space:
        """The space with every range shrunk to ``share`` of its width around ``point``; lists stay whole."""
        return Space(tuple(_shrunk(axis, point, share) for axis in self.axes))

    def _whole(self, point: Point) -> Point:
        """``point`` with the settings that lie inside of its own: a kind may not do without them."""
        for axis in self.axes:
            inside = any(axis.path.startswith(f"{path}.") for path in point)
            if inside and axis.path not in point and axis.active(point):
                point[axis.path] = _ends(axis.values)[0]
        return point

    def extremes(self) -> Iterator[Point]:
        """Points that together hold every listed value and both ends of every range.

        A setting inside another that is searched too is held beside each of the other's values.
        """
        for axis in self.axes:
            needed: Point = {}
            for path, allowed in _all_conditions(axis, {a.path: a for a in self.axes}):
                needed.setdefault(path, allowed[0])
            for value in _ends(axis.values):
                yield self._whole({**needed, axis.path: value})
            for outer in self.axes:
                if axis.path.startswith(f"{outer.path}."):
                    beside = ({**needed, outer.path: value} for value in _ends(outer.values))
                    yield from ({**p, axis.path: _ends(axis.values)[0]} for p in beside if axis.active(p))


def _ends(values: Values) -> list[Any]:
    """Every listed value, or both ends of a range."""
    return values.grid(2) if isinstance(values, Choice) else [values.at(0), values.at(1)]


def _shrunk(axis: Axis, point: Mapping[str, Any], share: float) -> Axis:
    values = axis.values
    if not isinstance(values, Range) or axis.path not in point:
        return axis
    middle = min(max(values.unit(point[axis.path]), share / 2), 1 - share / 2)
    low, high = values.at(middle - share / 2), values.at(middle + share / 2)
    return axis if low >= high else replace(axis, values=replace(values, low=low, high=high))


def _check_condition(
    axis: Axis, path: str, allowed: tuple[Any, ...], before: Mapping[str, Axis], every: set[str]
) -> None:
    where = f"space.{axis.path}.when.{path}"
    if path not in before:
        if path in every:
            raise ConfigError(f"{where}: expected an axis that does not depend on this one in its turn")
        raise ConfigError(f"{where}: there is no such axis{suggestion(path, dict.fromkeys(every))}")
    values = before[path].values
    if isinstance(values, Choice) and (wrong := [v for v in allowed if v not in values.values]):
        raise ConfigError(f"{where}: expected values of that axis, found {wrong[0]!r}, which it never takes")


def _all_conditions(axis: Axis, axes: Mapping[str, Axis]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """An axis's conditions and those of the axes that it depends on."""
    for path, allowed in axis.when:
        yield from _all_conditions(axes[path], axes)
        yield path, allowed
