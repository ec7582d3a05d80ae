"""Each layer as a module of PyTorch: its code, and the names and orientation of its arrays there."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from gradwright.errors import ConfigError
from gradwright.interchange.wiring import require_ours
from gradwright.nn import (
    ELU,
    GELU,
    SELU,
    BatchNorm,
    Columns,
    Dropout,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Mish,
    Mixed,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sigmoid,
    SiLU,
    Softplus,
    Sum,
    Tanh,
)
from gradwright.nn.layer import Array
from gradwright.nn.walk import Container, Place

PLAIN: dict[type, str] = {  # that have no settings
    ReLU: "ReLU()",
    SELU: "SELU()",
    Tanh: "Tanh()",
    Sigmoid: "Sigmoid()",
    Softplus: "Softplus()",
    SiLU: "SiLU()",
    Mish: "Mish()",
}
THEIRS = {  # names of arrays that PyTorch calls otherwise
    "gamma": "weight",
    "beta": "bias",
    "mean": "running_mean",
    "variance": "running_var",
}
COUNTED = "num_batches_tracked"  # which PyTorch keeps beside running statistics, and only an average needs


@dataclass(eq=False)
class Modules:
    """The code of a network as an ``nn.Sequential``, and which of its arrays is which of ours.

    >>> made = Modules.of(Sequential(Linear(2, 3), Tanh()), 2)
    >>> made.lines
    ['nn.Sequential(', '    nn.Linear(2, 3),  # (N, 3)', '    nn.Tanh(),  # (N, 3)', ')']
    >>> made.names
    {'0.weight': '0.weight', '0.bias': '0.bias'}
    """

    lines: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)  # PyTorch's: ours
    turned: set[str] = field(default_factory=set)  # PyTorch's names of weights, which are (out, in) there
    counted: set[str] = field(default_factory=set)  # numbers that only PyTorch keeps

    @classmethod
    def of(cls, network: Layer, in_features: int) -> Modules:
        """Raises ``ConfigError`` that names a layer which has no counterpart."""
        made = cls()
        whole = network if isinstance(network, Container) else Sequential(network)
        made._build(Place("", whole, in_features))
        if whole is not network:
            made.names = {theirs: ours.removeprefix("0.") for theirs, ours in made.names.items()}
        made.lines[-1] = made.lines[-1].rstrip(",")
        return made

    def state(self, arrays: dict[str, Array]) -> dict[str, Array]:
        """Our arrays by name as a state dict; each C-contiguous, which safetensors takes for granted."""
        found = {theirs: arrays[ours] for theirs, ours in self.names.items()}
        state = {n: np.ascontiguousarray(a.T if n in self.turned else a) for n, a in found.items()}
        return state | {name: np.array(0, np.int64) for name in self.counted}

    def arrays(self, state: dict[str, Array]) -> dict[str, Array]:
        """``state`` undone; what PyTorch alone keeps is left out."""
        found = {self.names.get(n, n): a.T if n in self.turned else a for n, a in state.items()}
        return {name: array for name, array in found.items() if name not in self.counted}

    def _build(self, place: Place, key: str = "", depth: int = 0) -> None:
        require_ours(place)
        layer, indent = place.layer, "    " * depth
        if isinstance(layer, Container) and not isinstance(layer, Columns):
            name = "nn.Sequential" if isinstance(layer, Sequential) else type(layer).__name__
            self.lines.append(f"{indent}{name}(")
            for number, child in enumerate(_inside(place)):
                self._build(child, f"{key}{number}.", depth + 1)
            self.lines.append(f"{indent}),")
            return
        columns = layer.output_features(place.features)
        self.lines.append(f"{indent}{_code(place)},  # (N, {columns})")
        for ours in layer.parameters():
            theirs = key + THEIRS.get(ours, ours)
            self.names[theirs] = f"{place.name}.{ours}" if place.name else ours
            if isinstance(layer, Linear) and ours == "weight":
                self.turned.add(theirs)
        if isinstance(layer, BatchNorm):
            self.counted.add(key + COUNTED)


def _inside(place: Place) -> list[Place]:
    """The modules in a container; those of a chain that is all of a residual branch stand in it directly."""
    layer = place.layer
    if isinstance(layer, Residual) and isinstance(layer.body, Sequential):
        layer = layer.body
    assert isinstance(layer, Container)
    return [*layer.children(place.name, place.features)]


def _code(place: Place) -> str:
    match place.layer:
        case Scale():
            return f"Scale({place.layer.features})"
        case Mixed():
            inner = place._replace(layer=place.layer.activation)
            return f"Mixed({_code(inner)}, {place.layer.features})"
    return f"nn.{_theirs(place)}"


def _theirs(place: Place) -> str:
    layer = place.layer
    if type(layer) in PLAIN:
        return PLAIN[type(layer)]
    match layer:
        case Linear():
            bias = "" if layer.bias else ", bias=False"
            return f"Linear({layer.in_features}, {layer.out_features}{bias})"
        case LeakyReLU():
            return f"LeakyReLU({layer.slope!r})"
        case ELU():
            return f"ELU({layer.alpha!r})"
        case GELU():
            return 'GELU(approximate="tanh")'
        case Dropout():
            return f"Dropout({layer.rate!r})"
        case BatchNorm():
            return f"BatchNorm1d({layer.features}, eps={layer.epsilon!r}, momentum={1 - layer.momentum:.12g})"
        case LayerNorm():
            return f"LayerNorm({layer.features}, eps={layer.epsilon!r})"
    raise ConfigError(
        f"layer {place.name or '0'}: {type(layer).__name__} has no counterpart in an nn.Sequential of rows; "
        "numpy and onnx have one"
    )


CLASSES = {
    Residual: '''
class Residual(nn.Sequential):
    """x + body(x)"""

    def forward(self, x):
        return x + super().forward(x)
''',
    Sum: '''
class Sum(nn.Sequential):
    """The sum of what each branch makes of x."""

    def forward(self, x):
        return sum(branch(x) for branch in self)
''',
    Scale: '''
class Scale(nn.Module):
    """x s"""

    def __init__(self, features):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return x * self.scale
''',
    Mixed: '''
class Mixed(nn.Module):
    """x + mix (activation(x) - x)"""

    def __init__(self, activation, features):
        super().__init__()
        self.activation = activation
        self.mix = nn.Parameter(torch.ones(features))

    def forward(self, x):
        return x + self.mix * (self.activation(x) - x)
''',
}
