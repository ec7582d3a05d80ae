"""A forward and a backward that hand a cache to one another, as in the layers of many a course."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.check.conventions.arguments import Arguments
from gradwright.check.conventions.calls import own_name, takes
from gradwright.check.conventions.draws import same_draws
from gradwright.check.conventions.outputs import Covectors
from gradwright.check.covectors import check_through
from gradwright.check.present.report import GradientReport
from gradwright.errors import ConfigError


def check_pair(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    /,
    *,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
    **arguments: Any,
) -> GradientReport:
    """Whether ``backward`` returns the gradients of ``forward``, by each of its arguments.

    ``forward(x, w, b)`` returns ``(out, cache)``, or ``(out_1, ..., out_k, cache)``, or ``out`` alone;
    ``backward(dout, cache)`` the gradients in the order of the arguments: a tuple, a table by name (``w``,
    ``dw``, ...), or one array for the first. Without a cache it is called as ``backward(dout)`` or
    ``backward(dout, x, w, b)``. It is the gradient of f = <out, u> that is judged, u a random covector, which
    ``backward`` gets as ``dout``. Where out is one number, and ``backward`` does not use ``dout``, it is
    judged as that of the last node, with ``dout`` 1, and the notes say so.

    Args:
        forward: is called with the ``arguments``: by the order of its own names if they are these, else in
            the order in which they are given.
        backward: gets the cache of the call of ``forward`` right before it.
        seed: of u, of the directions, and of what the functions draw by NumPy's or Python's own generator.
        max_evaluations: the most calls of ``forward`` for the verdict; where that is *wrong*, the Jacobians
            of small layers are asked for the cause, and edits of the text of ``backward``.
        tolerance: as in ``check_gradient``.
        arguments: by name. Arrays of float64 or float32 are varied; others, such as labels or a table of
            settings, are held, and each call gets a copy. What ``backward`` returns nothing for, or None, is
            not checked, and the notes say so.

    Raises ``ConfigError`` where ``forward`` returns no floats or ``backward`` no gradient, ``CheckError`` for
    more gradients than arguments; and what ``check_gradient`` raises.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> x, w, b = rng.standard_normal((4, 3)), rng.standard_normal((3, 2)), np.zeros(2)
    >>> def affine_forward(x, w, b):
    ...     return x @ w + b, (x, w)
    >>> def affine_backward(dout, cache):
    ...     x, w = cache
    ...     return dout @ w.T, x.T @ dout, dout.mean(axis=0)
    >>> report = check_pair(affine_forward, affine_backward, x=x, w=w, b=b)
    >>> report.verdict, report.location, report.evidence
    ('wrong', 'b', 'db averages over axis 0 (the samples); it should sum over it')
    """
    pair = Pair.of(forward, backward, Arguments.by_name(forward, arguments), seed)
    asked, notes = pair.asked()
    return check_through(
        asked.value,
        asked.gradient,
        asked.arguments.point,
        notes,
        outputs=asked.outputs,
        pullback=asked.pullback,
        number=asked.covectors.of_a_number,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
    )


@dataclass(frozen=True, eq=False)
class Pair:
    """A forward and a backward, with the arguments they are asked at."""

    forward: Callable[..., Any]
    backward: Callable[..., Any]
    arguments: Arguments
    covectors: Covectors
    seed: int

    @classmethod
    def of(
        cls, forward: Callable[..., Any], backward: Callable[..., Any], arguments: Arguments, seed: int
    ) -> Pair:
        """The pair with covectors for what forward returns; raises what ``check_pair`` raises."""
        pair = cls(forward, backward, arguments, Covectors(()), seed)
        with same_draws(seed), np.errstate(all="ignore"):
            ys, _ = pair._outputs({})
        return replace(pair, covectors=Covectors.of(own_name(forward), ys, seed))

    def asked(self) -> tuple[Pair, tuple[str, ...]]:
        """The pair with what can be checked of it, and notes on what cannot."""
        if not self.arguments.varied:
            raise ConfigError(
                f"{own_name(self.forward)}: expected an argument that is an array of floats, found none"
            )
        with np.errstate(all="ignore"):  # what is not finite is told in the report
            returned = self.gradient(self.arguments.point)
        notes = []
        if missing := [name for name in self.arguments.varied if name not in returned]:
            left = ", ".join(missing)
            notes.append(f"not checked: {left}; {own_name(self.backward)} returns no gradient for it")
        if not returned:
            raise ConfigError(f"{own_name(self.backward)}: expected gradients, found none")
        return replace(self, arguments=self.arguments.vary(tuple(returned))), tuple(notes)

    def value(self, point: Mapping[str, Any]) -> Any:
        """<out, u>."""
        return self.covectors.number(self.outputs(point))

    def gradient(self, point: Mapping[str, Any], times: float = 1.0) -> dict[str, Any]:
        """What backward returns for ``times`` u, by the names of the arguments."""
        return self.pullback(point, self.covectors.given(times))

    def outputs(self, point: Mapping[str, Any]) -> tuple[Any, ...]:
        """What forward returns, without its cache."""
        with same_draws(self.seed):
            return self._outputs(point)[0]

    def pullback(self, point: Mapping[str, Any], us: Sequence[Any]) -> dict[str, Any]:
        """What backward returns for these covectors, one of each output, by the names of the arguments."""
        with same_draws(self.seed):
            _, rest = self._outputs(point)
            if not rest and not takes(self.backward, len(us)):
                rest = tuple(self.arguments.at(point).values())
            return self.arguments.gradients(self.backward(*us, *rest))

    def _outputs(self, point: Mapping[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The outputs of a call, and its cache if there is one."""
        returned = self.arguments.call(self.forward, point, self.forward)
        if isinstance(returned, tuple) and len(returned) > 1:
            return returned[:-1], returned[-1:]
        return (returned,), ()
