"""PyTorch's autograd as the checker takes it: arrays by name to one number, and to their gradients."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gradwright.check.adapters.common import (
    Point,
    Precision,
    held_constant,
    name_of_input,
    package,
    require_outputs,
    require_precision,
)
from gradwright.check.covectors import covectors
from gradwright.check.points import Array, PackedPoint
from gradwright.check.streams import Stream, own_generator


class Autograd:
    """f and its gradient, for a ``call`` of named tensors and a tuple of inputs.

    ``parameters`` are moved, as are inputs of finite floating-point numbers; other inputs and ``held`` are
    given to each call as they are, but in the precision of the check.

    Raises ``ConfigError`` for half precision among what is moved.
    """

    def __init__(
        self,
        call: Callable[[dict[str, Any], tuple[Any, ...]], Any],
        inputs: tuple[Any, ...],
        dtype: Precision,
        seed: int,
        parameters: Mapping[str, Any],
        held: Mapping[str, Any],
    ) -> None:
        require_precision("dtype", dtype)
        self.torch = package("torch")
        self.trees = self.torch.utils._pytree  # what torch.func walks its arguments with
        self.call, self.seed, self.dtype = call, seed, getattr(self.torch, dtype)
        self.draws = int(own_generator(seed, Stream.MODEL).integers(2**63))

        paths, self.form = self.trees.tree_flatten_with_path(inputs)
        self.inputs = {name_of_input(path): leaf for path, leaf in paths}
        moved = {name: leaf for name, leaf in self.inputs.items() if self._can_move(leaf)}
        self.parameters = frozenset(parameters)
        self.moved = moved | dict(parameters)
        for name, tensor in self.moved.items():
            require_precision(name, tensor.dtype)
        constant = {name: leaf for name, leaf in self.inputs.items() if name not in self.moved}
        self.held = {name: self._in_precision(value) for name, value in {**constant, **held}.items()}
        self.notes = [f"checked in {dtype}", *held_constant(constant)]

        cards = {t.device.index for t in [*self.moved.values(), *held.values()] if t.device.type == "cuda"}
        self.cards = sorted(cards)
        self.generators = [self.torch.default_generator] + [
            self.torch.cuda.default_generators[card] for card in self.cards
        ]

    @property
    def point(self) -> Point:
        """What is moved, as arrays."""
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in self.moved.items()}
        return PackedPoint.of(arrays, str(self.dtype).removeprefix("torch."))

    def value(self, x: Point) -> float:
        """f at x, NaN where a factorization does not exist."""
        try:
            return float(self._evaluate(self._leaves(x)).item())
        except self.torch.linalg.LinAlgError:
            return math.nan

    def gradient(self, x: Point, times: float = 1.0) -> Point:
        """What autograd claims of ``times`` f; 0 where it sees no way from an array to the output."""
        leaves = self._leaves(x)
        return self._pulled_back(x, leaves, self._evaluate(leaves), times)

    def outputs(self, x: Point) -> list[Array]:
        """The outputs of floats at x."""
        return [y.detach().cpu().numpy() for y in self._outputs(self._leaves(x))]

    def pullback(self, x: Point, us: Sequence[Array]) -> Point:
        """What autograd claims of <y, us>."""
        leaves = self._leaves(x)
        return self._pulled_back(x, leaves, self._product(self._outputs(leaves), us))

    def _pulled_back(self, x: Point, leaves: Mapping[str, Any], value: Any, times: float = 1.0) -> Point:
        if not value.requires_grad:
            return {name: array * 0 for name, array in x.items()}
        found = self.torch.autograd.grad(
            value, list(leaves.values()), self.torch.full_like(value, times), materialize_grads=True
        )
        return {name: g.to_dense().cpu().numpy() for name, g in zip(leaves, found, strict=True)}

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Within the block graphs are kept, draws leave no trace, and the default dtype is the check's."""
        torch, default = self.torch, self.torch.get_default_dtype()
        with torch.random.fork_rng(self.cards), torch.inference_mode(False), torch.enable_grad():
            torch.set_default_dtype(self.dtype)
            try:
                yield
            finally:
                torch.set_default_dtype(default)

    def _leaves(self, x: Point) -> dict[str, Any]:
        return {
            name: self.torch.as_tensor(array, device=self.moved[name].device).requires_grad_()
            for name, array in x.items()
        }

    def _evaluate(self, leaves: Mapping[str, Any]) -> Any:
        """f as a tensor with its graph."""
        ys = self._outputs(leaves)
        return self._product(ys, covectors([y.shape for y in ys], self.seed))

    def _product(self, ys: Sequence[Any], us: Sequence[Array]) -> Any:
        return sum((y * y.new_tensor(u)).sum() for y, u in zip(ys, us, strict=True))

    def _outputs(self, leaves: Mapping[str, Any]) -> list[Any]:
        """The outputs of floats with their graph; equal leaves see equal buffers and random numbers."""
        tensors = {  # a module may write to its buffers and to the input: these are copies
            name: value.clone() if self._may_be_written(name, value) else value
            for name, value in {**self.held, **leaves}.items()
        }
        inputs = [tensors.pop(name) for name in self.inputs]
        for generator in self.generators:
            generator.manual_seed(self.draws)
        output = self.trees.tree_leaves(self.call(tensors, self.trees.tree_unflatten(inputs, self.form)))
        ys = [leaf for leaf in output if self._is_float(leaf)]
        require_outputs(ys, output)
        return ys

    def _may_be_written(self, name: str, value: Any) -> bool:
        return isinstance(value, self.torch.Tensor) and name not in self.parameters

    def _is_float(self, value: Any) -> bool:
        return isinstance(value, self.torch.Tensor) and value.is_floating_point()

    def _can_move(self, leaf: Any) -> bool:
        return self._is_float(leaf) and bool(leaf.isfinite().all())

    def _in_precision(self, value: Any) -> Any:
        return value.detach().to(self.dtype) if self._is_float(value) else value
