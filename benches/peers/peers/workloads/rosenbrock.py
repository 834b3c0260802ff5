"""W6: Rosenbrock's function in many dimensions, and its formulas, which W4 and W7 use too."""

import numpy as np

from ..splitmix import SplitMix64
from ..workload import Array, Workload


def value(x: Array, data: tuple, xp) -> Array:
    """Σ 100(xᵢ₊₁ - xᵢ²)² + (1 - xᵢ)²."""
    a, b = 1.0 - x[:-1], x[1:] - x[:-1] * x[:-1]
    return (100.0 * b * b + a * a).sum(0)


def gradient(x: Array, data: tuple, xp) -> Array:
    """By the formula."""
    b = x[1:] - x[:-1] * x[:-1]
    zero = xp.zeros_like(x[:1])
    first = xp.concatenate([-400.0 * x[:-1] * b - 2.0 * (1.0 - x[:-1]), zero])
    return first + xp.concatenate([zero, 200.0 * b])


def local(x: Array, h: Array, xp) -> Array:
    """Central differences of the two terms alone that read a coordinate."""
    # A missing neighbour has the weight 0.
    edge = xp.ones_like(x)
    has_next = xp.concatenate([edge[:-1], xp.zeros_like(x[:1])])
    has_last = xp.concatenate([xp.zeros_like(x[:1]), edge[1:]])
    after = xp.concatenate([x[1:], x[-1:]])
    before = xp.concatenate([x[:1], x[:-1]])

    def terms(y: Array) -> Array:
        a, b, c = 1.0 - y, after - y * y, y - before * before
        return has_next * (100.0 * b * b + a * a) + has_last * (100.0 * c * c)

    return (terms(x + h) - terms(x - h)) / (2.0 * h)


def residuals(x: Array, xp) -> Array:
    """The objective is the sum of their squares."""
    return xp.concatenate([10.0 * (x[1:] - x[:-1] * x[:-1]), 1.0 - x[:-1]])


def workload(n: int, is_large: bool) -> Workload:
    """Point: normal numbers of seed 1."""
    return Workload(
        group="W6",
        name=f"Rosenbrock, an expression, n = {n}",
        points=SplitMix64(1).normals(n),
        value=value,
        gradient=gradient,
        local=local,
        residuals=residuals,
        is_large=is_large,
        facts={"kind": "rosenbrock"},
    )


def workloads() -> list[Workload]:
    """By size."""
    return [workload(n, n > 1000) for n in (100, 1000, 10_000, 100_000)]


def columns(values: np.ndarray, n: int) -> np.ndarray:
    """`[n, points]` of numbers drawn point by point."""
    return np.ascontiguousarray(values.reshape(-1, n).T)
