"""Groups of parameters by name, and what they have of the learning rate and of the weight decay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from gradwright.errors import ConfigError
from gradwright.fields import NonNegative, check_fields
from gradwright.optim.adam import AdamW
from gradwright.optim.kinds import OPTIMIZER_KINDS
from gradwright.optim.optimizer import Optimizer
from gradwright.optim.whole_data import WholeData
from gradwright.specs import as_kind, kinds_of

NEAREST = 3  # names that a message tells


@dataclass(frozen=True)
class ParameterGroup:
    """The arrays whose names a pattern matches, with factors of the learning rate and of the weight decay:

        theta <- theta - rate lr (the optimizer's direction) - rate lr decay weight_decay theta

    Without groups the factor of the rate is 1, and that of the decay 1 for the arrays called ``weight`` and 0
    for all others. A factor that a group leaves out stays as it was; of several groups that give it to one
    array the last one counts. At ``rate=0`` an array keeps its bits, and what the optimizer keeps of it too.

    Args:
        parameters: a pattern of full names such as ``"*.bias"``, ``"0.*"`` or ``"hidden.*.gamma"``: ``*``
            stands for any text, dots among it, ``?`` for one letter and ``[ab]`` for one of these.
        rate: the factor of the learning rate.
        decay: the factor of ``weight_decay``, which ``AdamW`` has.

    Raises ``ConfigError`` for a factor below 0, and for a group that has none.

    >>> ParameterGroup("*.bias", rate=0.1, decay=0)
    ParameterGroup(parameters='*.bias', rate=0.1, decay=0.0)
    """

    parameters: str
    rate: NonNegative | None = None
    decay: NonNegative | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.rate is None and self.decay is None:
            raise ConfigError(
                f"ParameterGroup({self.parameters!r}): expected a factor, rate or decay, found none"
            )


GROUP_KINDS = kinds_of(ParameterGroup)


@dataclass(frozen=True)
class Factors:
    """What one array has of the learning rate and of the weight decay."""

    rate: float = 1.0
    decay: float = 1.0


def as_groups(spec: Any) -> tuple[ParameterGroup, ...]:
    """Groups as a config holds them, from one or a list of them, each itself or a table.

    Raises ``ConfigError`` for anything else.

    >>> as_groups([{"parameters": "0.*", "rate": 0}])
    (ParameterGroup(parameters='0.*', rate=0.0, decay=None),)
    """
    groups = [spec] if isinstance(spec, str | ParameterGroup | dict) else spec
    if not isinstance(groups, Sequence) or any(isinstance(group, str) for group in groups):
        raise ConfigError(f"groups: expected a list of ParameterGroup or of tables, found {spec!r}")
    return tuple(
        as_kind(group, GROUP_KINDS, ParameterGroup, f"groups[{i}]") for i, group in enumerate(groups)
    )


def with_groups(
    groups: Sequence[ParameterGroup], usual: dict[str, Factors], optimizer: Optimizer | WholeData
) -> dict[str, Factors]:
    """The factors of each array by its name, from those that are usual and the groups on top of them.

    Raises ``ConfigError`` for a pattern that matches no name, with the nearest, and for a factor of a decay
    that ``optimizer`` does not have.

    >>> with_groups([ParameterGroup("*.bias", rate=2)], {"0.weight": Factors(), "0.bias": Factors()}, AdamW())
    {'0.weight': Factors(rate=1.0, decay=1.0), '0.bias': Factors(rate=2.0, decay=1.0)}
    """
    factors = dict(usual)
    for i, group in enumerate(groups):
        names = [name for name in factors if fnmatchcase(name, group.parameters)]
        if not names:
            near = get_close_matches(group.parameters, factors, NEAREST, cutoff=0.0)
            raise ConfigError(
                f"groups[{i}].parameters: expected a pattern of parameters that are trained, found "
                f"{group.parameters!r}; the nearest names are {', '.join(near) or 'none'}"
            )
        _require_decay(f"groups[{i}].decay", group, optimizer)
        given = {key: value for key in ("rate", "decay") if (value := getattr(group, key)) is not None}
        factors |= {name: replace(factors[name], **given) for name in names}
    return factors


def _require_decay(where: str, group: ParameterGroup, optimizer: Optimizer | WholeData) -> None:
    """A factor of the decay says something of AdamW; 0 is true of our others too, which have none."""
    true_of = tuple(OPTIMIZER_KINDS.values()) if group.decay == 0 else AdamW
    if group.decay is not None and not isinstance(optimizer, true_of):
        raise ConfigError(
            f"{where}: it multiplies AdamW's weight_decay, found the optimizer {type(optimizer).__name__}"
        )
