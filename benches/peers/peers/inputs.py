"""Writes the inputs for peers in other languages, so that numbers are made in one place.

python -m peers.inputs FOLDER --quick
"""

import argparse
import json
from pathlib import Path

import numpy as np

from .workload import Workload
from .workloads import all_workloads


def write(folder: Path, file: str, workload: Workload) -> dict:
    """Arrays of f64, little-endian, points one after the other; returns what else is known."""

    def put(what: str, values: np.ndarray) -> None:
        values.astype("<f8").tofile(folder / f"{file}.{what}.f64")

    put("points", workload.points.T)
    put("witness", workload.witness.T)
    for k, values in enumerate(workload.data):
        put(f"data{k}", values)
    facts = {"group": workload.group, "name": workload.name, "file": file, "task": workload.task}
    numbers = {"n": workload.n, "batch": workload.batch, "steps": workload.steps}
    return {**facts, **numbers, "rate": workload.rate, **workload.facts}


def main() -> None:
    """All workloads that are named by a kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--workload", action="append", metavar="W1")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    chosen = [it for it in all_workloads(args.quick) if it.facts and it.task != "values"]
    chosen = [it for it in chosen if not args.workload or it.group in args.workload]
    listed = [write(args.folder, f"{k:02}", workload) for k, workload in enumerate(chosen)]
    (args.folder / "workloads.json").write_text(json.dumps(listed, indent=1))


if __name__ == "__main__":
    main()
