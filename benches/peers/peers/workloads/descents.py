"""W4: gradient descent from 16,384 starts on Rosenbrock's function in 10 dimensions."""

from ..splitmix import SplitMix64
from ..workload import Workload
from . import rosenbrock

N, BATCH = 10, 16_384


def workloads(steps: int) -> list[Workload]:
    """Starts: uniform numbers between -2 and 2 of seed 1; rate 1e-4.

    plusminus-bench writes the function in four ways; here it is one workload."""
    starts = SplitMix64(1).uniforms(N * BATCH, -2.0, 2.0)
    return [
        Workload(
            group="W4",
            name=f"descent on Rosenbrock, n = {N}, {BATCH} points, {steps} steps",
            points=rosenbrock.columns(starts, N),
            value=rosenbrock.value,
            gradient=rosenbrock.gradient,
            local=rosenbrock.local,
            task="descent",
            steps=steps,
            rate=1e-4,
            facts={"kind": "rosenbrock"},
        )
    ]
