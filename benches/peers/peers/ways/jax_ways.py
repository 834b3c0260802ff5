"""JAX, all of it compiled: central differences, gradients by hand, automatic differentiation."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from ..timing import Job
from ..workload import Workload, exponent_of, relative_step, repeat
from . import Ways

# Numbers of perturbed points that one vmap holds, and coordinates at least: with more, or all at
# once, it was slower on every workload that was tried.
BLOCK, LEAST = 1 << 18, 16

# Coordinates of one point up to which the quotients of a network are compiled: of 1.9 million XLA had not done so in 7 minutes.
MOST_OF_A_NETWORK = 200_000


def peer() -> str:
    """Name and version."""
    device = jax.devices()[0]
    on = "" if device.platform == "cpu" else f" on {device.device_kind}"
    return f"JAX {jax.__version__}{on}"


def prepare(dtype: type, device: str) -> None:
    """Before the first array: f64 is off by default, and products on GPUs are rounded to 10 bits."""
    jax.config.update("jax_enable_x64", dtype == np.float64)
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_platforms", "cpu" if device == "cpu" else "cuda")


def on_device(workload: Workload, dtype: type) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    """The inputs, before anything is timed."""
    return jax.device_put(workload.inputs(dtype))


def differences(f: Callable, x: jax.Array, h: jax.Array, items: jax.Array, block: int) -> jax.Array:
    """Central differences for the chosen coordinates: vmap over them, in blocks.

    A mask is compiled into the loop that reads x, where `x.at[i].add(h)` copies x each time."""
    coordinates = jnp.arange(len(x)).reshape(-1, *(1,) * (x.ndim - 1))

    def one(i: jax.Array) -> jax.Array:
        move = jnp.where(coordinates == i, h, 0.0)
        return (f(x + move) - f(x - move)) / (2.0 * h[i])

    if block == 1:
        return jax.lax.map(one, items)
    if len(items) <= block:
        return jax.vmap(one)(items)
    return jax.lax.map(one, items, batch_size=block)


def block_of(workload: Workload) -> int:
    """Coordinates in a block."""
    return max(LEAST, BLOCK // (max(workload.width, workload.n) * workload.batch))


def quotients(workload: Workload, dtype: type, block: int) -> Job:
    """So many coordinates at a time."""
    x, data = on_device(workload, dtype)
    h = jax.device_put(relative_step(np.asarray(x), exponent_of(dtype)))

    @jax.jit
    def run(x: jax.Array, data: tuple, items: jax.Array) -> jax.Array:
        f = lambda at: workload.value(at, data, jnp)  # noqa: E731
        return differences(f, x, h, items, block)

    return Job(
        lambda items: run(x, data, jnp.asarray(items)),
        workload.n,
        "coordinates",
        wait=jax.block_until_ready,
    )


def whole(workload: Workload, dtype: type, gradient: Callable) -> Job:
    """A gradient, or a descent by it with the loop inside of jit: gradient(x, data)."""
    x, data = on_device(workload, dtype)

    @jax.jit
    def run(x: jax.Array, data: tuple) -> jax.Array:
        if workload.task != "descent":
            return gradient(x, data)
        step = lambda _, at: at - workload.rate * gradient(at, data)  # noqa: E731
        return repeat(workload.steps, step, x, jnp)

    return Job(lambda _: run(x, data), wait=jax.block_until_ready)


def too_large() -> Job:
    """A row that says why it is empty."""
    raise ValueError("XLA takes more than minutes to compile it")


def automatic(workload: Workload, x: jax.Array, data: tuple) -> jax.Array:
    """grad, at many points under vmap."""
    gradient = jax.grad(lambda at: workload.value(at, data, jnp))
    return gradient(x) if x.ndim == 1 else jax.vmap(gradient, in_axes=1, out_axes=1)(x)


def ways(workload: Workload, dtype: type) -> Ways:
    """All that make sense for the workload."""
    make = partial(whole, workload, dtype)
    h = 2.0 ** exponent_of(dtype)
    if workload.task == "values":
        yield "jit, values", lambda: make(lambda x, data: workload.value(x, data, jnp))
        return
    for name, block in (("vmap", block_of(workload)), ("lax.map", 1)):
        if workload.facts.get("kind") == "network" and workload.n > MOST_OF_A_NETWORK:
            yield f"jit({name}), central differences", too_large
            continue
        if workload.task == "descent":

            def gradient(x: jax.Array, data: tuple, block: int = block) -> jax.Array:
                f = lambda at: workload.value(at, data, jnp)  # noqa: E731
                return differences(f, x, jnp.full_like(x, h), jnp.arange(len(x)), block)

            yield f"jit({name}), central differences", partial(make, gradient)
        else:
            one = partial(quotients, workload, dtype, block)
            yield f"jit({name}), central differences", one
    if workload.local:
        yield (
            "jit, central differences of single terms, by hand",
            lambda: make(lambda x, data: workload.local(x, h, jnp)),
        )
    if workload.gradient:
        yield (
            "jit, gradient by hand",
            lambda: make(lambda x, data: workload.gradient(x, data, jnp)),
        )
    yield "jit(grad), automatic", lambda: make(lambda x, data: automatic(workload, x, data))
