"""All rows as Markdown: a section for each workload, the fastest row of each precision first."""

from itertools import groupby

from .rows import Row

HEAD = (
    "| | way | precision | median | least to most | of | first call | × ours | error |\n"
    "|---|---|---|--:|--:|--:|--:|--:|--:|"
)
OURS = "plusminus"


def time(seconds: float | None) -> str:
    """With three digits."""
    if seconds is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return (
                f"{seconds / size:.3g} {unit}" if seconds < 999 * size else f"{seconds:.0f} {unit}"
            )
    return f"{seconds / 1e-6:.3g} µs"


def times(ratio: float) -> str:
    """With two or three digits."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}" if ratio < 1 else f"{ratio:.3g}"


def fastest(rows: list[Row]) -> dict[str, float]:
    """Our shortest median in each precision."""
    found: dict[str, float] = {}
    for row in rows:
        if row.peer.startswith(OURS) and row.median_seconds is not None:
            found[row.precision] = min(row.median_seconds, found.get(row.precision, float("inf")))
    return found


def line(row: Row, ours: dict[str, float]) -> str:
    """One row."""
    name = f"**{row.peer}**" if row.peer.startswith(OURS) else row.peer
    if row.skipped:
        return f"| {name} | {row.way}: {row.skipped} | {row.precision} | | | | | | |"
    way = f"{row.way} (scaled from {row.scaled_from})" if row.scaled_from else row.way
    if row.kernel_seconds is not None:
        way = f"{way} (its kernels {time(row.kernel_seconds)})"
    ratio = times(row.median_seconds / ours[row.precision]) if row.precision in ours else ""
    error = "" if row.relative_error is None else f"{row.relative_error:.0e}"
    spread = f"{time(row.least_seconds)} to {time(row.most_seconds)}"
    cells = [name, way, row.precision, time(row.median_seconds), spread, str(row.repetitions)]
    return "| " + " | ".join([*cells, time(row.first_seconds), ratio, error]) + " |"


def order(row: Row) -> tuple:
    """By precision, then by time; what has none comes last."""
    return row.precision, row.median_seconds is None, row.median_seconds or 0.0


def markdown(rows: list[Row], lines: list[str]) -> str:
    """The whole text."""
    parts = ["# plusminus beside other libraries", "\n".join(lines)]
    places = {row.workload: place for place, row in reversed(list(enumerate(rows)))}
    rows = sorted(rows, key=lambda row: (row.group, places[row.workload], *order(row)))
    for (group, name), section in groupby(rows, key=lambda row: (row.group, row.workload)):
        section = list(section)
        ours = fastest(section)
        text = [f"## {group}: {name}", "", HEAD, *(line(row, ours) for row in section)]
        parts.append("\n".join(text))
    return "\n\n".join(parts) + "\n"
