"""An object with forward and backward, and state between them, as a function and its gradient.

What is expected of a layer, of a loss, or of a network that is written like one:

- ``forward(x, ...)`` returns y, an array or a number, or leaves it as ``output``;
- ``backward(dy)`` returns the gradients of what went into forward, or leaves them as ``dx`` and the like, and
  is called right after it; ``backward()`` may take nothing: then it is that of the sum of y, as of a loss,
  or of an activation that returns its derivative entry by entry;
- backward may be told again what it needs, see ``told_again``;
- a parameter is a float array that the layer keeps as an attribute, or in a table or list ``params``, and
  leaves in its place; ``parameters`` says where its gradient is looked for;
- ``zero_grad()``, if there is one, is called before each ``backward``;
- layers inside, also in lists and tables, are looked through: they are what has a ``backward`` of its own.

The layer is checked through f = <forward(x), u>, u a random covector: backward(u) is the gradient of f with
respect to x, and what it stores those with respect to the parameters.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.check.conventions.arguments import Arguments
from gradwright.check.conventions.calls import argument_names, require_arguments, takes
from gradwright.check.conventions.draws import held_generators, same_draws
from gradwright.check.conventions.outputs import Covectors
from gradwright.check.conventions.parameters import (
    Parameter,
    layers_inside,
    parameters_of,
    stored_at,
)
from gradwright.check.conventions.spellings import spellings
from gradwright.check.conventions.told_again import PREDICTION, Y, as_backward_takes
from gradwright.check.streams import Stream, own_generator
from gradwright.errors import ConfigError
from gradwright.specs import suggestion

OUTPUTS = (("output",), ("outputs",), ("out",))  # where a forward that returns nothing leaves y
TRAINING = ("train", "training", "is_train", "is_training", "train_mode")  # arguments of forward, attributes
DX = (("dinputs",), ("dx",))  # where the gradient of the first input may be, beside its own name
STEP = 1e-5  # along which a sum is told from a mean
EVALUATION = ("eval", "is_eval", "evaluation", "test", "is_test")


@dataclass(frozen=True, eq=False)
class StatefulLayer:
    """A layer as a function of what goes into it and of its parameters."""

    layer: Any
    inputs: Arguments
    parameters: Mapping[str, Parameter]
    covectors: Covectors
    with_dy: bool
    again: tuple[str, ...]  # what backward is told after dy: inputs by name, Y, PREDICTION
    mode: Mapping[str, bool]
    seed: int

    @property
    def point(self) -> dict[str, Any]:
        """What is varied: inputs, then parameters."""
        return self.inputs.point | {name: copy.copy(each.value) for name, each in self.parameters.items()}

    def value(self, point: Mapping[str, Any]) -> Any:
        """<y, u>."""
        return self.covectors.number(self.outputs(point))

    def gradient(self, point: Mapping[str, Any], times: float = 1.0) -> dict[str, Any]:
        """What backward returns for ``times`` u, and what it stores."""
        return self.pullback(point, self.covectors.given(times))

    def outputs(self, point: Mapping[str, Any]) -> tuple[Any, ...]:
        """y alone, as the only output."""
        with same_draws(self.seed):
            return (self.forward(point),)

    def pullback(self, point: Mapping[str, Any], us: Sequence[Any]) -> dict[str, Any]:
        """What backward returns for the covector ``us[0]``, and what it stores."""
        with same_draws(self.seed):
            y = self.forward(point)
            return self.backward(us, point, y) | self.stored

    def total(self, point: Mapping[str, Any]) -> tuple[Any, ...]:
        """The sum of y, whose gradient a backward without arguments gives."""
        return (self.value(point),)

    def total_pullback(self, point: Mapping[str, Any], us: Sequence[Any]) -> dict[str, Any]:
        """What such a backward gives, times ``us[0]``."""
        found = self.gradient(point)
        return {name: None if g is None else us[0] * np.asarray(g) for name, g in found.items()}

    def forward(self, point: Mapping[str, Any]) -> Any:
        """y with these parameters, and with these inputs where they are varied."""
        for name, each in self.parameters.items():
            if name in point:
                each.put(point[name])
        inputs = self.inputs_at(point)
        with held_generators(node for _, node in layers_inside(self.layer)):
            y = self.layer.forward(*inputs.values(), **self.mode)
        return stored_at(self.layer, OUTPUTS) if y is None else y

    def inputs_at(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """What forward is called with."""
        return self.inputs.at({name: g for name, g in point.items() if name in self.inputs.varied})

    def backward(self, us: Sequence[Any], point: Mapping[str, Any], y: Any) -> dict[str, Any]:
        """The gradients of the inputs, by their names; ``y`` is what forward gave at ``point``."""
        if callable(getattr(self.layer, "zero_grad", None)):
            self.layer.zero_grad()
        told = self._told_again(point, y) if self.again else ()
        returned = self.layer.backward(*(us if self.with_dy else ()), *told)
        if returned is not None:
            return self.inputs.gradients(returned)
        first, *_ = self.inputs.values
        left = {
            name: stored_at(self.layer, (*_beside(name), *(DX if name == first else ())))
            for name in self.inputs.varied
        }
        return {name: each for name, each in left.items() if each is not None}

    def _told_again(self, point: Mapping[str, Any], y: Any) -> list[Any]:
        inputs = self.inputs_at(point)
        first = next(iter(inputs.values()))
        left = stored_at(self.layer, OUTPUTS)  # a softmax with its loss is told what it has left
        prediction = left if np.shape(left) == np.shape(first) else first
        return [copy.copy(each) for each in map({Y: y, PREDICTION: prediction, **inputs}.get, self.again)]

    def as_reduced(self, returned: Mapping[str, Any]) -> Covectors:
        """The covectors of the sum of y, or of its mean where the gradient ``returned`` is nearer to that."""
        rng = own_generator(self.seed, Stream.COVECTOR)
        moves = {name: rng.standard_normal(np.shape(each)) for name, each in self.inputs.point.items()}
        ahead, behind = (
            self.value({name: each + t * moves[name] for name, each in self.inputs.point.items()})
            for t in (STEP, -STEP)
        )
        along = (ahead - behind) / (2 * STEP)
        claimed = sum(float((np.asarray(g) * moves[name]).sum()) for name, g in returned.items())
        (ones,) = self.covectors.us
        is_mean = abs(claimed - along / len(ones)) < abs(claimed - along)
        return Covectors((ones / ones.dtype.type(len(ones)) if is_mean else ones,))

    @property
    def stored(self) -> dict[str, Any]:
        """The gradients that the layer has stored, by the names of their parameters."""
        return {name: each.gradient for name, each in self.parameters.items()}


def stateful_layer(
    name: object,
    layer: Any,
    inputs: tuple[Any, ...],
    *,
    seed: int,
    gradients: Mapping[str, str] | None = None,
    training: bool | None = None,
) -> tuple[StatefulLayer, tuple[str, ...]]:
    """A layer with what can be checked of it at ``inputs``, and notes on what cannot.

    ``gradients`` says by name of parameter where its gradient is kept; those that are found by their names
    are checked too. ``training`` sets the mode of a layer that has one; by default it is as it is, and a
    forward that must be told is told to train.

    Raises ``ConfigError`` for methods that have other arguments than expected, a y that is neither an array
    nor a number, and a name in ``gradients`` of what is not there.
    """
    if training is not None:
        _set_mode(layer, training)
    mode = _mode(layer, training, len(inputs))
    arguments = Arguments.by_position(layer.forward, inputs)
    if not mode:
        require_arguments(layer.forward, name, *arguments.values)
    trial = copy.deepcopy(layer)  # the layer itself is first called by the checker
    before = _parameters(name, trial, gradients or {})
    asked = StatefulLayer(trial, arguments, {}, Covectors(()), True, (), mode, seed)
    with same_draws(seed), np.errstate(all="ignore"):  # what is not finite is told in the report
        y = asked.forward({})
        covectors = Covectors.of(name, [y], seed)
        with_dy, again = as_backward_takes(name, layer, tuple(arguments.values), y, inputs[0])
        if not with_dy:
            covectors = Covectors((np.ones_like(y),))
        asked = replace(asked, covectors=covectors, with_dy=with_dy, again=again)
        returned = asked.backward(covectors.given(), {}, y)
        if not with_dy and again and np.size(y) > 1:
            covectors = asked.as_reduced(returned)
    # What forward or backward binds anew is no parameter: it is what they remember of a call.
    kept = {
        key: each
        for key, each in before.items()
        if (each.is_kept or key in (gradients or {})) and key not in arguments.values
    }
    with_gradient = {key for key, each in kept.items() if each.gradient is not None}
    own = _parameters(name, layer, gradients or {})
    parameters = {key: each for key, each in own.items() if key in with_gradient}
    inputs_asked = arguments.vary(tuple(key for key in arguments.varied if key in returned))
    found = StatefulLayer(layer, inputs_asked, parameters, covectors, with_dy, again, mode, seed)
    if not found.point:
        raise ConfigError(f"{name}: found nothing to check: backward returns no dx and stores no gradient")
    return found, _notes(found, arguments.varied, kept)


def _notes(
    found: StatefulLayer, could_vary: tuple[str, ...], kept: Mapping[str, Parameter]
) -> tuple[str, ...]:
    """How backward is understood, what was held fixed, and of what there is no gradient."""
    notes = []
    if any(u.size > 1 for u in found.covectors.us) and not found.with_dy:
        reduced = "sum" if found.covectors.us[0].flat[0] == 1 else "mean"
        what = f"the {reduced} of what forward returns"
        notes.append(f"backward takes no dout: it was held against the derivative of {what}")
    if held := [key for key in found.inputs.values if key not in could_vary]:
        notes.append(f"{', '.join(held)} {'were' if len(held) > 1 else 'was'} held fixed: no array of floats")
    if missing := [key for key in could_vary if key not in found.inputs.varied]:
        notes.append(f"not checked, because backward returns no d{missing[0]}: {', '.join(missing)}")
    theirs = set(found.parameters).union(*(each.gradient_names for each in found.parameters.values()))
    theirs |= {spelled for key in found.inputs.values for spelled in spellings(key)}
    arrays = [key for key, each in kept.items() if isinstance(each.value, np.ndarray)]
    if without := [key for key in arrays if key not in theirs]:
        notes.append(f"not checked, because no gradient is stored for them: {', '.join(without)}")
    return tuple(notes)


def _parameters(name: object, layer: Any, gradients: Mapping[str, str]) -> dict[str, Parameter]:
    """The parameters of a layer; a gradient of which is told where it is, is looked for there alone."""
    found = parameters_of(layer)
    for key, path in gradients.items():
        if key not in found:
            raise ConfigError(f"{name}: has no parameter {key!r}{suggestion(key, dict.fromkeys(found))}")
        found[key] = replace(found[key], layer=layer, kept_at=(tuple(path.split(".")),))
    return found


def _mode(layer: Any, training: bool | None, given: int) -> dict[str, bool]:
    """What forward is told of the mode, beside the ``given`` inputs: where it must be told, or shall be."""
    names = argument_names(layer.forward)[given:]
    told = {each: each in TRAINING for each in names if each in TRAINING + EVALUATION}
    if training is None:
        return told if not takes(layer.forward, given) else {}
    return {each: is_training == training for each, is_training in told.items()}


def _set_mode(layer: Any, training: bool) -> None:
    for _, node in layers_inside(layer):
        for name in TRAINING + EVALUATION:
            if isinstance(vars(node).get(name), bool):
                setattr(node, name, (name in TRAINING) == training)
    method = getattr(layer, "train" if training else "eval", None)
    if callable(method) and takes(method, 0):
        method()


def _beside(name: str) -> tuple[tuple[str], ...]:
    return tuple((spelled,) for spelled in spellings(name))
