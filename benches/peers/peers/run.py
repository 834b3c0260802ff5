"""Measures one library in one precision, and prints a JSON line for each way and workload.

    python -m peers.run numpy f64 --quick
    python -m peers.run jax f32 --device gpu --way automatic

A process has one precision, since JAX has f64 for a whole process or not at all.
"""

import argparse
import importlib
from collections.abc import Callable

import numpy as np

from .rows import Row, note, timed
from .timing import Budget, Job
from .workload import Workload
from .workloads import all_workloads

PRECISIONS = {"f32": np.float32, "f64": np.float64}


def row_of(row: Row, workload: Workload, make: Callable[[], Job], budget: Budget) -> Row:
    """What fails is a row that says so."""
    note(f"{row.peer}, {row.way}, {row.precision}: {workload.name}")
    try:
        return timed(row, workload, make(), budget)
    except Exception as error:  # noqa: BLE001
        row.skipped = f"failed: {type(error).__name__}: {str(error).splitlines()[0]}"
        return row


def main() -> None:
    """One process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=["numpy", "jax", "scipy", "torch"])
    parser.add_argument("precision", choices=PRECISIONS)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--longest", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--workload", action="append", metavar="W1")
    parser.add_argument("--way", action="append", metavar="TEXT", help="only ways with this in their name")
    parser.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="of JAX and PyTorch")
    args = parser.parse_args()
    ways = importlib.import_module(f".ways.{args.library}_ways", __package__)
    dtype = PRECISIONS[args.precision]
    if hasattr(ways, "prepare"):
        ways.prepare(dtype, args.device)
    budget = Budget.of(args.quick, args.longest)
    for workload in all_workloads(args.quick):
        if args.workload and workload.group not in args.workload:
            continue
        for name, make in ways.ways(workload, dtype):
            if args.way and not any(text in name for text in args.way):
                continue
            row = Row(workload.group, workload.name, ways.peer(), name, args.precision)
            row_of(row, workload, make, budget).print()


if __name__ == "__main__":
    main()
