"""How long something takes: a first call, then repetitions, as many as plusminus-bench has."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Job:
    """The gradient of a workload by some way, whole or in part.

    `run` takes the indices of items (coordinates or points) and returns their part of the gradient;
    a way that cannot be split has one item."""

    run: Callable[[np.ndarray], np.ndarray]
    count: int = 1
    unit: str = ""
    axis: int = 0  # Of the gradient, along which items lie.
    wait: Callable[[object], object] = lambda result: result  # Until the result is there.
    fetch: Callable[[object], np.ndarray] = np.asarray  # What errors are found in.


@dataclass(frozen=True)
class Budget:
    """What one row may take."""

    seconds: float
    repetitions: int
    longest: float  # Of one repetition; what takes longer is measured in part, and scaled.

    @staticmethod
    def of(quick: bool, longest: float) -> "Budget":
        """That of plusminus-bench."""
        return Budget(0.3, 9, longest) if quick else Budget(3.0, 201, longest)


@dataclass(frozen=True)
class Timing:
    """Seconds of all items, and the result for those that were run."""

    first: float
    seconds: list[float]
    scale: float
    items: np.ndarray
    result: np.ndarray

    def summary(self) -> dict[str, float]:
        """For a row: the time of a part times what it is a part of."""
        return {
            "first_seconds": self.first,
            "median_seconds": statistics.median(self.seconds) * self.scale,
            "least_seconds": min(self.seconds) * self.scale,
            "most_seconds": max(self.seconds) * self.scale,
            "repetitions": len(self.seconds),
        }


def spread(count: int, chosen: int) -> np.ndarray:
    """So many of `count` indices, at equal distances."""
    return np.unique(np.linspace(0, count - 1, chosen).astype(np.int64))


def once(job: Job, items: np.ndarray) -> tuple[float, object]:
    """Seconds and the result."""
    begin = time.perf_counter()
    result = job.wait(job.run(items))
    return time.perf_counter() - begin, result


def chosen_items(job: Job, budget: Budget) -> np.ndarray:
    """All, or as many as take a tenth of the longest time."""
    few = spread(job.count, min(job.count, 4))
    if len(few) == job.count:
        return few
    once(job, few)
    seconds, _ = once(job, few)
    if seconds > 0.05:
        # A few items may take as long as many, where a part of the work is for all.
        few = spread(job.count, min(job.count, 32))
        once(job, few)
        seconds, _ = once(job, few)
    each = seconds / len(few)
    if each * job.count <= budget.longest:
        return np.arange(job.count)
    return spread(job.count, min(job.count, max(len(few), int(budget.longest / 10.0 / each))))


def measure(job: Job, budget: Budget) -> Timing:
    """The first call apart: it compiles, and fills caches."""
    items = chosen_items(job, budget)
    first, result = once(job, items)
    seconds, begin = [], time.perf_counter()
    while not seconds or (
        len(seconds) < budget.repetitions and time.perf_counter() - begin < budget.seconds
    ):
        seconds.append(once(job, items)[0])
    return Timing(first, seconds, job.count / len(items), items, job.fetch(result))
