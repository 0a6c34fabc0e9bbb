"""By what law a cost grows with a size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

LINEAR = 1.1
"""An exponent up to here is called linear: so much is noise."""


def line(sizes: Sequence[float], costs: Sequence[float]) -> tuple[float, float]:
    """a and b of costs above 0 = a + b x size, neither below 0: least squares of the relative errors."""
    n, cost = np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float)
    weight = 1 / cost
    terms = np.stack([weight, n * weight], axis=1)
    (fixed, each), *_ = np.linalg.lstsq(terms, np.ones(n.size), rcond=None)
    if fixed < 0:
        return 0.0, float((n * weight).sum() / ((n * weight) ** 2).sum())
    if each < 0:
        return float(weight.sum() / (weight**2).sum()), 0.0
    return float(fixed), float(each)


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """p of cost ~ size^p: least squares of log cost on log size."""
    slope, _ = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(slope)


def growth(sizes: Sequence[int], costs: Sequence[float]) -> dict[str, Any]:
    """Both fits of a cost, the exponent over the sizes at which the fixed cost does not dominate.

    `fixed` and `each` are a and b of the line. A size counts where b x size is at least a; where fewer than
    two do, the two largest. A cost of 0 is too small to be measured and counts nowhere. `linear` says
    whether the exponent is at most LINEAR.
    """
    points = [(n, cost) for n, cost in zip(sizes, costs, strict=True) if cost > 0]
    if len(points) < 2:
        return {"fixed": None, "each": None, "exponent": None, "over": [], "linear": None}
    fixed, each = line(*zip(*points, strict=True))
    counted = [(n, cost) for n, cost in points if each * n >= fixed]
    if len(counted) < 2:
        counted = points[-2:]
    power = exponent(*zip(*counted, strict=True))
    return {
        "fixed": float(f"{fixed:.3g}"),
        "each": float(f"{each:.3g}"),
        "exponent": round(power, 3),
        "over": [n for n, _ in counted],
        "linear": power <= LINEAR,
    }
