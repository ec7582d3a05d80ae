"""f and its claimed gradient as they are handed in: two functions or one, of a point or of many arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.check.conventions.arguments import Arguments
from gradwright.check.conventions.calls import described, own_name
from gradwright.check.conventions.form import by_leaf
from gradwright.check.conventions.target import Target
from gradwright.check.points import Tree, walk
from gradwright.errors import ConfigError

Function = Callable[..., Any]


def asked(
    f: Function | None,
    grad: Function | None,
    x: Any,
    *,
    value_and_grad: Function | None,
    wrt: str | Sequence[str] | None,
    names: str | Sequence[str] | None,
) -> Target:
    """What is asked by these arguments of ``check_gradient``.

    Raises ``ConfigError`` where they do not say which functions, or where; and for names that do not fit.
    """
    if (value_and_grad is None) == (f is None and grad is None) or (f is None) != (grad is None):
        raise ConfigError("expected f and grad, or value_and_grad, which returns both, and not more")
    if x is None:
        raise ConfigError("x: expected where to check, found None")
    if value_and_grad is not None:
        f, grad = _halves(value_and_grad)
    assert f is not None
    assert grad is not None
    if wrt is None:
        target = Target(f, grad, x, mixed_precision(x))
    else:
        target = _of_arguments(f, grad, x, value_and_grad or f, _several(wrt))
    return target if names is None else _named(target, _several(names))


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _halves(value_and_grad: Function) -> tuple[Function, Function]:
    """A function that returns (value, gradient), or (value, gradient_1, gradient_2, ...), as two."""

    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        returned = value_and_grad(*args, **kwargs)
        if not (isinstance(returned, tuple | list) and len(returned) > 1):
            name, found = own_name(value_and_grad), described(returned)
            raise ConfigError(f"{name}: expected it to return (value, gradient), found {found}")
        return returned[0], returned[1] if len(returned) == 2 else tuple(returned[1:])

    return lambda *args, **kwargs: both(*args, **kwargs)[0], lambda *args, **kwargs: both(*args, **kwargs)[1]


def _of_arguments(f: Function, grad: Function, x: Any, signature: Function, wrt: tuple[str, ...]) -> Target:
    """Functions of many arguments, which ``x`` has in order or by name, as such of ``wrt``."""
    if isinstance(x, Mapping):
        arguments = Arguments.by_name(signature, x).vary(wrt)
    elif isinstance(x, tuple | list):
        arguments = Arguments.by_position(signature, tuple(x)).vary(wrt)
    else:
        found = described(x)
        raise ConfigError(
            f"x: expected the arguments in a tuple, or a table by name, with wrt, found {found}"
        )
    return Target(
        lambda point: arguments.call(f, point, signature),
        lambda point: arguments.gradients(arguments.call(grad, point, signature)),
        arguments.point,
        mixed_precision(arguments.values),
    )


def _named(target: Target, names: tuple[str, ...]) -> Target:
    """The same, with other names for the arrays of its point."""
    tree = Tree.of(target.point)
    if len(names) != len(tree.leaves) or len(set(names)) != len(names):
        leaves = ", ".join(leaf.name for leaf in tree.leaves)
        raise ConfigError(f"names: expected {len(tree.leaves)} that differ, for {leaves}, found {names}")
    new = dict(zip((leaf.name for leaf in tree.leaves), names, strict=True))

    def own(point: Mapping[str, Any]) -> Any:
        return tree.filled(point.values())

    def grad(point: Mapping[str, Any]) -> dict[str, Any]:
        found = by_leaf(target.grad(own(point)), tree)
        return {new.get(name, name): each for name, each in found.items()}

    point = {new[name]: value for name, value in walk(target.point, "x")}
    return Target(lambda point: target.f(own(point)), grad, point, target.notes)


def mixed_precision(x: Any) -> tuple[str, ...]:
    """A note on arrays of float32 beside others of float64: the coarser ones decide what can be seen."""
    dtypes = {name: value.dtype for name, value in walk(x, "x") if isinstance(value, np.ndarray)}
    single = [name for name, dtype in dtypes.items() if dtype == np.float32]
    double = [name for name, dtype in dtypes.items() if dtype == np.float64]
    if not (single and double):
        return ()
    are = "are" if len(single) > 1 else "is"
    return (
        f"{', '.join(single)} {are} float32 beside {', '.join(double)} in float64: no more than the 7 digits "
        f"of float32 can be seen; make {'them' if len(single) > 1 else 'it'} float64, .astype(np.float64)",
    )
