"""One row of the table, and the JSON lines in which peers print rows."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import numpy as np

from .timing import Budget, Job, measure
from .workload import Workload, relative_error


@dataclass
class Row:
    """One way of one library on one workload; most fields are those of plusminus-bench."""

    group: str
    workload: str
    peer: str  # The library and its version.
    way: str
    precision: str
    repetitions: int = 0
    median_seconds: float | None = None
    least_seconds: float | None = None
    most_seconds: float | None = None
    first_seconds: float | None = None
    kernel_seconds: float | None = None  # Of ours on a device, by its own clock.
    relative_error: float | None = None
    scaled_from: str | None = None  # So many coordinates or points were measured.
    skipped: str | None = None

    def print(self) -> None:
        """As one line."""
        print(json.dumps(asdict(self)), flush=True)


def read(lines: Iterator[str]) -> list[Row]:
    """What peers printed; other lines are theirs."""
    known = {field.name for field in fields(Row)}
    found = []
    for line in lines:
        if line.startswith("{"):
            values = json.loads(line)
            found.append(Row(**{key: value for key, value in values.items() if key in known}))
    return found


def timed(row: Row, workload: Workload, job: Job, budget: Budget) -> Row:
    """Fills the row in."""
    timing = measure(job, budget)
    for key, value in timing.summary().items():
        setattr(row, key, value)
    if timing.scale > 1.0:
        row.scaled_from = f"{len(timing.items)} of {job.count:,} {job.unit}"
    if workload.witness is not None:
        exact = workload.witness
        if job.count > 1:
            exact = np.take(exact, timing.items, job.axis)
        row.relative_error = relative_error(timing.result, exact)
    return row


def note(text: str) -> None:
    """On standard error: how far it is."""
    print(text, file=sys.stderr, flush=True)
