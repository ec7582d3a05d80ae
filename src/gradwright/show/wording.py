"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Collection

from gradwright.studies.estimate import Estimate
from gradwright.training.metrics import Metric


def loss_text(loss: Estimate | float) -> str:
    """A loss with four decimals, two from 10 on, or four digits where it is very small or large.

    >>> loss_text(0.21339), loss_text(Estimate(0.2134, 0.0021)), loss_text(3.2e-7), loss_text(29.3051)
    ('0.2134', '0.2134 ± 0.0021', '3.200e-07', '29.31')
    """
    mean, sd = (loss.mean, loss.sd) if isinstance(loss, Estimate) else (loss, None)
    small_or_large = math.isfinite(mean) and not (mean == 0 or 1e-3 <= abs(mean) < 1e5)
    form = ".3e" if small_or_large else ".4f" if abs(mean) < 10 else ".2f"
    return format(mean, form) + ("" if sd is None else f" ± {sd:{form}}")


def accuracy_text(accuracy: Estimate | float) -> str:
    """An accuracy in per cent.

    >>> accuracy_text(0.93232), accuracy_text(Estimate(0.9323, 0.0011))
    ('93.23%', '93.23 ± 0.11%')
    """
    if not isinstance(accuracy, Estimate):
        return f"{100 * accuracy:.2f}%"
    spread = "" if accuracy.sd is None else f" ± {100 * accuracy.sd:.2f}"
    return f"{100 * accuracy.mean:.2f}{spread}%"


def chance_text(share: float) -> str:
    """A probability or a share of rows in per cent, closely where it is small.

    >>> chance_text(0.982), chance_text(0.0042), chance_text(1.0), chance_text(3e-5)
    ('98%', '0.4%', '100%', '<0.1%')
    """
    if 0 < share < 5e-4:
        return "<0.1%"
    return f"{share:.1%}" if share < 0.0995 else f"{share:.0%}"


def likely_text(value: float, probable: bool) -> str:
    """How likely a class seemed: its probability, or its score where there are none.

    >>> likely_text(0.982, True), likely_text(-1.23456, False)
    ('98%', '-1.23')
    """
    return chance_text(value) if probable else f"{value:.3g}"


def metric_text(name: str, value: Estimate | float) -> str:
    """A metric by its name: a share in per cent, anything else as a loss."""
    return accuracy_text(value) if Metric(None, name=name).is_share else loss_text(value)


def metric_title(name: str) -> str:
    """A metric as a title.

    >>> metric_title("balanced_accuracy"), metric_title("f1"), metric_title("loss")
    ('balanced accuracy', 'F1', 'loss')
    """
    return name.upper() if name in ("f1", "auc", "r2", "mae", "rmse") else name.replace("_", " ")


def shown_metrics(names: Collection[str]) -> list[str]:
    """The metrics that have a column and a curve, in their order.

    >>> shown_metrics(["f1", "accuracy", "objective", "loss"])
    ['loss', 'accuracy', 'f1']
    """
    others = [name for name in names if name not in ("loss", "accuracy", "objective")]
    return [name for name in ("loss", "accuracy") if name in names] + others


def duration_text(seconds: float) -> str:
    """A time in the units that one would say it in.

    >>> duration_text(0.31), duration_text(59.96), duration_text(192), duration_text(7300)
    ('0.3 s', '1 min 0 s', '3 min 12 s', '2 h 1 min')
    >>> duration_text(0.0214), duration_text(0.0)
    ('21 ms', '0.0 s')
    """
    if 5e-4 <= seconds < 0.095:
        return f"{1000 * seconds:.0f} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def size_text(size: int) -> str:
    """A number of bytes.

    >>> size_text(512), size_text(750_000), size_text(188_000_000)
    ('512 bytes', '750 kB', '188 MB')
    """
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def count_text(count: int, thing: str) -> str:
    """A number of things.

    >>> count_text(1, "epoch"), count_text(25000, "step")
    ('1 epoch', '25,000 steps')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
