"""W7: the six functions of benches/objectives, written for arrays."""

import numpy as np

from ..splitmix import SplitMix64, round_to_f32
from ..workload import Array, Formula, Workload, repeat
from . import rosenbrock
from .networks import sigmoid
from .rosenbrock import columns


def spread(values: Array, x: Array) -> Array:
    """With axes of 1 for those that x has behind its coordinates."""
    return values.reshape(values.shape + (1,) * (x.ndim - 1))


def mlp_parts(x: Array, data: tuple, xp) -> tuple[Array, ...]:
    """Both inputs, weights of the output, activations, and what each output is off."""
    samples = data[0]
    first, second, target = (spread(samples[:, k, None], x) for k in range(3))
    units = x[:24].reshape(6, 4, *x.shape[1:])
    active = xp.tanh(units[None, :, 0] * first + units[None, :, 1] * second + units[None, :, 2])
    off = x[24] + (units[None, :, 3] * active).sum(1) - target[:, 0]
    return first, second, units[:, 3], active, off


def mlp(x: Array, data: tuple, xp) -> Array:
    """Mean squared error of a network of 2 inputs, 6 units and 1 output on 8 samples."""
    off = mlp_parts(x, data, xp)[-1]
    return (off * off).sum(0) / 8.0


def mlp_gradient(x: Array, data: tuple, xp) -> Array:
    """By backpropagation."""
    first, second, weights, active, off = mlp_parts(x, data, xp)
    off = off[:, None] / 4.0
    back = off * weights * (1.0 - active * active)
    units = [(back * first).sum(0), (back * second).sum(0), back.sum(0), (off * active).sum(0)]
    units = xp.stack(units, axis=1).reshape(24, *x.shape[1:])
    return xp.concatenate([units, off.sum(0)])


def corners(x: Array, data: tuple, xp) -> tuple[Array, ...]:
    """The place in the cell, and the four numbers around."""
    cell = xp.clip(xp.floor(x), 0.0, 14.0)
    at = 16 * cell[0].astype(int) + cell[1].astype(int)
    table = data[0]
    return x[0] - cell[0], x[1] - cell[1], table[at], table[at + 1], table[at + 16], table[at + 17]


def table(x: Array, data: tuple, xp) -> Array:
    """Bilinear interpolation in a table of 16 by 16 numbers."""
    u, v, a, b, c, d = corners(x, data, xp)
    return (1.0 - u) * ((1.0 - v) * a + v * b) + u * ((1.0 - v) * c + v * d)


def table_gradient(x: Array, data: tuple, xp) -> Array:
    """Inside of a cell."""
    u, v, a, b, c, d = corners(x, data, xp)
    return xp.stack([(1.0 - v) * (c - a) + v * (d - b), (1.0 - u) * (b - a) + u * (d - c)])


def ode(x: Array, data: tuple, xp) -> Array:
    """Predators and prey: 16 steps of Runge and Kutta; the end, squared."""
    growth, eaten = x[2], x[3]

    def slope(p: Array, q: Array) -> tuple[Array, Array]:
        return p * (growth - eaten * q), q * (eaten * p - 1.0)

    def step(_: int, at: tuple[Array, Array]) -> tuple[Array, Array]:
        p, q = at
        a, b = slope(p, q)
        c, d = slope(p + 0.05 * a, q + 0.05 * b)
        e, f = slope(p + 0.05 * c, q + 0.05 * d)
        g, h = slope(p + 0.1 * e, q + 0.1 * f)
        p = p + (a + 2.0 * c + 2.0 * e + g) * (0.1 / 6.0)
        q = q + (b + 2.0 * d + 2.0 * f + h) * (0.1 / 6.0)
        return p, q

    p, q = repeat(16, step, (x[0], x[1]), xp)
    return p * p + q * q


LOW, HIGH = np.tril_indices(20, -1)


