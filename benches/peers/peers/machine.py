"""What the table was measured on."""

import datetime
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def output(*command: str) -> str:
    """What a command prints, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def processor() -> str:
    """Its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return (names or [output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()])[0]


def kernels() -> str:
    """For which processor NumPy's matrix products are compiled."""
    try:
        import numpy  # noqa: F401
        from threadpoolctl import threadpool_info
    except ImportError:
        return ""
    names = {info.get("architecture", "") for info in threadpool_info()}
    return ", ".join(sorted(name for name in names if name))


def versions() -> str:
    """Of all peers."""
    found = []
    for package in ("numpy", "scipy", "jax", "torch"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return ", ".join([f"Python {platform.python_version()}", *found, output("rustc", "--version")])


def description(threads: int, device: str) -> list[str]:
    """Lines of Markdown."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    commit = output("git", "-C", str(Path(__file__).parent), "rev-parse", "--short", "HEAD")
    return [
        f"- {now}, repository at commit {commit or 'unknown'}",
        f"- {processor()}, {os.cpu_count()} cores, {threads} threads of plusminus; "
        f"{platform.system()} {platform.release()}; load at the end {load}; plusminus on {device}",
        f"- {versions()}; OpenBLAS for {kernels() or 'an unknown processor'}",
    ]
