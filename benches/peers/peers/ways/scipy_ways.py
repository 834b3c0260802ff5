"""SciPy: approx_fprime, and approx_derivative, which it rests on, with its own steps."""

from collections.abc import Callable

import numpy as np
import scipy
from scipy.optimize import approx_fprime
from scipy.optimize._numdiff import approx_derivative, group_columns
from scipy.sparse import coo_array, csr_array

from ..timing import Job
from ..workload import Workload
from . import Ways
from .numpy_ways import by_points


def peer() -> str:
    """Name and version."""
    return f"SciPy {scipy.__version__}"


def of_part(f: Callable, x: np.ndarray, items: np.ndarray) -> tuple[Callable, np.ndarray]:
    """As a function of the chosen coordinates alone."""
    if len(items) == len(x):
        return f, x
    whole = x.copy()

    def part(y: np.ndarray) -> np.ndarray:
        whole[items] = y
        return f(whole)

    return part, x[items]


def forward(f: Callable, x: np.ndarray, items: np.ndarray) -> np.ndarray:
    """approx_fprime: n + 1 values."""
    part, at = of_part(f, x, items)
    return approx_fprime(at, part)


def central(f: Callable, x: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Method 3-point: 2n + 1 values."""
    part, at = of_part(f, x, items)
    return approx_derivative(part, at, method="3-point")


def grouped(workload: Workload, dtype: type) -> Job:
    """2Jᵀr with the Jacobian of the residuals of a least-squares problem, of known sparsity."""
    x, _ = workload.inputs(dtype)
    r = lambda at: workload.residuals(at, np)  # noqa: E731
    n, pair = workload.n, np.arange(workload.n - 1)
    rows = np.concatenate([pair, pair, pair + n - 1])
    columns = np.concatenate([pair, pair + 1, pair])
    pattern = coo_array((np.ones(len(rows)), (rows, columns)), shape=(2 * n - 2, n))
    sparsity = (csr_array(pattern), group_columns(csr_array(pattern)))

    def run(_: np.ndarray) -> np.ndarray:
        jacobian = approx_derivative(r, x, method="3-point", sparsity=sparsity)
        return 2.0 * (jacobian.T @ r(x))

    return Job(run)


def ways(workload: Workload, dtype: type) -> Ways:
    """Gradients only."""
    if workload.task != "gradient":
        return
    if dtype == np.float64:
        # Its step of 1.5e-8 vanishes in f32.
        yield "approx_fprime, forward differences", lambda: by_points(workload, dtype, forward)
    yield "approx_derivative, 3-point", lambda: by_points(workload, dtype, central)
    if workload.residuals:
        yield "approx_derivative, 3-point, of sparse residuals", lambda: grouped(workload, dtype)
