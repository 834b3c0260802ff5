"""One objective, its inputs and its exact gradient.

Coordinates lie along the first axis: a formula takes `[n]`, `[n, points]` or `[n, k, points]`, and
returns what is left without that axis. So the same formula serves NumPy and JAX, one point and
many, and the points are next to each other in memory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

Array = Any  # Of NumPy, JAX or PyTorch.
Formula = Callable[..., Array]  # (x, data, xp); xp is the module: numpy or jax.numpy.


@dataclass(frozen=True)
class Workload:
    """One of W1 to W7."""

    group: str
    name: str
    points: np.ndarray  # [n], or [n, points] for more than one point; f64, rounded to f32.
    value: Formula
    gradient: Formula | None = None  # As one writes it by hand.
    data: tuple[np.ndarray, ...] = ()
    task: str = "gradient"  # or "values" or "descent"
    # Differences of the terms alone that read a coordinate, as one writes them: (x, h, xp).
    local: Callable[..., Array] | None = None
    # The objective is the sum of their squares, each of which reads few coordinates: (x, xp).
    residuals: Callable[..., Array] | None = None
    steps: int = 0
    rate: float = 0.0
    width: int = 0  # Numbers that one evaluation holds at a time, if more than its coordinates.
    is_large: bool = False  # --quick leaves it out.
    facts: dict[str, Any] = field(default_factory=dict)  # For peers in other languages.

    @property
    def n(self) -> int:
        """How many coordinates."""
        return self.points.shape[0]

    @property
    def batch(self) -> int:
        """How many points."""
        return self.points.size // self.n

    def inputs(self, dtype: type) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """The points and the data in a precision; classes and other indices remain integers."""
        cast = [a.astype(dtype) if a.dtype.kind == "f" else a for a in self.data]
        return self.points.astype(dtype), tuple(cast)

    @cached_property
    def witness(self) -> np.ndarray | None:
        """The gradient, or the end of the descent, in f64."""
        if self.task == "values":
            return None
        if self.task == "descent":
            return descend(lambda x: self.gradient(x, self.data, np), self.points, self)
        if self.gradient is None:
            return complex_step(self)
        return self.gradient(self.points, self.data, np)


def repeat(count: int, step: Callable, state: Any, xp) -> Any:
    """A loop, inside of what JAX compiles: unrolled, XLA takes minutes and all memory for it."""
    if xp is not np:
        from jax.lax import fori_loop

        return fori_loop(0, count, step, state)
    for k in range(count):
        state = step(k, state)
    return state


def descend(gradient: Callable[[Array], Array], x: Array, workload: Workload) -> Array:
    """Plain gradient descent; each step from Python."""
    return repeat(workload.steps, lambda _, at: at - workload.rate * gradient(at), x, np)


def complex_step(workload: Workload) -> np.ndarray:
    """Im f(x + ih)/h: exact to rounding, where f is analytic."""
    h, rows = 2.0**-100, []
    for i in range(workload.n):
        x = workload.points.astype(complex)
        x[i] += 1j * h
        rows.append(workload.value(x, workload.data, np).imag / h)
    return np.array(rows)


def relative_step(x: np.ndarray, exponent: int) -> np.ndarray:
    """The step `relative:2^exponent` of plusminus: 2^exponent · 2^⌊log2 max(1, |x|)⌋."""
    _, binade = np.frexp(np.maximum(np.abs(x), 1))
    return np.ldexp(np.ones_like(x), binade - 1 + exponent)


def exponent_of(dtype: type) -> int:
    """Of the default step of direct differences in plusminus-bench."""
    return -8 if dtype == np.float32 else -17


def relative_error(found: np.ndarray, exact: np.ndarray) -> float:
    """‖g - g*‖ / ‖g*‖ in f64."""
    return float(np.linalg.norm(np.asarray(found, np.float64) - exact) / np.linalg.norm(exact))
