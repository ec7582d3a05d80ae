"""SciPy's special functions, asked for where a comparison needs them."""

from __future__ import annotations

from typing import Any

from gradwright.errors import ConfigError


def special() -> Any:
    """The module ``scipy.special``.

    Raises ``ConfigError`` where SciPy is not installed.
    """
    try:
        import scipy.special
    except ImportError:
        raise ConfigError('comparing runs needs SciPy: pip install "gradwright[studies]"') from None
    return scipy.special
