#!/usr/bin/env bash
# What to run on a device that nobody here has seen, in an hour: what it is, whether it is right, whether it is fast, and what it
# does when it is asked for too much. Everything goes into one folder under benches/results.
#
#   scripts/first-hour.sh                       the first hardware GPU
#   scripts/first-hour.sh --device pci:3b:00.0  another one, by any name that plusminus knows
#   scripts/first-hour.sh --device lavapipe --short      the same in minutes
#
# Where there is no cargo, programs that were built elsewhere do: BIN is the folder of plusminus, plusminus-bench and the examples'
# `ulp`, TESTS are test binaries, and PEERS is the program of benches/peers/rust.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

device=gpu short= out=
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=${2:?--device takes a name}; shift 2 ;;
        --out) out=${2:?--out takes a folder}; shift 2 ;;
        --short) short=1; shift ;;
        -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) echo "error: unknown argument $1; --help explains all" >&2; exit 2 ;;
    esac
done
# full SHORT: the number for an hour, and for minutes.
full() { if [ -n "$short" ]; then echo "$2"; else echo "$1"; fi; }

if [ -z "${BIN:-}" ]; then
    cargo build --release --quiet && cargo build --release --quiet --example ulp || exit 1
    target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release
    BIN=$target
    ulp=$target/examples/ulp
else
    ulp=$BIN/ulp
fi
plusminus=$BIN/plusminus
[ -x "$plusminus" ] || { echo "error: $plusminus is no program; set BIN to the folder that has it" >&2; exit 1; }
"$plusminus" gradient --expr 'x0^2' --at 3 --device "$device" >/dev/null || exit 1

out=${out:-benches/results/$(date +%F)-$(echo "$device" | tr -c 'a-zA-Z0-9\n' -)}
mkdir -p "$out" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
summary=$out/README.md
{
    echo "# First hour of \`$device\`, $(date +%F)"
    echo
    echo "By \`scripts/first-hour.sh${short:+ --short}\` of $("$plusminus" --version); $(uname -srm), $(nproc) cores."
    echo
    echo "| step | result | seconds |"
    echo "|---|---|---|"
} >"$summary"

# step NAME COMMAND …: its output goes into NAME.txt. A step that fails is told, and the others go on.
failed=0
step() {
    local name=$1 result=passed begin=$SECONDS
    shift
    printf '%s … ' "$name" >&2
    if ! "$@" >"$out/$name.txt" 2>&1; then
        result="**failed**: $(tail -n 1 "$out/$name.txt" | cut -c 1-200 | tr '|' '/')"
        failed=$((failed + 1))
    fi
    echo "$result ($((SECONDS - begin)) s)" >&2
    echo "| [$name]($name.txt) | $result | $((SECONDS - begin)) |" >>"$summary"
}
skip() { echo "| $1 | not run: $2 | |" >>"$summary"; }

# Points of Rosenbrock's function, the same everywhere.
points() {
    awk -v count="$1" 'BEGIN {
        s = 1
        for (i = 0; i < count; i++) {
            line = ""
            for (k = 0; k < 10; k++) { s = (s * 69069 + 1) % 4294967296; line = line (k ? "," : "") (4 * s / 4294967296 - 2) }
            print line
        }
    }'
}
points "$(full 65536 4096)" >"$work/points.csv"
# Zeros, as an array that is too large for any device.
zeros() {
    local header
    header=$(printf "{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }" "$1")
    printf '\x93NUMPY\x01\x00\x76\x00%-117s\n' "$header" >"$2" && truncate -s $((128 + 8 * $1)) "$2"
}

