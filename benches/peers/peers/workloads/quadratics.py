"""W1 and W2: dense quadratics ½xᵀAx + bᵀx, and sums of squares."""

import numpy as np

from ..splitmix import SplitMix64, round_to_f32
from ..workload import Array, Workload


def dense_value(x: Array, data: tuple, xp) -> Array:
    """½xᵀAx + bᵀx."""
    a, b, _ = data
    return (x * (0.5 * (a @ x) + (b if x.ndim == 1 else b[:, None]))).sum(0)


def dense_gradient(x: Array, data: tuple, xp) -> Array:
    """½(A + Aᵀ)x + b; the symmetric matrix is made beforehand, as plusminus does."""
    _, b, symmetric = data
    return symmetric @ x + b


def squares_value(x: Array, data: tuple, xp) -> Array:
    """Σ xᵢ²."""
    return (x * x).sum(0)


def squares_gradient(x: Array, data: tuple, xp) -> Array:
    """2x."""
    return 2.0 * x


def dense(n: int, is_large: bool) -> Workload:
    """Normal numbers of seed 1: A by rows, over √n; b; the point."""
    random = SplitMix64(1)
    a = round_to_f32(random.normals(n * n) / np.sqrt(n)).reshape(n, n)
    b = random.normals(n)
    return Workload(
        group="W1",
        name=f"dense quadratic n = {n}, 1 points",
        points=random.normals(n),
        value=dense_value,
        gradient=dense_gradient,
        data=(a, b, 0.5 * (a + a.T)),
        is_large=is_large,
        facts={"kind": "dense"},
    )


def sum_of_squares(n: int, batch: int, is_large: bool) -> Workload:
    """Points: normal numbers of seed 1."""
    points = SplitMix64(1).normals(n * batch).reshape(batch, n)
    return Workload(
        group="W2",
        name=f"sum of squares n = {n}, {batch} points",
        points=np.ascontiguousarray(points.T),
        value=squares_value,
        gradient=squares_gradient,
        is_large=is_large,
        facts={"kind": "squares"},
    )


def workloads() -> list[Workload]:
    """By size."""
    return [
        dense(256, False),
        dense(1024, True),
        dense(4096, True),
        sum_of_squares(64, 4096, False),
        sum_of_squares(16, 65_536, True),
    ]
