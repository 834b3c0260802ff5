"""NumPy: the textbook's loop, many perturbed points in one array, and gradients by hand."""

from collections.abc import Callable

import numpy as np

from ..timing import Job
from ..workload import Workload, descend, exponent_of, relative_step
from . import Ways

# Numbers of perturbed points in one array: more do not fit into the caches, and took longer.
BLOCK = 1 << 18
TEXTBOOK_STEP = 1e-4


def peer() -> str:
    """Name and version."""
    return f"NumPy {np.__version__}"


def numerical_gradient(f: Callable, x: np.ndarray, items: np.ndarray) -> np.ndarray:
    """The loop of K. Saitoh, "Deep Learning from Scratch", chapter 4, over chosen coordinates."""
    h, found = TEXTBOOK_STEP, np.zeros(len(items), x.dtype)
    for to, i in enumerate(items):
        before = x[i]
        x[i] = before + h
        above = f(x)
        x[i] = before - h
        below = f(x)
        found[to] = (above - below) / (2 * h)
        x[i] = before
    return found


def by_points(workload: Workload, dtype: type, of_point: Callable) -> Job:
    """A way that knows one point: the items are coordinates of the point, or points."""
    x, data = workload.inputs(dtype)

    def f(at: np.ndarray) -> np.ndarray:
        return workload.value(at, data, np)

    if workload.batch == 1:
        return Job(lambda items: of_point(f, x, items), workload.n, "coordinates")
    every, rows = np.arange(workload.n), np.ascontiguousarray(x.T)

    def run(items: np.ndarray) -> np.ndarray:
        return np.stack([of_point(f, rows[k].copy(), every) for k in items], axis=1)

    return Job(run, workload.batch, "points", axis=1)


def textbook_descent(workload: Workload, dtype: type) -> Job:
    """The textbook's `gradient_descent` from one start after the other."""

    def of_point(f: Callable, x: np.ndarray, items: np.ndarray) -> np.ndarray:
        return descend(lambda at: numerical_gradient(f, at, items), x, workload)

    return by_points(workload, dtype, of_point)


def block_differences(
    f: Callable, x: np.ndarray, h: np.ndarray, items: np.ndarray, width: int
) -> np.ndarray:
    """Central differences for the chosen coordinates, as many at a time as make BLOCK numbers: the
    second axis runs over them, before that of points."""
    k = max(1, min(len(items), BLOCK // (max(width, x.shape[0]) * (x.size // x.shape[0]))))
    found = np.empty((len(items), *x.shape[1:]), x.dtype)
    for begin in range(0, len(items), k):
        part = items[begin : begin + k]
        if x.ndim == 1:
            # One perturbed point after the other in memory, as matrix products like it.
            moved = np.repeat(x[None], len(part), axis=0).T
        else:
            moved = np.repeat(x[:, None], len(part), axis=1)
        here = (part, np.arange(len(part)))
        moved[here] = x[part] + h[part]
        above = f(moved)
        moved[here] = x[part] - h[part]
        found[begin : begin + k] = (above - f(moved)) / (2.0 * h[part])
    return found


def vectorised(workload: Workload, dtype: type) -> Job:
    """All perturbed points of a block in one array."""
    x, data = workload.inputs(dtype)
    h = relative_step(x, exponent_of(dtype))

    def run(items: np.ndarray) -> np.ndarray:
        f = lambda at: workload.value(at, data, np)  # noqa: E731
        return block_differences(f, x, h, items, workload.width)

    return Job(run, workload.n, "coordinates")


def whole(workload: Workload, dtype: type, gradient: Callable) -> Job:
    """A gradient, or a descent by it: gradient(x, data)."""
    x, data = workload.inputs(dtype)
    if workload.task == "descent":
        return Job(lambda _: descend(lambda at: gradient(at, data), x, workload))
    return Job(lambda _: gradient(x, data))


def ways(workload: Workload, dtype: type) -> Ways:
    """All that make sense for the workload."""
    by_hand = lambda x, data: workload.gradient(x, data, np)  # noqa: E731
    h = dtype(2.0 ** exponent_of(dtype))
    if workload.task == "values":
        yield "values", lambda: whole(workload, dtype, lambda x, data: workload.value(x, data, np))
        return
    if workload.task == "descent":
        yield "the textbook's loop, h = 1e-4", lambda: textbook_descent(workload, dtype)

        def blocks(x: np.ndarray, data: tuple) -> np.ndarray:
            f = lambda at: workload.value(at, data, np)  # noqa: E731
            return block_differences(f, x, np.full_like(x, h), np.arange(len(x)), 0)

        yield "vectorised central differences", lambda: whole(workload, dtype, blocks)
    else:
        yield (
            "the textbook's loop, h = 1e-4",
            lambda: by_points(workload, dtype, numerical_gradient),
        )
        yield "vectorised central differences", lambda: vectorised(workload, dtype)
    if workload.local:
        local = lambda x, data: workload.local(x, h, np)  # noqa: E731
        yield "central differences of single terms, by hand", lambda: whole(workload, dtype, local)
    if workload.gradient:
        yield "gradient by hand", lambda: whole(workload, dtype, by_hand)