rosenbrock() { "$plusminus" gradient --wgsl examples/gradients/rosenbrock.wgsl --points "$work/points.csv" --precision f32 "$@"; }
gradients() {
    echo "== $*"
    local to
    for to in "$device" cpu; do
        rosenbrock --device "$to" "$@" -vv --json 2>"$work/log" | sed 's/.*"seconds":\([0-9.e-]*\).*/\1 s/' | sed "s/^/$to: /" || return 1
        grep -o '[0-9]* submissions, .*' "$work/log"
    done
    return 0
}
three_ways() {
    gradients --difference direct --step relative:2^-8 && gradients --difference direct && gradients
}
# Twenty runs of each must save the same bytes.
equal_bits() {
    local run how=('--difference direct --step relative:2^-8' '--difference direct' '')
    for how in "${how[@]}"; do
        for run in $(seq "$(full 20 5)"); do
            # shellcheck disable=SC2086
            rosenbrock --device "$device" $how --output "$work/$run.npy" >/dev/null || return 1
            sha256sum <"$work/$run.npy"
        done >"$work/sums"
        [ "$(sort -u "$work/sums" | wc -l)" -eq 1 ] || { echo "$how: $(sort "$work/sums" | uniq -c)"; return 1; }
        echo "${how:-increments}: the same bytes in $(wc -l <"$work/sums") runs"
    done
    for run in $(seq "$(full 5 2)"); do
        "$plusminus" run examples/digits.toml --precision f32 --device "$device" --steps 200 --out "$work/digits" >/dev/null 2>&1 || return 1
        sha256sum <"$work/digits/parameters.npz"
    done >"$work/sums"
    [ "$(sort -u "$work/sums" | wc -l)" -eq 1 ] && echo "200 steps of examples/digits.toml: the same bytes"
}
opening() {
    local cache
    for cache in "" "$work/cache" "$work/cache"; do
        echo "PLUSMINUS_CACHE=$cache"
        ( export PLUSMINUS_CACHE=$cache; time "$plusminus" gradient --expr 'exp(x0)*x1' --at 1,2 --device "$device" >/dev/null ) || return 1
    done 2>&1 | grep -E 'CACHE|real'
}
# Long submissions, many of them, and all that an invocation may do; the results must be those of the CPU engine.
stress() {
    local loops='fn objective() -> real { var s = x(0); for (var i = 0u; i < 4000u; i++) { s = 0.999 * s + 0.001 * cos(s + x(1)); } return s; }'
    echo "$loops" >"$work/loops.wgsl"
    cut -d, -f 1,2 "$work/points.csv" | head -n "$(full 16384 256)" >"$work/two.csv"
    local to
    for to in "$device" cpu; do
        "$plusminus" gradient --wgsl "$work/loops.wgsl" --points "$work/two.csv" --difference direct --step relative:2^-6 \
            --precision f32 --device "$to" --output "$work/$to.csv" >/dev/null || return 1
    done
    paste -d, "$work/$device.csv" "$work/cpu.csv" | awk -F, -v half="$(head -n 1 "$work/cpu.csv" | tr ',' '\n' | wc -l)" '
        NR > 1 { for (i = 1; i <= half; i++) { d = $i - $(i + half); if (d < 0) d = -d; if (d > most) most = d } }
        END { print "largest difference from the CPU engine: " most; exit !(most < 2e-3) }'
}
out_of_memory() {
    # In f32 more than the largest binding that is ever made, 2 GiB; the host takes 6 GiB for it.
    zeros "$(full $(((1 << 29) + 1024)) $((1 << 26)))" "$work/huge.npy"
    echo 'fn objective() -> real { return x(0) * data(0); }' >"$work/data.wgsl"
    "$plusminus" gradient --wgsl "$work/data.wgsl" --data "$work/huge.npy" --at 1 --device "$device" --precision f32
    local code=$?
    echo "exit code $code"
    [ $code -eq 1 ] || [ $code -eq 2 ] || return 1
    "$plusminus" gradient --expr 'x0^2' --at 3 --device "$device" || return 1
    echo "an error, and the device goes on"
}
tests() {
    if [ -n "${TESTS:-}" ]; then
        for binary in $TESTS; do "$binary" || return 1; done
    else
        cargo test --lib -- backend::gpu && { [ -n "$short" ] || cargo test --test suite; }
    fi
}

step devices "$plusminus" devices
"$plusminus" devices --json >"$out/devices.json" 2>/dev/null
step opening opening
step equal-bits equal_bits
step rosenbrock three_ways
step bench "$BIN/plusminus-bench" --device "$device" --bars off $(full "" --quick)
step bench-with-bars "$BIN/plusminus-bench" --device "$device" --difference incremental $(full "" --quick)
# What takes the CPU longer than two seconds tells no more.
step bench-cpu "$BIN/plusminus-bench" --device cpu --bars off --longest 2 $(full "" --quick)
step kernels "$plusminus" run examples/mnist.toml --device "$device" --precision f32 --out "$work/mnist" --steps "$(full 3000 50)" -vvv
step mnist "$plusminus" run examples/mnist.toml --device "$device" --precision f32 --out "$work/mnist" --steps "$(full 10000 200)"
# The whole benchmark once more, beside JAX, PyTorch and echidna on the same device.
if python3 -c 'import jax; jax.devices("gpu")' 2>/dev/null || python3 -c 'import torch; torch.cuda.current_device()' 2>/dev/null; then
    step peers benches/peers/run.sh --device "$device" --python "$(command -v python3)" --bench "$BIN/plusminus-bench" \
        ${PEERS:+--rust "$PEERS"} --longest "$(full 20 2)" $(full "" --quick)
else
    skip peers "python3 has neither jax nor torch with a GPU"
fi
step stress stress
step out-of-memory out_of_memory
# What takes longest, last.
if [ -x "$ulp" ]; then step ulp "$ulp" "$device" "$(full 5000 500)"; else skip ulp "no program $ulp"; fi
if [ -n "${TESTS:-}" ] || command -v cargo >/dev/null; then step tests tests; else skip tests "no cargo, and TESTS is not set"; fi
echo "wrote $out" >&2
[ $failed -eq 0 ] || { echo "error: $failed steps failed; see $summary" >&2; exit 1; }
