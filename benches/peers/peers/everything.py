"""Measures plusminus and all peers, one process after the other, and prints the table.

    python -m peers.everything --bench PATH --rust PATH

benches/peers/run.sh makes ready what this needs.
"""

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import bench, verify
from .machine import description
from .rows import Row, note, read
from .table import markdown

LIBRARIES = {"numpy": "NumPy", "scipy": "SciPy", "jax": "JAX", "torch": "PyTorch"}
# Those that have GPUs.
ON_GPU = ("jax", "torch")
PRECISIONS = ("f32", "f64")
GROUPS = ("W1", "W2", "W3", "W4", "W5", "W6", "W7")
# A compiler that runs wild ends its process, not the machine: seconds, and a share of the memory.
LONGEST_PROCESS, SHARE = 7200, 0.6


def memory() -> int:
    """Bytes that a process may take."""
    kibibytes = int(Path("/proc/meminfo").read_text().split()[1])
    return int(SHARE * kibibytes) << 10


def limit_memory() -> None:
    """In the child, where the system has it."""
    if Path("/proc/meminfo").exists():
        resource.setrlimit(resource.RLIMIT_DATA, (memory(), memory()))


def process(command: list[str], failed: Row) -> Iterator[Row]:
    """What a process prints; if it fails, what it printed until then and a row that says so."""
    note(" ".join(command))
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST_PROCESS,
            preexec_fn=limit_memory,
        )
    except subprocess.TimeoutExpired as late:
        yield from read((late.stdout or b"").decode().splitlines())
        failed.skipped = f"stopped after {LONGEST_PROCESS} s"
        yield failed
        return
    yield from read(done.stdout.splitlines())
    if done.returncode:
        failed.skipped = f"ended with status {done.returncode}"
        yield failed


def python_peers(args: argparse.Namespace, more: list[str]) -> Iterator[Row]:
    """A process for each library, precision and group: one that fails takes no other with it."""
    on_gpu = args.device != "cpu"
    if on_gpu:
        more = [*more, "--device", "gpu"]
    for way in args.way:
        more = [*more, "--way", way]
    for library, name in LIBRARIES.items():
        if on_gpu and library not in ON_GPU:
            continue
        if importlib.util.find_spec(library) is None:
            yield Row(
                "other",
                "peers that are not here",
                name,
                "not installed",
                "",
                skipped="see README.md",
            )
            continue
        for precision in PRECISIONS:
            for group in args.workload or GROUPS:
                command = [sys.executable, "-m", "peers.run", library, precision, *more]
                failed = Row(group, "failures", name, "process", precision)
                yield from process([*command, "--workload", group], failed)


def rust_peers(args: argparse.Namespace, more: list[str]) -> Iterator[Row]:
    """One process, on inputs in a folder of files."""
    failed = Row("other", "peers that are not here", "Rust crates", "process", "")
    if args.rust is None:
        failed.skipped = "not built"
        yield failed
        return
    quick = ["--quick"] if args.quick else []
    if args.device != "cpu":
        more = [*more, "--gpu"]
    with tempfile.TemporaryDirectory() as folder:
        groups = [word for group in args.workload for word in ("--workload", group)]
        inputs = [sys.executable, "-m", "peers.inputs", folder, *quick, *groups]
        yield from process(inputs, failed)
        if not failed.skipped:
            yield from process([str(args.rust), folder, *more], failed)


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bench", type=Path, required=True)
    parser.add_argument("--rust", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--longest", type=float, metavar="SECONDS")
    parser.add_argument("--workload", action="append", default=[], choices=GROUPS)
    parser.add_argument("--way", action="append", default=[], metavar="TEXT")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    longest = args.longest or (5.0 if args.quick else 60.0)
    more = ["--longest", f"{longest:g}", *(["--quick"] if args.quick else [])]
    groups = [word for group in args.workload for word in ("--workload", group)]
    rows, threads, device = bench.measured(args.bench, args.device, more + groups)
    rows += [*python_peers(args, more), *rust_peers(args, more)]
    try:
        same = verify.compare(args.bench)
    except ValueError as error:
        same = f"**The inputs differ from those of plusminus-bench:** {error}."
    text = markdown(rows, [*description(threads, device), f"- {same}"])
    print(text)
    if args.out:
        args.out.write_text(text)


if __name__ == "__main__":
    main()
