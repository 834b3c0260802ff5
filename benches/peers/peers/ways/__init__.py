"""The ways to a gradient, by library.

Each module has `peer()`, the library's name and version, and `ways(workload, dtype)`, the names of
its ways for a workload and what makes each ready to run. `prepare(dtype)`, where there is one,
comes before all.
"""

from collections.abc import Callable, Iterator

from ..timing import Job

Way = tuple[str, Callable[[], Job]]
Ways = Iterator[Way]
