"""One thing to be handed in: its form, the arguments that it is asked at, and what each property earns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain, Finite, Fraction, NonNegative, OpenFraction
from gradwright.specs import suggestion
from gradwright.strict import Strict

IN_FLOAT32 = {"value": 1e-5, "gradient": 1e-4}  # of the size of each: what a sum of thousands of terms loses

Visibility: TypeAlias = Literal["visible", "hidden", "after_due_date", "after_published"]  # to students
Leniency: TypeAlias = Literal["keepdims", "shape", "names"]
Name: TypeAlias = Annotated[str, Domain("a name such as n_in", str, str.isidentifier)]
Dotted: TypeAlias = Annotated[
    str,
    Domain(
        "a name such as loss_and_grad, or TwoLayerNet.loss",
        str,
        lambda s: s.count(".") < 2 and all(part.isidentifier() for part in s.split(".")),
    ),
]
Seconds: TypeAlias = Annotated[float, Domain("seconds in (0, 86400]", float, lambda s: 0 < s <= 86_400)]
Integer: TypeAlias = Annotated[int, Domain("a whole number within 2^53", int, lambda n: abs(n) <= 2**53)]


class Argument(Strict):
    """How one argument is drawn: floats in ``range``, whole numbers in ``integers`` (both ends count), or
    always ``value``, or ``text``. A ``shape`` holds numbers, or names of the item's ``sizes``."""

    shape: list[Count | Name] = Field(default_factory=list)
    range: Annotated[list[Finite], Field(min_length=2, max_length=2)] | None = None
    integers: Annotated[list[Integer], Field(min_length=2, max_length=2)] | None = None
    value: Integer | Finite | None = None
    text: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = ("range", "integers", "value", "text")
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) > 1:
            raise ConfigError(f"expected one of range, integers, value and text, found {' and '.join(given)}")
        if self.text is not None and self.shape:
            raise ConfigError("expected a text without a shape, found both")
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
    function: Dotted | None = None  # returns (loss, gradient); a method too, of a class
    loss: Name | None = None  # or these two
    gradient: Name | None = None
    forward: Name | None = None  # or these two, which hand a cache to one another
    backward: Name | None = None
    layer: Name | None = None  # or a class with forward and backward
    made_with: list[int | Name] = Field(default_factory=list)  # what a class is called with
    parameters: list[Name] | None = None  # the arguments that an object keeps; the others go into the call
    reference: Name  # the teacher's own function, of the same arguments; it returns the value alone
    arguments: dict[Name, Annotated[Argument | dict[Name, Argument], BeforeValidator(_argument)]]
    with_respect_to: Annotated[list[Name], Field(min_length=1)]
    sizes: dict[Name, Annotated[list[Count], Field(min_length=2, max_length=2)]] = Field(default_factory=dict)
    rows: list[Name] = Field(default_factory=list)  # the arguments with one sample in each row
    trials: Annotated[int, Domain("a whole number of 1 to 100", int, lambda n: 1 <= n <= 100)] = 3
    dtype: Literal["float64", "float32"] = "float64"  # in whose digits a right answer may be computed
    tolerance: OpenFraction = 1e-6  # of the value, relative
    gradient_tolerance: Fraction = 0.0  # of the gradient's size, beyond what a measurement cannot see
    lenient: list[Leniency] = Field(default_factory=list)  # what is told and costs nothing
    visibility: Visibility | None = None  # in place of the rubric's
    points: Points

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        forms = [
            self.function is not None,
            bool(self.loss and self.gradient),
            bool(self.forward and self.backward),
            self.layer is not None,
        ]
        halves = (self.loss is None) != (self.gradient is None)
        halves |= (self.forward is None) != (self.backward is None)
        if sum(forms) != 1 or halves:
            raise ConfigError(
                f"{self.name}: expected function, or loss and gradient, or forward and backward, or layer"
            )
        for key in ("made_with", "parameters"):
            if getattr(self, key) and self.of_class is None:
                raise ConfigError(f"{self.name}: {key} is for a layer, or a method such as TwoLayerNet.loss")
        for key in ("with_respect_to", "rows", "parameters"):
            for name in getattr(self, key) or ():
                _require(name, self.arguments, f"{self.name}: {key}")
        for path, argument in self.leaves:
            for size in [*argument.shape, *self.made_with]:
                if isinstance(size, str):
                    _require(size, self.sizes, f"{self.name}: {path}")
            if path.split(".")[0] in self.with_respect_to and (
                argument.integers or argument.text is not None
            ):
                kind = "whole numbers" if argument.integers else "a text"
                raise ConfigError(f"{self.name}: {path}: no derivative with respect to {kind}")
        for size, (low, high) in self.sizes.items():
            if low > high:
                raise ConfigError(f"{self.name}: sizes.{size}: expected [low, high], found [{low}, {high}]")
        if isinstance(self.points.gradient, dict):
            for name in self.points.gradient:
                _require(name, dict.fromkeys(self.moved), f"{self.name}: points.gradient")
        if self.points.batch_mean and (self.may_give_arrays or not self.rows):
            raise ConfigError(f"{self.name}: points.batch_mean needs rows, and a loss, not a layer")
        return self

    @property
    def of_class(self) -> str | None:
        """The class whose objects are asked, if it is one."""
        name, dot, _ = (self.function or "").rpartition(".")
        return self.layer or (name if dot else None)

    @property
    def may_give_arrays(self) -> bool:
        """Whether its value may be an array, whose gradient is that along a random dy."""
        return bool(self.layer or self.forward)

    @property
    def kept(self) -> list[str]:
        """The arguments that are set in the object; by default all but the first of a layer, and those with
        respect to which derivatives are asked of a method."""
        if self.parameters is not None:
            return self.parameters
        if self.layer:
            return list(self.arguments)[1:]
        return self.with_respect_to if self.of_class else []

    @property
    def asked(self) -> dict[str, Any]:
        """What a submission's process is told of it."""
        form = {key: getattr(self, key) for key in ("function", "loss", "gradient", "forward", "backward")}
        return form | {"layer": self.layer, "kept": self.kept, "any_case": "names" in self.lenient}

    @property
    def value_within(self) -> float:
        """How much of its size the value may be off."""
        return max(self.tolerance, IN_FLOAT32["value"] if self.dtype == "float32" else 0.0)

    @property
    def gradient_within(self) -> float:
        """How much of its size the gradient may be off."""
        return max(self.gradient_tolerance, IN_FLOAT32["gradient"] if self.dtype == "float32" else 0.0)

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


def _require(name: str, known: dict[str, Any], where: str) -> None:
    if name not in known:
        raise ConfigError(f"{where}: {name!r} is not known{suggestion(name, known)}")
