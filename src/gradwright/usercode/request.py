"""What is asked of a user's file, in a form that passes from one process to another."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.errors import ConfigError

DAY = 86_400.0  # seconds


@dataclass(frozen=True)
class Request:
    """Which function or class to check, where, and for how long.

    ``target``, ``at`` and ``gradient`` are names in files, ``FILE.py:NAME``.

    - ``target`` is a function that takes a point and returns (loss, gradient); or one that returns the loss,
      whose gradient the function ``gradient`` returns; or a class with ``forward`` and ``backward``, see
      ``layers``, that is made without arguments; or an object of such a class.
    - ``at`` is the point, or what a layer takes: an array, a nested dict, list or tuple of arrays, or a
      function without arguments that makes it. Without it ``candidates`` finds or makes one, and then
      ``target`` may also be the stem of a pair: ``affine`` of ``affine_forward`` and ``affine_backward``.
    - ``lists`` asks for the names of what there is to check in the file ``target``.
    - ``invariants`` asks also what must hold beside derivatives, of a layer whose rows of x are samples.
    - ``timeout`` bounds all of it, in seconds, the import of the file included.

    Raises ``ConfigError`` where a gradient or invariants are asked for without ``at``, for no time or too
    much of it, and for a negative seed.
    """

    target: str
    at: str | None = None
    lists: bool = False
    gradient: str | None = None
    invariants: bool = False
    seed: int = 0
    max_evaluations: int = 4000
    tolerance: float = 0.0
    timeout: float = 60.0

    def __post_init__(self) -> None:
        if self.at is None and (self.gradient is not None or self.invariants):
            raise ConfigError(f"--at: expected where to check {self.target}, such as --at FILE.py:point")
        if not 0 < self.timeout <= DAY:
            raise ConfigError(
                f"--timeout: expected more than 0 seconds and at most a day, found {self.timeout:g}"
            )
        if self.seed < 0:
            raise ConfigError(f"--seed: expected 0 or more, found {self.seed}")
