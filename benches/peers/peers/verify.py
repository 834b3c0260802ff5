"""Whether the inputs and objectives here are those of plusminus-bench.

    python -m peers.verify PATH-OF-PLUSMINUS-BENCH

At a wide step the error of a central difference is its truncation, a number of the function and
the point alone. plusminus-bench prints it for each workload; the same formula here must give the
same. (Quadratics have none; their numbers come from the same generator.)
"""

import sys
from pathlib import Path

import numpy as np

from .bench import report, section
from .splitmix import SplitMix64
from .ways.numpy_ways import block_differences
from .workload import Workload, relative_error, relative_step, repeat
from .workloads import all_workloads

EXPONENT, CLOSE = -3, 1e-6
# From the reference implementation, of seed 1234567.
PUBLISHED = [6457827717110365317, 3203168211198807973, 9817491932198370423]


def fingerprint(workload: Workload) -> float:
    """The relative error of central differences at the step relative:2^-3 in f64."""
    x, data = workload.inputs(np.float64)

    def gradient(at: np.ndarray) -> np.ndarray:
        h = relative_step(at, EXPONENT)
        if workload.local:
            return workload.local(at, h, np)
        f = lambda moved: workload.value(moved, data, np)  # noqa: E731
        return block_differences(f, at, h, np.arange(workload.n), workload.width)

    if workload.task == "descent":
        step = lambda _, at: at - workload.rate * gradient(at)  # noqa: E731
        return relative_error(repeat(workload.steps, step, x, np), workload.witness)
    return relative_error(gradient(x), workload.witness)


def compare(bench: Path) -> str:
    """A sentence; an error if something differs."""
    if SplitMix64(1234567).bits(3).tolist() != PUBLISHED:
        raise ValueError("splitmix64 differs from the published sequence")
    wide = ["--difference", "direct", "--step", f"relative:2^{EXPONENT}", "--longest", "10"]
    groups = [word for group in ("W3", "W4", "W6", "W7") for word in ("--workload", group)]
    theirs = {}
    for row in report(bench, ["--quick", *wide, *groups])["rows"]:
        if row["precision"] == "f64" and row["relative_error"] is not None:
            theirs[section(row["workload"])[0]] = row["relative_error"]
    largest, count = 0.0, 0
    for workload in all_workloads(quick=True):
        if workload.name in theirs:
            ours, other = fingerprint(workload), theirs[workload.name]
            largest, count = max(largest, abs(ours / other - 1.0)), count + 1
            if largest > CLOSE:
                raise ValueError(f"{workload.name}: {ours:.10e} here, {other:.10e} there")
    if not count:
        raise ValueError("plusminus-bench printed nothing to compare with")
    return (
        f"Inputs: the truncation errors of {count} workloads agree with those that plusminus-bench"
        f" prints to {largest:.0e}."
    )


if __name__ == "__main__":
    print(compare(Path(sys.argv[1])))
