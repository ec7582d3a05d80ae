"""The door for PyTorch: what a module's layers put out and get back, by the findings of our networks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np

from gradwright.diagnosis.activations import LayerRow, dead_share, deviation, equal_share, saturated_share
from gradwright.diagnosis.examination import Examination
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.findings import Evidence, of_scale, of_structure
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.errors import ConfigError, ShapeError
from gradwright.nn.layer import Array

BEND_LAST = ("Softmax", "LogSoftmax", "Sigmoid", "ReLU", "Tanh")  # what cross-entropy wants none of


def diagnose_module(
    module: Any, x: Any, y: Any, *, loss: Callable[[Any, Any], Any] | None = None
) -> Examination:
    """What the layers of a PyTorch module do on some rows: saturated, dead, equal units, gradients that fade
    or grow, linear maps in a row.

    One pass forward and one back, in float64, on a copy in evaluation: the module, its gradients, buffers and
    hooks are left as they were. What is computed between modules (``functional.relu``) is seen by what it
    does to them. Layers of more than two dimensions count each place as a row.

    Args:
        module: a ``torch.nn.Module`` of one input.
        x: rows of it, a tensor or an array; some thousand are enough.
        y: their targets, labels as whole numbers or floats.
        loss: of output and targets; by default ``cross_entropy`` for whole numbers, ``mse_loss`` for floats.

    Raises ``ConfigError`` where PyTorch is not installed, and for what is no module; ``ShapeError`` where x
    and y do not pair up.

    >>> import pytest; torch = pytest.importorskip("torch")
    >>> _ = torch.manual_seed(0)
    >>> network = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Linear(8, 3))
    >>> diagnose_module(network, torch.randn(64, 2), torch.randint(3, (64,))).kinds
    ('activation missing',)
    """
    try:
        torch = import_module("torch")
    except ImportError:
        raise ConfigError('diagnose_module needs torch: pip install "torch>=2.2"') from None
    if not isinstance(module, torch.nn.Module):
        raise ConfigError(f"module: expected a torch.nn.Module, found {type(module).__name__}")
    x, y = torch.as_tensor(x).detach().cpu(), torch.as_tensor(y).detach().cpu()
    if len(x) != len(y):
        raise ShapeError(f"x and y: expected as many rows in each, found {len(x)} and {len(y)}")
    x, y = (each.double() if each.is_floating_point() else each for each in (x, y))
    usual = torch.nn.functional.mse_loss if y.is_floating_point() else torch.nn.functional.cross_entropy
    replica = copy.deepcopy(module).cpu().double().eval()
    seen = _Seen()
    for name, each in replica.named_modules():
        if not any(True for _ in each.children()):
            each.register_forward_hook(seen.hook(name or "0", type(each).__name__))
    replica.zero_grad(set_to_none=True)
    value = (loss or usual)(replica(x), y)
    value.backward()
    layers = tuple(_row(call, replica) for call in seen.calls)
    arrays = tuple(_array(name, each) for name, each in replica.named_parameters() if each.requires_grad)
    largest = float(x.abs().max()) if x.is_floating_point() else 0.0
    evidence = Evidence(layers, arrays, largest)
    found = [*of_structure(evidence), *of_scale(evidence), *_of_maps_in_a_row(seen.calls)]
    if loss is None and not y.is_floating_point():
        found += _of_last(seen.calls)
    return Examination(f"{type(module).__name__}, {len(x):,} rows", tuple(found), None, layers, arrays)


class _Call:
    """One call of a module: its name and kind, and the tensors that went in and came out."""

    def __init__(self, name: str, kind: str, given: Any, output: Any) -> None:
        self.name, self.kind, self.given, self.output = name, kind, given, output


class _Seen:
    """The calls of modules in the order of their work."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []

    def hook(self, name: str, kind: str) -> Callable[[Any, Any, Any], None]:
        def note(_: Any, inputs: Any, output: Any) -> None:
            if hasattr(output, "retain_grad") and output.is_floating_point():
                if output.requires_grad:
                    output.retain_grad()
                self.calls.append(_Call(name, kind, inputs[0] if inputs else None, output))

        return note


def _rows(tensor: Any) -> Array:
    """(N, d): what has more dimensions has its second one, the channels, as columns."""
    array = np.asarray(tensor.detach().numpy())
    if array.ndim > 2:
        array = np.moveaxis(array, 1, -1)
    return array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(-1, 1)


def _row(call: _Call, module: Any) -> LayerRow:
    y = _rows(call.output)
    signal = 0.0 if call.output.grad is None else float(call.output.grad.norm())
    own = module.get_submodule(call.name) if call.name != "0" or hasattr(module, "0") else module
    return LayerRow(
        name=call.name,
        kind=call.kind,
        units=y.shape[1],
        mean=float(y.mean()),
        sd=deviation(y),
        saturated=saturated_share(call.kind, y),
        dead=dead_share(call.kind, y),
        equal=_equal(own),
        signal=signal,
    )


def _equal(own: Any) -> float | None:
    weight = getattr(own, "weight", None)
    if weight is None or weight.ndim != 2 or weight.grad is None or type(own).__name__ != "Linear":
        return None
    parts = [weight.detach().T, *([] if own.bias is None else [own.bias.detach()[None]])]
    slopes = [weight.grad.T, *([] if own.bias is None else [own.bias.grad[None]])]
    columns, slope = (np.vstack([part.numpy() for part in each]) for each in (parts, slopes))
    return equal_share(columns, slope)


def _array(name: str, parameter: Any) -> ArrayRow:
    norm = float(parameter.detach().norm())
    slope = 0.0 if parameter.grad is None else float(parameter.grad.norm())
    called = name if "." in name else f"0.{name}"  # of a module that is one layer
    return ArrayRow(called, tuple(parameter.shape), norm, slope, slope / norm if norm else None, None)


def _of_maps_in_a_row(calls: Sequence[_Call]) -> Iterator[Finding]:
    plain = [call for call in calls if call.kind not in ("Dropout", "Identity")]
    for first, second in pairwise(plain):
        if first.kind == second.kind == "Linear" and _same(second.given, first.output):
            message = (
                f"Layers {first.name} and {second.name} are linear, and what the one puts out is what the "
                "other "
                "gets: together they are one linear map."
            )
            names = (first.name, second.name)
            yield Finding("activation missing", names, message, "Put an activation between them.")


def _same(given: Any, output: Any) -> bool:
    """Whether two tensors hold the same numbers: a dropout in evaluation may have copied them."""
    return given is output or (given.shape == output.shape and bool((given == output).all()))


def _of_last(calls: Sequence[_Call]) -> Iterator[Finding]:
    if calls and calls[-1].kind in BEND_LAST:
        last = calls[-1]
        message = (
            f"cross_entropy takes logits of any size, and gets the outputs of {last.name} ({last.kind})."
        )
        yield Finding("wrong output activation", (last.name,), message, "End with the linear layer.")
