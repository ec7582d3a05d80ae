"""JAX without casts to fewer digits: a traced function is evaluated in float64, operation by operation.

Every floating number is made wider before an operation, and every narrower dtype that one asks for becomes
float64, in nested functions, loops and branches too. The gradient is traced as a whole, with the custom rules
already in it. What cannot be traced, and an operation that holds a function of an unknown kind, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.full_digits.casts import CannotWidenError, Casts

Function: TypeAlias = Callable[..., Any]
INLINED = {  # operations that do nothing but call the function that they hold
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "checkpoint": "jaxpr",
    "remat2": "jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
}
LOOPS = ("scan", "while", "cond")  # they hold functions of numbers that go in as they come out


def both_without_casts(f: Function, grad: Function, casts: Casts) -> tuple[Function, Function]:
    """f and grad of arrays, compiled for each shape once, with every narrowing cast left out.

    Constants are cast while a function is traced. Those in few digits may be held in more in the other one
    of the two, if that has constants of its own.

    >>> import pytest; jax = pytest.importorskip("jax")
    >>> casts = Casts()
    >>> with jax.enable_x64(True):
    ...     f, _ = both_without_casts(lambda x: x.astype("bfloat16").sum(), lambda x: x, casts)
    ...     float(f(jax.numpy.array([1 / 3]))) == 1 / 3, casts.coarsest
    (True, 'bfloat16')
    """
    import jax

    of_f: dict[Any, Any] = {}
    of_grad: dict[Any, Any] = {}

    def left_out(function: Function, constants: dict[Any, Any]) -> Function:
        def answer(*args: Any) -> Any:
            program, shapes = jax.make_jaxpr(function, return_shape=True)(*args)
            trace = _Trace(casts, constants)
            outputs = trace.evaluated(program.jaxpr, program.consts, jax.tree_util.tree_leaves(args))
            narrow = filter(_is_narrow, {**of_f, **of_grad}.values())
            for dtype in narrow if of_grad.keys() - of_f.keys() else ():
                casts.leave_in(jax.numpy.dtype(dtype).name, float(jax.numpy.finfo(dtype).eps))
            return jax.tree_util.tree_unflatten(jax.tree_util.tree_structure(shapes), outputs)

        compiled: Function = jax.jit(answer)
        return compiled

    return left_out(f, of_f), left_out(grad, of_grad)


@dataclass(frozen=True)
class _Trace:
    """Notes of what was met on the way through a program: casts, and constants with their dtypes."""

    casts: Casts
    constants: dict[Any, Any]

    def evaluated(self, jaxpr: Any, consts: Sequence[Any], args: Sequence[Any]) -> list[Any]:
        """The outputs of a program, computed in float64."""
        from jax.extend.core import Literal

        values: dict[Any, Any] = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *args), strict=True))
        for constant in consts:
            if _is_float(constant) and constant.size > 1:
                self.constants[np.asarray(constant, np.float64).tobytes()] = constant.dtype

        def read(atom: Any) -> Any:
            return _widened(atom.val if isinstance(atom, Literal) else values[atom])

        for equation in jaxpr.eqns:
            name, params, given = equation.primitive.name, equation.params, [*map(read, equation.invars)]
            if name in INLINED:
                inner = params[INLINED[name]]
                found = self.evaluated(getattr(inner, "jaxpr", inner), getattr(inner, "consts", ()), given)
            else:
                answer = equation.primitive.bind(*given, **self._wide_params(name, equation))
                found = answer if equation.primitive.multiple_results else [answer]
            values.update(zip(equation.outvars, found, strict=True))
        return [read(atom) for atom in jaxpr.outvars]

    def _wide_params(self, name: str, equation: Any) -> Mapping[str, Any]:
        """What an operation is to be given in place of its own parameters."""
        import jax
        from jax.extend.core import ClosedJaxpr, Jaxpr

        if name == "bitcast_convert_type":
            if any(map(_is_float, (atom.aval for atom in equation.invars))):
                raise CannotWidenError("the bits of a number are read")
            params: Mapping[str, Any] = equation.params
            return params

        def wide(value: Any) -> Any:
            if type(value) is tuple:
                return tuple(map(wide, value))
            if isinstance(value, ClosedJaxpr | Jaxpr):
                if name not in LOOPS:
                    raise CannotWidenError(f"{name} holds a function")
                return self._wide_program(value)
            if _is_narrow(value):
                if any(atom.aval.dtype == jax.numpy.float64 for atom in equation.invars):
                    self.casts.leave_out(jax.numpy.dtype(value).name, float(jax.numpy.finfo(value).eps))
                return jax.numpy.dtype("float64")
            return value

        return {key: wide(value) for key, value in equation.params.items()}

    def _wide_program(self, program: Any) -> Any:
        """A closed program traced again, its numbers in float64."""
        import jax

        kinds = [
            jax.ShapeDtypeStruct(
                atom.aval.shape, "float64" if _is_narrow(atom.aval.dtype) else atom.aval.dtype
            )
            for atom in program.jaxpr.invars
        ]
        return jax.make_jaxpr(lambda *args: self.evaluated(program.jaxpr, program.consts, args))(*kinds)


def _widened(value: Any) -> Any:
    return value.astype("float64") if _is_narrow(getattr(value, "dtype", None)) else value


def _is_float(value: Any) -> bool:
    import jax

    return bool(jax.numpy.issubdtype(value.dtype, jax.numpy.floating))


def _is_narrow(dtype: Any) -> bool:
    """Whether this is a dtype of real numbers with fewer digits than float64 has."""
    import jax

    is_dtype = isinstance(dtype, np.dtype) or (isinstance(dtype, type) and issubclass(dtype, np.generic))
    return is_dtype and jax.numpy.issubdtype(dtype, jax.numpy.floating) and np.dtype(dtype).itemsize < 8
