"""A class with forward and backward as a function and its gradient.

What is expected of a layer, or of a network that is written like one:

- ``forward(x)`` returns y, an array or a number;
- ``backward(dy)`` returns dx, and is called right after it; where y is one number, a loss, ``backward()`` may
  take nothing;
- a parameter is a float array that the layer keeps as an attribute, or in a table ``params``, and leaves in
  its place. Its gradient, ``dW``, ``grad_W``, ``W_grad`` or ``d_W``, is an attribute beside it, or in a table
  ``grads`` (there also as plain ``W``);
- ``zero_grad()``, if there is one, is called before each ``backward``;
- layers inside, also in lists and tables, are looked through: they are what has a ``backward`` of its own.

The layer is checked through f = <forward(x), u>, u a random covector: backward(u) is the gradient of f with
respect to x, and what it stores those with respect to the parameters. Where rows of x are samples,
``layer_invariants`` looks at what must hold beside derivatives.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.check.covectors import covector
from gradwright.check.invariants import InvariantReport, check_invariants, check_rows
from gradwright.check.tracebacks import defined_at
from gradwright.errors import ConfigError
from gradwright.usercode.names import Name, require_arguments, takes
from gradwright.usercode.parameters import Parameter, parameters_of
from gradwright.usercode.target import Target, described

INPUT = "x"


def is_layer(value: Any) -> bool:
    """Whether a value is meant as a layer: any class, or an object with a forward or a backward."""
    return inspect.isclass(value) or hasattr(value, "forward") or hasattr(value, "backward")


def one_layer(target: Name, given: Any, x: Any, seed: int) -> Target:
    """The target of a layer at the input ``x``, with respect to x, if it holds floats, and each parameter.

    Raises what ``checked_layer`` raises.
    """
    checked, notes = checked_layer(target, given, x, seed)
    of_times = checked.grad_of_times if checked.with_dy else None
    return Target(checked.f, checked.grad, checked.point, notes, of_times)


def checked_layer(target: Name, given: Any, x: Any, seed: int) -> tuple[CheckedLayer, tuple[str, ...]]:
    """A layer with what can be checked of it, and notes on what cannot.

    Raises ``ConfigError`` for a class that needs arguments, a method that is missing or has others than
    expected, and a y that is neither an array nor a number.
    """
    layer = _made(target, given)
    with_dy = _with_dy(target, layer)
    trial = copy.deepcopy(layer)  # the layer itself is first called by the checker
    before = parameters_of(trial)
    u = _covector(target, trial.forward(copy.deepcopy(x)), seed, with_dy)
    dx = _backward(trial, u, with_dy)
    # What forward or backward binds anew is no parameter: it is what they remember of a call.
    kept = {name: each for name, each in before.items() if each.is_kept and name != INPUT}
    with_gradient = {name for name, each in kept.items() if each.gradient is not None}
    parameters = {name: each for name, each in parameters_of(layer).items() if name in with_gradient}
    moves_x = dx is not None and not _holds_whole_numbers(x)
    checked = CheckedLayer(layer, parameters, x, moves_x, u, with_dy)
    if not checked.point:
        raise ConfigError(f"{target}: found nothing to check: backward returns no dx and stores no gradient")

    notes = [] if moves_x else ["x was held fixed: it holds whole numbers, or backward returns no dx"]
    theirs = with_gradient.union(*(each.gradient_names for each in parameters.values()))
    arrays = [name for name, each in kept.items() if isinstance(each.value, np.ndarray)]
    if without := [name for name in arrays if name not in theirs]:
        notes.append(f"not checked, because no gradient is stored for them: {', '.join(without)}")
    return checked, tuple(notes)


@dataclass(frozen=True, eq=False)
class CheckedLayer:
    """A layer as a function of its input and its parameters."""

    layer: Any
    parameters: Mapping[str, Parameter]
    x: Any
    moves_x: bool
    u: Any
    with_dy: bool

    @property
    def point(self) -> dict[str, Any]:
        point = {INPUT: self.x} if self.moves_x else {}
        return point | {name: copy.copy(each.value) for name, each in self.parameters.items()}

    def f(self, at: dict[str, Any]) -> Any:
        return (self.forward(at) * np.asarray(self.u, np.float64)).sum()

    def grad(self, at: dict[str, Any]) -> dict[str, Any]:
        self.forward(at)
        dx = _backward(self.layer, self.u.copy(), self.with_dy)
        return ({INPUT: dx} if self.moves_x else {}) | self.stored

    def grad_of_times(self, at: dict[str, Any], times: float) -> dict[str, Any]:
        """The gradient of ``times`` f."""
        return replace(self, u=self.u.dtype.type(times) * self.u).grad(at)

    def forward(self, at: dict[str, Any]) -> Any:
        """y with these parameters, and with this x where it moves."""
        for name, each in self.parameters.items():
            each.put(at[name])
        return self.layer.forward(at[INPUT] if self.moves_x else copy.deepcopy(self.x))

    def loss_and_grad(self, params: dict[str, Any], x: Any, u: Any) -> tuple[Any, dict[str, Any]]:
        """The mean over the rows of <y_n, u_n> on any rows, as ``check_invariants`` takes it."""
        y = replace(self, x=x).forward(params | {INPUT: x})
        _backward(self.layer, u / u.dtype.type(len(x)), self.with_dy)
        return (y * u).sum() / len(x), copy.deepcopy(self.stored)

    @property
    def stored(self) -> dict[str, Any]:
        """The gradients that the layer has stored, by the names of their parameters."""
        return {name: each.gradient for name, each in self.parameters.items()}


def layer_invariants(target: Name, given: Any, x: Any, seed: int) -> InvariantReport:
    """What must hold of a layer whose rows are samples: of its outputs, and of its parameters' gradients.

    Raises ``ConfigError`` where x and forward(x) are no arrays of as many rows, at least two, and what
    ``checked_layer`` raises.
    """
    checked, _ = checked_layer(target, given, x, seed)
    rows = [len(each) if isinstance(each, np.ndarray) and each.ndim else 0 for each in (x, checked.u)]
    if rows[0] != rows[1] or rows[0] < 2:
        raise ConfigError(
            f"{target}: expected as many rows, at least 2, in x and in forward(x), because --invariants "
            f"takes them for samples, found {described(x)} and {described(checked.u)}"
        )
    findings = check_rows(checked.layer.forward, x).rows if x.ndim > 1 else ()
    if checked.parameters:
        params = {name: each for name, each in checked.point.items() if name != INPUT}
        findings += check_invariants(checked.loss_and_grad, params, x, checked.u, seed=seed).rows
    return InvariantReport(f"{target} on {len(x)} rows", findings)


def _made(target: Name, given: Any) -> Any:
    """The layer itself; a class is called."""
    for method in ("forward", "backward"):
        if not callable(getattr(given, method, None)):
            raise ConfigError(f"{target}: expected a class with forward and backward, found no {method}")
    if not inspect.isclass(given):
        return given
    if not takes(given, 0):
        cls = given.__name__
        raise ConfigError(
            f"{target}: expected a class that is made without arguments, "
            f"found {cls}{inspect.signature(given)}; make one in the file, layer = {cls}(...), "
            f"and check {target.path}:layer{defined_at(given)}"
        )
    return given()


def _with_dy(target: Name, layer: Any) -> bool:
    """Whether backward is called with dy; raises ``ConfigError`` unless both methods can be called."""
    require_arguments(layer.forward, target, "x")
    if takes(layer.backward, 0) and not takes(layer.backward, 1):
        return False
    require_arguments(layer.backward, target, "dy")
    return True


def _covector(target: Name, y: Any, seed: int, with_dy: bool) -> Any:
    """A random u like y; 1 for a loss whose backward takes nothing."""
    if not isinstance(y, np.ndarray | np.floating | float):
        raise ConfigError(f"{target}: expected forward(x) to return an array, found {described(y)}")
    like = np.asarray(y)
    if not with_dy:
        if like.size != 1:
            raise ConfigError(f"{target}: expected backward(dy) where forward(x) returns {described(like)}")
        return np.ones_like(like)
    return covector(like, seed)


def _backward(layer: Any, u: Any, with_dy: bool) -> Any:
    if callable(getattr(layer, "zero_grad", None)):
        layer.zero_grad()
    return layer.backward(u) if with_dy else layer.backward()


def _holds_whole_numbers(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind in "iub"
