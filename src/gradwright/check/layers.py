"""Is this layer right? One door for gradwright's own layers and for anybody's objects with state."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradwright.check.battery.layers import layer_battery
from gradwright.check.battery.report import BatteryReport, judged
from gradwright.check.conventions.calls import own_name, takes
from gradwright.check.conventions.networks import is_network, network_target
from gradwright.check.conventions.stateful import stateful_layer
from gradwright.check.covectors import check_through
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array
from gradwright.check.present.report import GradientReport
from gradwright.check.tracebacks import defined_at
from gradwright.check.verdict.gradient import verdict_on
from gradwright.check.why import with_line
from gradwright.errors import ConfigError

SAME = {8: 1e-9, 4: 1e-4, 2: 1e-2}  # by bytes of a number: what the same forward may give twice
OF_A_BATTERY = 3  # arguments of both methods of a layer without state: params, x, mode and params, cache, dy


def check_layer(
    layer: Any,
    x: Any,
    *more: Any,
    parameters: Mapping[str, str] | None = None,
    samples: int = 7,
    training: bool | None = None,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
) -> BatteryReport:
    """Is this layer right? One of gradwright's, one of your own, or an object with state as others write it.

    **Without state**: ``forward(params, x, mode) -> (y, cache)`` and ``backward(params, cache, dy) ->
    (dx, dparams)``, as gradwright's. The derivatives by x and by each parameter are judged by
    ``check_gradient`` on <y, dy>, for three random dy; where forward carries complex numbers they must also
    be right to 1e-10. The other properties: nothing that goes in is written to; no output shares memory;
    float32 and float64 are kept; forward and backward repeat themselves, also when another forward came
    between; one gradient for each parameter, of its shape; the size of the output is as announced; and a
    batch is its rows. In training random layers draw from a generator that starts afresh for each forward, so
    that they are one fixed function, and the last property is not asked of them.

    **With state**: ``forward(x)`` and ``backward(dy)`` keep what they know between them, as classes of
    courses do; a loss is ``forward(x, y)`` with ``backward()``, which is held against the sum of what forward
    returns. Parameters are the float arrays that a layer
    keeps, and layers inside it theirs; their gradients are found by name: ``dW``, ``dLdW``, ``grad_W``,
    ``W_grad``, ``gW``, ``W.grad``, ``grads["W"]``, ``grads[0]``. The verdict is on f = <y, u> for a random
    covector u. A copy of the layer is asked, in the same mode and with the same random numbers at each call.

    **A network** that is one object with a loss: ``loss(X, y)`` returns (loss, gradients), or a cost and
    ``compute_gradients`` are two methods (see ``conventions/networks.py``). Checked are its parameters.

    Args:
        layer: such an object; a class that needs no arguments is made.
        x: the input (N, ...), whose dtype, float32 or float64, is that of the check. Whole numbers are held
            fixed. Of a layer without state also the number of columns of a random x; one that takes nothing
            else than whole numbers draws it by ``draw_input(rng, shape)``, as ``Embedding`` does.
        more: what else forward takes, such as the labels of a loss; of a layer without state its params,
            dictionaries of arrays, by default random where the layer declares ``parameters()``.
        parameters: where a layer with state keeps the gradient of a parameter, if not under its name:
            ``{"W": "dLdW"}``, ``{"W": "cache.W_bar"}``.
        samples: the rows of a random x.
        training: whether the layer is asked as it works in training; by default not, and one with state as it
            stands.
        seed: of everything that is drawn.
        max_evaluations: the most calls of forward of a layer with state, for the verdict; where that is
            *wrong*, the cause is looked for as in ``check_pair``.
        tolerance: as in ``check_gradient``.

    The report has the verdict (``verdict``, ``cause``, ``location``, ``parameters``, ``notes``) in full as
    ``gradient``, and ``passed`` says whether that and every other property hold.

    Raises ``ShapeError`` where a layer without state does not take that many features; ``ConfigError`` for a
    class that needs arguments, methods that have others than expected, and names that are not there; of a
    layer with state also what its methods raise, and what ``check_gradient`` does.

    >>> import numpy as np
    >>> from gradwright.nn import Linear
    >>> report = check_layer(Linear(3, 2), 3)
    >>> report.passed, report.verdict, [each.name for each in report.parameters]
    (True, 'correct', ['x', 'weight', 'bias'])
    >>> class Scale:
    ...     def __init__(self):
    ...         self.a = np.array([2.0, 3.0])
    ...     def forward(self, x):
    ...         self.x = x
    ...         return self.a * x
    ...     def backward(self, dy):
    ...         self.da = (dy * self.x).mean(axis=0)
    ...         return self.a * dy
    >>> report = check_layer(Scale(), np.ones((4, 2)))
    >>> report.verdict, report.location, report.evidence
    ('wrong', 'a', 'da averages over axis 0 (the samples); it should sum over it')
    """
    name = own_name(layer)
    if is_network(layer):
        net = layer() if inspect.isclass(layer) else copy.deepcopy(layer)
        whole = network_gradient(
            name, net, (x, *more), seed=seed, max_evaluations=max_evaluations, tolerance=tolerance
        )
        verdict, finding = judged(lambda: whole)
        return BatteryReport(name, (finding,), verdict)
    layer = made(name, layer)
    if _is_without_state(layer, more):
        if parameters is not None:
            raise ConfigError("parameters: expected none, because backward returns the gradients by name")
        params = more[0] if more else None
        return layer_battery(
            layer,
            x,
            params,
            samples=samples,
            training=bool(training),
            seed=seed,
            tolerance=tolerance,
        )
    gradient = check_stateful(
        name,
        copy.deepcopy(layer),
        (x, *more),
        gradients=parameters,
        training=training,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )
    verdict, finding = judged(lambda: gradient)
    return BatteryReport(name, (finding,), verdict)


def network_gradient(
    name: object, net: Any, inputs: tuple[Any, ...], *, seed: int = 0, **options: Any
) -> GradientReport:
    """The verdict on a network with a loss, see ``conventions/networks.py``."""
    target = network_target(name, net, inputs, seed)
    return with_line(verdict_on(target, seed=seed, **options), target, math.inf)


def _is_without_state(layer: Any, more: tuple[Any, ...]) -> bool:
    """Whether it has a forward(params, x, mode) and a backward(params, cache, dy)."""
    takes_params = takes(layer.forward, OF_A_BATTERY) and len(more) < 2
    return takes_params and takes(layer.backward, OF_A_BATTERY) and not takes(layer.backward, 1)


def check_stateful(
    name: object,
    layer: Any,
    inputs: tuple[Any, ...],
    *,
    gradients: Mapping[str, str] | None = None,
    training: bool | None = None,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
) -> GradientReport:
    """The verdict on a layer with state, see ``check_layer``; ``name`` is what messages call it."""
    fresh = copy.deepcopy(layer)
    asked, notes = stateful_layer(name, layer, inputs, seed=seed, gradients=gradients, training=training)
    given = asked.point
    report = check_through(
        asked.value,
        asked.gradient,
        asked.point,
        notes,
        outputs=asked.outputs if asked.with_dy else asked.total,
        pullback=asked.pullback if asked.with_dy else asked.total_pullback,
        is_given=asked.with_dy,
        number=asked.covectors.of_a_number,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )
    with np.errstate(all="ignore"):
        (anew,) = replace(asked, layer=fresh, parameters={}).outputs({})
        (again,) = asked.outputs(given)
    return told_if_kept(report, np.asarray(again), np.asarray(anew))


def told_if_kept(report: GradientReport, again: Array, anew: Array) -> GradientReport:
    """``report``, *wrong* where what forward gives ``again`` is not what a fresh object gives at the same x.

    Its backward may be the right one of what forward has come to be.
    """
    if not (np.isfinite(again).all() and np.isfinite(anew).all()):
        return report
    largest = float(np.abs(anew).max(initial=0.0))
    difference = float(np.abs(again - anew).max(initial=0.0))
    if not difference > SAME.get(anew.dtype.itemsize, SAME[8]) * largest:
        return report
    evidence = (
        "after calls elsewhere forward gives other values at x than that of a fresh object, "
        f"by {difference:.1e}"
    )
    reason = f"of forward as it was by then, {report.reason}"
    return replace(report, verdict="wrong", reason=reason, cause=str(Cause.KEPT), evidence=evidence)


def made(name: object, given: Any, advice: str = "check_layer({}(...), x)") -> Any:
    """The layer itself; a class is called.

    Raises ``ConfigError`` where a method is missing, and for a class that needs arguments, with the
    ``advice`` what to write.
    """
    for method in ("forward", "backward"):
        if not callable(getattr(given, method, None)):
            raise ConfigError(f"{name}: expected a class with forward and backward, found no {method}")
    if not inspect.isclass(given):
        return given
    if not takes(given, 0):
        cls = given.__name__
        raise ConfigError(
            f"{name}: expected a class that is made without arguments, "
            f"found {cls}{inspect.signature(given)}; make one, {advice.format(cls)}{defined_at(given)}"
        )
    return given()
