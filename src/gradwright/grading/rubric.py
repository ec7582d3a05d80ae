"""What a teacher asks and what it is worth: a rubric in TOML, read strictly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain, Finite, NonNegative, OpenFraction
from gradwright.specs import suggestion
from gradwright.strict import Strict, complaints
from gradwright.toml import read_toml

Feedback: TypeAlias = Literal["full", "verdict", "none"]
Name: TypeAlias = Annotated[str, Domain("a name such as n_in", str, str.isidentifier)]
Seconds: TypeAlias = Annotated[float, Domain("seconds in (0, 86400]", float, lambda s: 0 < s <= 86_400)]
FileName: TypeAlias = Annotated[
    str, Domain("a file name such as homework.py", str, lambda s: Path(s).name == s and s.endswith(".py"))
]
Integer: TypeAlias = Annotated[int, Domain("a whole number within 2^53", int, lambda n: abs(n) <= 2**53)]


class Argument(Strict):
    """How one argument is drawn: floats in ``range``, whole numbers in ``integers`` (both ends count), or
    always ``value``. A ``shape`` holds numbers, or names of the item's ``sizes``."""

    shape: list[Count | Name] = Field(default_factory=list)
    range: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = None
    integers: Annotated[list[Integer], Field(min_length=2, max_length=2)] | None = None
    value: Integer | Finite | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [name for name in ("range", "integers", "value") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ConfigError(f"expected one of range, integers and value, found {' and '.join(given)}")
        for ends in (self.range, self.integers):
            if ends is not None and ends[0] > ends[1]:
                raise ConfigError(f"expected [low, high], found {ends}")
        return self


def _argument(spec: Any) -> Any:
    """An argument, or a table of them, such as ``params = { W = {...}, b = {...} }``."""
    if isinstance(spec, dict) and spec and all(isinstance(inner, dict) for inner in spec.values()):
        return {name: Argument(**inner) for name, inner in spec.items()}
    return Argument(**spec) if isinstance(spec, dict) else spec


class TimeLimit(Strict):
    """Points for an answer within ``seconds``."""

    points: NonNegative
    seconds: Seconds


class Points(Strict):
    """What each property earns; ``gradient`` as a whole, or for each parameter by its name."""

    value: NonNegative = 0.0
    gradient: NonNegative | dict[str, NonNegative] = 0.0
    own_gradient: NonNegative = 0.0
    pure: NonNegative = 0.0
    deterministic: NonNegative = 0.0
    batch_mean: NonNegative = 0.0
    time: TimeLimit | None = None


class Item(Strict):
    """One thing to be handed in, the points at which it is asked, and the points that it earns."""

    name: Annotated[str, Field(min_length=1)]
    function: Name | None = None  # returns (loss, gradient)
    loss: Name | None = None  # or these two
    gradient: Name | None = None
    layer: Name | None = None  # or a class with forward and backward,
    made_with: list[int | Name] = Field(default_factory=list)  # called with these
    reference: Name  # the teacher's own function, of the same arguments; it returns the value alone
    arguments: dict[Name, Annotated[Argument | dict[Name, Argument], BeforeValidator(_argument)]]
    with_respect_to: Annotated[list[Name], Field(min_length=1)]
    sizes: dict[Name, Annotated[list[Count], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    rows: list[Name] = Field(default_factory=list)  # the arguments with one sample in each row
    trials: Annotated[int, Domain("a whole number of 1 to 100", int, lambda n: 1 <= n <= 100)] = 3
    tolerance: OpenFraction = 1e-6  # of the value, relative
    points: Points

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        forms = [self.function is not None, bool(self.loss and self.gradient), self.layer is not None]
        halves = (self.loss is None) != (self.gradient is None)
        if sum(forms) != 1 or halves:
            raise ConfigError(f"{self.name}: expected function, or loss and gradient, or layer")
        if self.made_with and not self.layer:
            raise ConfigError(f"{self.name}: made_with is for a layer")
        for key in ("with_respect_to", "rows"):
            for name in getattr(self, key):
                _require(name, self.arguments, f"{self.name}: {key}")
        for path, argument in self.leaves:
            for size in [*argument.shape, *self.made_with]:
                if isinstance(size, str):
                    _require(size, self.sizes, f"{self.name}: {path}")
            if path.split(".")[0] in self.with_respect_to and argument.integers:
                raise ConfigError(f"{self.name}: {path}: no derivative with respect to whole numbers")
        for size, (low, high) in self.sizes.items():
            if low > high:
                raise ConfigError(f"{self.name}: sizes.{size}: expected [low, high], found [{low}, {high}]")
        if isinstance(self.points.gradient, dict):
            for name in self.points.gradient:
                _require(name, dict.fromkeys(self.moved), f"{self.name}: points.gradient")
        if self.points.batch_mean and (self.layer or not self.rows):
            raise ConfigError(f"{self.name}: points.batch_mean needs rows, and a loss, not a layer")
        return self

    @property
    def leaves(self) -> Iterator[tuple[str, Argument]]:
        """Every array of the arguments by its dotted name, such as ``params.W``."""
        for name, argument in self.arguments.items():
            if isinstance(argument, Argument):
                yield name, argument
            else:
                yield from ((f"{name}.{inner}", spec) for inner, spec in argument.items())

    @property
    def moved(self) -> list[str]:
        """The dotted names of what derivatives are asked for, in the order of ``with_respect_to``."""
        return [
            path for name in self.with_respect_to for path, _ in self.leaves if path.split(".")[0] == name
        ]


class Limits(Strict):
    """What a submission may use; the first two in seconds of the clock, while it is asked."""

    item_seconds: Seconds = 20.0
    total_seconds: Seconds = 120.0
    memory_mib: Annotated[int, Domain("a whole number >= 256", int, lambda n: n >= 256)] = 2048
    file_mib: Count = 16

    @property
    def folder_mib(self) -> int:
        """What all files of a submission may hold: two of the largest."""
        return 2 * self.file_mib


class Rubric(Strict):
    """All items of one assignment. ``reference`` is the teacher's file, beside the rubric."""

    version: Literal[1] = 1  # of this format
    title: str = "Assignment"
    reference: str
    feedback: Feedback = "full"
    entry: FileName | None = None  # of a submission that is a folder, what is loaded; it may import the rest
    limits: Limits = Limits()
    items: Annotated[list[Item], Field(min_length=1)]
    folder: Annotated[Path, Field(exclude=True)]  # that it was read from

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [item.name for item in self.items]
        if twice := [name for name in names if names.count(name) > 1]:
            raise ConfigError(f"items: expected different names, found {twice[0]!r} twice")
        return self


def read_rubric(path: Path | str) -> Rubric:
    """The rubric in a TOML file.

    Raises ``ConfigError`` that names the file, and each key that is unknown, missing or impossible.
    """
    path = Path(path)
    settings = read_toml(path, "a rubric")
    try:
        return Rubric(**(settings | {"folder": path.parent}))
    except ValidationError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in complaints(error, Rubric))) from None


def _require(name: str, known: dict[str, Any], where: str) -> None:
    if name not in known:
        raise ConfigError(f"{where}: {name!r} is not known{suggestion(name, known)}")
