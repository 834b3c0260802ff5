"""The workloads of src/bin/plusminus-bench/workloads, by the names that it prints."""

from ..workload import Workload
from . import descents, networks, quadratics, rosenbrock, six


def all_workloads(quick: bool) -> list[Workload]:
    """By group; `quick` leaves out the large ones and makes descents shorter."""
    every = [
        *quadratics.workloads(),
        *networks.workloads(),
        *descents.workloads(50 if quick else 1000),
        *rosenbrock.workloads(),
        *six.workloads(),
    ]
    chosen = [make for make in every if not (quick and make.is_large)]
    return sorted(chosen, key=lambda workload: workload.group)
