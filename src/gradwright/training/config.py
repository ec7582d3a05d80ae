"""What a run is: every setting that decides its result, as one frozen value, and as TOML.

Precedence, highest first: an override (a flag), the environment (``GRADWRIGHT_EPOCHS`` and so on), the file,
the default.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import tomli_w
from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from gradwright.engine import EngineName, PrecisionName
from gradwright.errors import ConfigError
from gradwright.fields import Count, Domain, Positive, Seed, Whole, as_plain
from gradwright.inputs import require_plain
from gradwright.nn import LOSSES, PENALTIES, Layer, Loss, Objective, Penalty
from gradwright.nn.spec import network_from_spec
from gradwright.optim import (
    AVERAGE_KINDS,
    EMA,
    OPTIMIZER_KINDS,
    SCHEDULE_KINDS,
    SGD,
    Optimizer,
    ParameterGroup,
    Schedule,
    WholeData,
    as_groups,
    as_schedule,
)
from gradwright.specs import Kinds, as_kind, from_spec, kinds_of, require_instance, to_spec
from gradwright.strict import Strict, complaints
from gradwright.toml import read_toml
from gradwright.training.callbacks import EARLY_STOPPING_KINDS, EarlyStopping
from gradwright.training.data_config import TEXTS, DataConfig
from gradwright.training.measured_rows import TRAIN_ROWS, MeasureTrain
from gradwright.training.metrics import Metric, as_metrics, as_monitor, metrics_to_spec
from gradwright.training.own_classes import with_own

ENVIRONMENT_PREFIX = "GRADWRIGHT_"
BATCH_SIZE = 32  # where none is given
NETWORK = 'network = { kind = "mlp", widths = [2, 50, 5] }'
RunName: TypeAlias = Annotated[
    str,
    Domain("letters, digits, '_', '-' and '.', not dots alone", str, re.compile(r"\.*[\w-][\w.-]*\Z").match),
]
NAMES = ("name", *(f"data.{field}" for field in TEXTS))


def _network(spec: Any) -> Layer:
    """A layer as itself (a user's own class may be one) or as a specification."""
    if isinstance(spec, str | Mapping):
        return network_from_spec(spec)
    require_instance(spec, Layer, "network")
    return spec  # type: ignore[no-any-return]


def _learning_rate(spec: Any, info: ValidationInfo) -> Schedule:
    """A number, a schedule or its specification; where nothing is given, the usual rate of the optimizer."""
    if spec is None:
        return as_schedule(info.data.get("optimizer", SGD()).usual_rate)
    if isinstance(spec, str | Mapping):
        return from_spec(spec, SCHEDULE_KINDS, "learning_rate")  # type: ignore[no-any-return]
    return as_schedule(as_plain(spec))


def _batch_size(given: int | None, info: ValidationInfo) -> int | None:
    """The rows in a step where none are given: None, for all of them, if that is what the optimizer takes."""
    whole = isinstance(info.data.get("optimizer"), WholeData)
    return BATCH_SIZE if given is None and not whole else given


def _kind(name: str, kinds: Kinds, protocol: type, but: tuple[type, ...] = ()) -> Any:
    """The pydantic annotation of a field that holds one of ``kinds``, or None where that is its default."""

    def value(spec: Any) -> Any:
        optional = RunConfig.model_fields[name].default is None
        return None if spec is None and optional else as_kind(spec, kinds, protocol, name, but)

    return PlainValidator(value)


_SPEC = PlainSerializer(to_spec)


class RunConfig(Strict):
    """All settings of one training run: ``fit`` says what each means, docs/settings.md what it may be.

    ``version`` is that of the format. ``data`` is None where the arrays were handed over in Python, and
    ``loss`` until the data are seen, unless it was given: it follows the targets (``settle``).

    >>> config = RunConfig(network={"kind": "mlp", "widths": [2, 8, 2]}, optimizer="Adam", epochs=3)
    >>> config.optimizer, config.learning_rate
    (Adam(beta1=0.9, beta2=0.999, epsilon=1e-08), Constant(value=0.001))
    """

    version: Literal[1] = 1  # of this format
    name: RunName = "run"
    seed: Seed = 0
    epochs: Whole = 10
    dtype: Literal["float32", "float64"] = "float32"
    precision: PrecisionName = "float32"
    engine: EngineName = "auto"
    sampling: Literal["shuffle", "replacement"] = "shuffle"
    clip_norm: Positive | None = None
    metrics: Annotated[
        tuple[Metric, ...], PlainValidator(as_metrics), PlainSerializer(metrics_to_spec)
    ] = ()  # beside loss and accuracy
    monitor: str = "validation.loss"
    measure_train: MeasureTrain = TRAIN_ROWS
    keep: Literal["last", "best"] = "last"
    record_steps: bool = False
    start: str | None = None
    data: DataConfig | None = None
    network: Annotated[Layer, PlainValidator(_network), _SPEC] = Field(examples=[NETWORK])
    loss: Annotated[Loss | None, _kind("loss", kinds_of(*LOSSES), Loss, (Layer, *PENALTIES)), _SPEC] = None
    penalty: Annotated[
        Penalty | None, _kind("penalty", kinds_of(*PENALTIES), Penalty, (Layer, *LOSSES)), _SPEC
    ] = None
    optimizer: Annotated[Optimizer | WholeData, _kind("optimizer", OPTIMIZER_KINDS, Optimizer), _SPEC] = SGD()
    learning_rate: Annotated[Schedule, PlainValidator(_learning_rate), _SPEC] = Field(
        default=None, validate_default=True
    )
    batch_size: Annotated[Count | None, AfterValidator(_batch_size)] = Field(
        default=None, validate_default=True
    )
    groups: Annotated[tuple[ParameterGroup, ...], PlainValidator(as_groups), _SPEC] = ()
    average: Annotated[EMA | None, _kind("average", AVERAGE_KINDS, EMA), _SPEC] = None
    early_stopping: Annotated[
        EarlyStopping | None, _kind("early_stopping", EARLY_STOPPING_KINDS, EarlyStopping), _SPEC
    ] = None

    @model_validator(mode="after")
    def _monitor_is_known(self) -> RunConfig:
        as_monitor(self.monitor, self.metrics)
        return self

    @property
    def measured(self) -> tuple[Metric, ...]:
        """The metrics that are measured beside loss and accuracy: those of ``metrics``, and the monitored."""
        monitored = dataclasses.replace(self.monitored, split="")
        return self.metrics if monitored in self.metrics else (*self.metrics, monitored)

    @property
    def monitored(self) -> Metric:
        """What ``monitor`` names."""
        return as_monitor(self.monitor, self.metrics)

    @property
    def objective(self) -> Objective:
        """The function of theta that this run makes small.

        Raises ``ConfigError`` where the loss is still to follow the targets.
        """
        if self.loss is None:
            raise ConfigError("loss: it follows the targets of the data, and no data were seen yet")
        return Objective(self.network, self.loss, self.penalty)


def make_config(**settings: Any) -> RunConfig:
    """A ``RunConfig``; every setting that cannot be is named in one ``ConfigError``.

    A setting that is None is one that was not given, where its default is None.

    >>> make_config(network={"kind": "Linear", "in_features": 2, "out_features": 3}, epochs=-1)
    Traceback (most recent call last):
    gradwright.errors.ConfigError: epochs: expected a whole number >= 0, found -1
    """
    fields = RunConfig.model_fields
    given = {
        name: value
        for name, value in settings.items()
        if value is not None or name not in fields or fields[name].default is not None
    }
    try:
        return RunConfig(**given)
    except ValidationError as error:
        raise ConfigError("\n".join(complaints(error, RunConfig))) from None


def read_config(
    path: Path | str,
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    own: Sequence[type] | None = None,
    *,
    links: bool = True,
) -> RunConfig:
    """The config in a TOML file, with dotted ``overrides`` such as ``{"optimizer.momentum": 0.9}``.

    ``own`` are the classes of one's own that it may name as layers, loss and penalty; ``links`` says whether
    the path may be a link.

    Raises ``ConfigError`` that names the file, and each key that is unknown, missing or impossible.
    """
    path = Path(path)
    settings = read_toml(path, "a config", links=links)
    settings.setdefault("name", name_after(path))
    for key, value in {**from_environment(environ or {}), **(overrides or {})}.items():
        override(settings, key, value)
    try:
        return make_config(**(settings if own is None else with_own(settings, own)))
    except ConfigError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None


def name_after(path: Path) -> str:
    """The name of a run or a study whose file gives it none: that of the file.

    >>> name_after(Path("examples/two moons.toml"))
    'two-moons'
    """
    return re.sub(r"[^\w.-]+", "-", path.stem).strip("-") or "run"


def plain_config(config: RunConfig) -> dict[str, Any]:
    """A config as plain data, with nothing left to a default."""
    return config.model_dump(exclude_none=True)


def config_to_toml(config: RunConfig) -> str:
    """The config as TOML text with nothing left to a default; ``read_config`` reads it."""
    return tomli_w.dumps(plain_config(config))


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The settings that variables such as ``GRADWRIGHT_EPOCHS=5`` make, for the fields of a config."""
    names = {f"{ENVIRONMENT_PREFIX}{field.upper()}": field for field in RunConfig.model_fields}
    names.pop(f"{ENVIRONMENT_PREFIX}DATA")  # the folder with data files, not a field
    return {field: parse_value(environ[name], field) for name, field in names.items() if name in environ}


def parse_value(text: str, field: str = "") -> Any:
    """A value as TOML would read it; what TOML cannot read is a text, and so is every name.

    >>> parse_value("0.9"), parse_value("true"), parse_value("Adam"), parse_value("[2, 50, 5]")
    (0.9, True, 'Adam', [2, 50, 5])
    >>> parse_value("2024", "name")
    '2024'
    """
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError, KeyError):
        return text
    if field in NAMES and not isinstance(value, str):
        return text
    require_plain(value, field or "a setting", "a value", ConfigError)
    return value


def override(settings: dict[str, Any], key: str, value: Any) -> None:
    """Set a dotted key in nested tables; a bare kind or a default becomes a table for that."""
    *path, last = key.split(".")
    table = settings
    if path and path[0] not in settings and path[0] in RunConfig.model_fields:
        constant = as_schedule(SGD.usual_rate)  # whose value is then the rate of the optimizer, or set here
        default = constant if path[0] == "learning_rate" else RunConfig.model_fields[path[0]].default
        settings[path[0]] = to_spec(default) if dataclasses.is_dataclass(default) else {}
    for part in path:
        inner = table.setdefault(part, {})
        if isinstance(inner, str):
            inner = table[part] = {"kind": inner}
        if not isinstance(inner, dict):
            raise ConfigError(f"{key}: expected {part} to be a table, found {inner!r}")
        table = inner
    table[last] = value
