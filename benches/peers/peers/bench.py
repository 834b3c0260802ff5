"""Our own rows: what plusminus-bench prints with --format json."""

import json
import subprocess
from pathlib import Path

from .rows import Row, note

# plusminus-bench writes the function of W4 in four ways, those of W7 in two; peers have one section for all.
HOW = ("an expression", "WGSL", "a formula", "a closure")


def section(name: str) -> tuple[str, str]:
    """The workload without the way in which its function is written, and that way."""
    for how in HOW:
        is_one_of_many = name.startswith("descent") or how == "a formula"
        if is_one_of_many and f", {how}," in name:
            return name.replace(f", {how},", ","), how
    return name, ""


def report(bench: Path, arguments: list[str], device: str = "cpu") -> dict:
    """One run."""
    command = [str(bench), "--device", device, "--format", "json", *arguments]
    note(" ".join(command))
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def rows(report: dict, bars: str) -> list[Row]:
    """As rows of the table; `bars` says whether increments had them."""
    found = []
    for ours in report["rows"]:
        name, how = section(ours["workload"])
        step = f", step {ours['step']}" if ours["step"] else ""
        way = {"incremental": f"increments{bars}", "direct": f"direct differences{step}"}
        way = way.get(ours["difference"], "values")
        found.append(
            Row(
                group=ours["group"],
                workload=name,
                peer=f"plusminus {report['version']}",
                way=f"{way}; {how}" if how else way,
                precision=ours["precision"],
                **{key: ours[key] for key in ("repetitions", "relative_error", "skipped")},
                kernel_seconds=ours.get("device_seconds"),
                **{f"{key}_seconds": ours[f"{key}_seconds"] for key in ("median", "least", "most")},
            )
        )
    return found


def measured(bench: Path, device: str, arguments: list[str]) -> tuple[list[Row], int, str]:
    """All differences without bars, increments once more with them; the number of threads, and the device's name."""
    plain = report(bench, ["--bars", "off", *arguments], device)
    # `auto` is the default, and increments alone have bars.
    barred = report(bench, ["--difference", "incremental", *arguments], device)
    barred["rows"] = [row for row in barred["rows"] if row["difference"]]
    name = plain["rows"][0]["device"] if plain["rows"] else device
    return rows(plain, "") + rows(barred, " with error bars"), plain["threads"], name
