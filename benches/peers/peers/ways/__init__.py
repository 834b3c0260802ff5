"""The ways to a gradient, by library.

Each module has `peer()`, the library's name and version, and `ways(workload, dtype)`, the names of
its ways for a workload and what makes each ready to run. `prepare(dtype, device)`, where there is one,
comes before all: the device is "cpu" or "gpu".
"""

from collections.abc import Callable, Iterator

from ..timing import Job

Way = tuple[str, Callable[[], Job]]
Ways = Iterator[Way]
