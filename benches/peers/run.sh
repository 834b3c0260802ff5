#!/usr/bin/env bash
# Measures other libraries on the inputs of plusminus-bench, and prints one table of all. README.md explains the rows.
#
#   benches/peers/run.sh                      everything, which takes about an hour on two cores
#   benches/peers/run.sh --quick              small workloads, short descents: some minutes
#   benches/peers/run.sh --bench PATH         with a plusminus-bench that is built already
#   benches/peers/run.sh --out FILE           the table into a file, too
#   benches/peers/run.sh --workload W4        only this group of workloads, W1 to W7; repeat it for more
#   benches/peers/run.sh --longest SECONDS    what takes longer is measured in part and scaled (60, quick 5)
#   benches/peers/run.sh --way automatic      only peers' ways with this in their name; repeat it for more
#   benches/peers/run.sh --device gpu         plusminus on this device, JAX, PyTorch and echidna on a GPU; no others
#   benches/peers/run.sh --python PATH        with this Python, which has the packages; none are installed
#   benches/peers/run.sh --rust PATH          with the program of rust/, built already
#   benches/peers/run.sh --torch              with PyTorch, whose package on Linux has gigabytes of CUDA
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

fail() { echo "error: $*" >&2; exit 1; }
say() { echo "== $*" >&2; }

bench='' torch='' out='' python='' rust='' device=cpu more=()
while [ $# -gt 0 ]; do
    case $1 in
        --quick) more+=("$1"); shift ;;
        --torch) torch=1; shift ;;
        --bench) bench=${2:?--bench takes a path}; shift 2 ;;
        --out) out=${2:?--out takes a file}; shift 2 ;;
        --python) python=${2:?--python takes a path}; shift 2 ;;
        --rust) rust=${2:?--rust takes a path}; shift 2 ;;
        --device) device=${2:?--device takes a name}; shift 2 ;;
        --workload | --longest | --way) more+=("$1" "${2:?$1 takes a value}"); shift 2 ;;
        -h | --help) sed -n '2,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
        *) fail "unknown argument $1; --help lists all" ;;
    esac
done

# In whose folder paths were given.
absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac; }
[ -z "$out" ] || more+=(--out "$(absolute "$out")")

# Where cargo puts what it builds in a folder.
target() { cargo metadata --no-deps --format-version 1 --manifest-path "$1/Cargo.toml" | sed 's/.*"target_directory":"\([^"]*\)".*/\1/'; }

if [ -z "$python" ]; then
    say "Python packages"
    python=$here/.venv/bin/python
    [ -x "$python" ] || python3 -m venv "$here/.venv" || fail "no virtual environment: is python3 with venv (3.11 or later) there?"
    "$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt" ||
        fail "the packages of requirements.txt cannot be installed"
    if [ -n "$torch" ]; then
        "$python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements-torch.txt" ||
            echo "PyTorch cannot be installed: the table goes without it" >&2
    fi
fi

if [ -z "$rust" ]; then
    say "Rust peers"
    features=()
    [ "$device" = cpu ] || features=(--features gpu)
    if cargo build --release --quiet --locked --manifest-path "$here/rust/Cargo.toml" ${features[@]+"${features[@]}"}; then
        rust=$(target "$here/rust")/release/plusminus-peers
    else
        echo "the Rust peers cannot be built: the table goes without them" >&2
    fi
fi
[ -z "$rust" ] || more+=(--rust "$(absolute "$rust")")
more+=(--device "$device")

if [ -z "$bench" ]; then
    say "plusminus-bench"
    cargo build --release --quiet --manifest-path "$root/Cargo.toml" --bin plusminus-bench ||
        fail "plusminus-bench cannot be built"
    bench=$(target "$root")/release/plusminus-bench
fi
bench=$(absolute "$bench")
[ -x "$bench" ] || fail "$bench is no program; --bench names a built plusminus-bench"

say "measuring; nothing else should be at work"
# These hold OpenBLAS to the kernels of another processor, where they are set. Peers have all cores, as plusminus has.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OMP_NUM_THREADS OPENBLAS_NUM_THREADS RAYON_NUM_THREADS XLA_FLAGS JAX_PLATFORMS
cd "$here"
exec "$python" -m peers.everything --bench "$bench" ${more[@]+"${more[@]}"}