def lennard_jones(x: Array, data: tuple, xp) -> Array:
    """The energy of 20 atoms, each pair once."""
    atoms = x.reshape(20, 3, *x.shape[1:])
    d = atoms[LOW] - atoms[HIGH]
    inverse = 1.0 / (d * d).sum(1)
    sixth = inverse * inverse * inverse
    return (4.0 * (sixth * sixth - sixth)).sum(0)


def lennard_jones_gradient(x: Array, data: tuple, xp) -> Array:
    """All pairs twice, so that each atom sums its own."""
    atoms = x.reshape(20, 3, *x.shape[1:])
    d = atoms[:, None] - atoms[None, :]
    itself = spread(np.eye(20, dtype=x.dtype), x)
    inverse = 1.0 / ((d * d).sum(2) + itself)
    sixth = inverse * inverse * inverse
    slope = (24.0 * sixth - 48.0 * sixth * sixth) * inverse
    return (slope[:, :, None] * d).sum(1).reshape(x.shape)


def logistic(x: Array, data: tuple, xp) -> Array:
    """Logistic regression: 20 weights and a bias."""
    rows, labels = data
    z = rows @ x[:20] + x[20]
    return (xp.logaddexp(z, 0.0) - spread(labels, x) * z).sum(0)


def logistic_gradient(x: Array, data: tuple, xp) -> Array:
    """What each probability is off."""
    rows, labels = data
    off = sigmoid(rows @ x[:20] + x[20], xp) - labels
    return xp.concatenate([rows.T @ off, off.sum(0)[None]])


def workloads() -> list[Workload]:
    """All numbers of seed 1, in the order in which plusminus-bench draws them."""
    random = SplitMix64(1)

    def draw(batch: int, n: int, low: float, high: float) -> np.ndarray:
        return random.uniforms(batch * n, low, high).reshape(batch, n)

    many = draw(256, 10, -2.0, 2.0)
    weights = draw(256, 25, -1.0, 1.0)
    places = draw(256, 2, 0.0, 14.0)
    numbers = draw(1, 256, -1.0, 1.0)[0]
    samples = draw(8, 3, -1.0, 1.0)
    starts = draw(256, 4, 0.5, 1.5)
    jitter = draw(16, 60, -0.1, 0.1)
    lattice = np.array([[a % 3, a // 3 % 3, a // 9] for a in range(20)], dtype=np.float64)
    atoms = round_to_f32(1.2 * lattice.reshape(60) + jitter)
    rows = draw(1000, 20, -1.0, 1.0)
    # Summed in the order of the program: a sum near 0 must have the same sign.
    labels = (np.cumsum(rows, axis=1)[:, -1] > 0.0).astype(np.float64)
    point = draw(1, 21, -1.0, 1.0)

    def workload(what: str, points: np.ndarray, value: Formula, gradient: Formula | None, **more):
        batch, n = points.shape
        return Workload(
            group="W7",
            name=f"{what} n = {n}, {batch} points",
            points=columns(points, n) if batch > 1 else points[0],
            value=value,
            gradient=gradient,
            **more,
        )

    chain = {"local": rosenbrock.local, "facts": {"kind": "rosenbrock"}}
    network = "network of 2, 6 and 1 units on 8 samples, loops,"
    fit = "logistic regression, 1,000 rows,"
    return [
        workload("Rosenbrock, a loop,", many, rosenbrock.value, rosenbrock.gradient, **chain),
        workload(network, weights, mlp, mlp_gradient, data=(samples,), width=100),
        workload("bilinear table look-up,", places, table, table_gradient, data=(numbers,)),
        workload("16 steps of Runge and Kutta,", starts, ode, None),
        workload(
            "Lennard-Jones, 20 atoms,", atoms, lennard_jones, lennard_jones_gradient, width=800
        ),
        workload(fit, point, logistic, logistic_gradient, data=(rows, labels), width=2000),
    ]
