"""A network that is one object with a loss, as courses write it, as a function of its parameters.

What is expected of it:

- ``loss(X, y, ...)`` returns (loss, gradients), as in CS231n, and may return scores without labels; or
  ``compute_cost``, ``cost`` or ``loss`` returns the number, and ``compute_gradients``, ``gradients`` or
  ``gradient`` the gradients, as in DD2424 and Deep Learning from Scratch;
- parameters are float arrays, or lists and tables of such, that it keeps as attributes or in ``params``;
- the gradients come in a table by their names, or in a tuple in their order;
- where the gradients take ``P`` too, it is what ``evaluate`` or ``forward`` makes of X, made anew each time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.check.conventions.arguments import can_vary
from gradwright.check.conventions.calls import argument_names, described
from gradwright.check.conventions.draws import held_generators, same_draws
from gradwright.check.conventions.functions import mixed_precision
from gradwright.check.conventions.parameters import PARAMETER_TABLES
from gradwright.check.conventions.spellings import key_of, plain
from gradwright.check.conventions.target import Target
from gradwright.errors import ConfigError

LOSSES = ("loss", "compute_cost", "compute_loss", "cost")
GRADIENTS = ("compute_gradients", "gradients", "gradient", "compute_gradient")
PREDICTIONS = ("evaluate_classifier", "evaluate", "forward_pass", "forward", "predict")
PREDICTED = ("P", "p", "probs", "Y_pred", "y_pred")  # arguments that take it


def loss_of(net: Any) -> Callable[..., Any]:
    """The method that returns its loss."""
    method = _method(net, LOSSES)
    assert method is not None
    return method


def is_network(given: Any) -> bool:
    """Whether a value has a loss, and is no layer."""
    is_layer = all(callable(getattr(given, each, None)) for each in ("forward", "backward"))
    return not is_layer and _method(given, LOSSES) is not None


def network_target(name: object, net: Any, inputs: tuple[Any, ...], seed: int) -> Target:
    """Its loss at these inputs as a function of its parameters, on ``net`` itself.

    Raises ``ConfigError`` where its methods return something else than a number and gradients, and where it
    is not seen what these belong to.
    """
    asked = Network(name, net, inputs, _shelf(net), seed)
    with np.errstate(all="ignore"):
        gradients = asked.returned()
    known = asked.parameters
    if isinstance(gradients, Mapping):
        names = [key for key in known if key_of(gradients, key) is not None]
    elif isinstance(gradients, tuple | list) and len(gradients) <= len(known):
        names = [*known][: len(gradients)]
    else:
        names = []
    if not names:
        raise ConfigError(
            f"{name}: expected gradients in a table by the names of its parameters, or in a tuple in their "
            f"order, {', '.join(known) or 'of which it has none'}, found {described(gradients)}"
        )
    left = [key for key in known if key not in names]
    notes = [f"not checked, because it returns no gradient for them: {', '.join(left)}"] if left else []
    point = {key: known[key] for key in names}
    return Target(asked.value, asked.gradient, copy.deepcopy(point), (*mixed_precision(point), *notes))


@dataclass(frozen=True, eq=False)
class Network:
    """A network with what its loss is asked at; ``shelf`` has its parameters."""

    name: object
    net: Any
    inputs: tuple[Any, ...]
    shelf: Any
    seed: int

    @property
    def parameters(self) -> dict[str, Any]:
        """What it keeps of floats."""
        return {key: each for key, each in self.shelf.items() if isinstance(key, str) and can_vary(each)}

    def value(self, point: Mapping[str, Any]) -> Any:
        """The loss with these parameters."""
        self.shelf.update(point)
        returned = self._call(loss_of(self.net))
        return returned[0] if isinstance(returned, tuple | list) else returned

    def gradient(self, point: Mapping[str, Any]) -> Any:
        """The gradients with these parameters, by their names or in their order."""
        self.shelf.update(point)
        returned = self.returned()
        if isinstance(returned, Mapping):
            keys = {name: key_of(returned, name) for name in point}
            return {name: returned[key] for name, key in keys.items() if key is not None}
        return dict(zip(point, returned, strict=False))

    def returned(self) -> Any:
        """The gradients as the network returns them; raises ``ConfigError`` where it returns none."""
        method = _method(self.net, GRADIENTS)
        if method is not None:
            return self._call(method)
        returned = self._call(loss_of(self.net))
        if not (isinstance(returned, tuple | list) and len(returned) > 1):
            found = described(returned)
            raise ConfigError(f"{self.name}: expected its loss to return (loss, gradients), found {found}")
        return returned[1] if len(returned) == 2 else tuple(returned[1:])

    def _call(self, method: Callable[..., Any]) -> Any:
        """A method at the inputs, with predictions where it has an argument for them."""
        inputs = copy.deepcopy(self.inputs)
        with same_draws(self.seed), held_generators([self.net]):
            place = next((i for i, each in enumerate(argument_names(method)) if each in PREDICTED), None)
            told = () if place is None else (self._predictions(inputs),)
            return method(*inputs[:place], *told, *inputs[len(inputs) if place is None else place :])

    def _predictions(self, inputs: tuple[Any, ...]) -> Any:
        """What the network makes of the first input; of several arrays the one of the labels' shape."""
        method = _method(self.net, PREDICTIONS)
        if method is None:
            raise ConfigError(f"{self.name}: its gradients take predictions: expected a method evaluate")
        found = method(inputs[0])
        if not isinstance(found, tuple | list):
            return found
        of_its_shape = (each for each in found if np.shape(each) == np.shape(inputs[1]))
        return next(of_its_shape, found[-1])


def _shelf(net: Any) -> Any:
    """Where it keeps its parameters: its table of them, or its attributes."""
    own = vars(net)
    return next((own[table] for table in PARAMETER_TABLES if isinstance(own.get(table), dict)), own)


def _method(net: Any, names: tuple[str, ...]) -> Callable[..., Any] | None:
    """The method that has one of these names, in any capitals."""
    known = {plain(name): name for name in dir(net) if not name.startswith("_")}
    found = (getattr(net, known[plain(name)], None) for name in names if plain(name) in known)
    return next((each for each in found if callable(each)), None)
