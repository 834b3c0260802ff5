#!/usr/bin/env bash
# The whole test: format, tests with the shaders on a real adapter, doc-tests, and beside them lints, the library in each
# combination of features, docs, on a clean checkout.
# Where there is no adapter at all, it installs software Vulkan (lavapipe) on Debian and Ubuntu, and says what to
# install elsewhere; so it does with spirv-val. A second software driver, SwiftShader, is taken from Debian's Chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '\n== %s (after %d s)\n' "$1" "$SECONDS"; }

work=$(mktemp -d)
beside=
trap 'if [ -n "$beside" ]; then kill "$beside" 2>/dev/null || true; fi; rm -rf "$work"' EXIT
# Vulkan drivers complain on standard error without it.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    mkdir -m 700 "$work/runtime"
    export XDG_RUNTIME_DIR=$work/runtime
fi

say "format"
cargo fmt --check

# Built once, which without incremental compilation takes a sixth less time.
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"
# Nobody reads backtraces here: a test says where it failed without.
export CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-false}"
# `cargo run` would build much of it anew, with fewer features of dependencies. Unit tests are few and small: they build fastest
# without optimisation. Examples are programs that nothing here runs: the lints compile them.
plain=(--config profile.dev.package.plusminus.opt-level=0)
target=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

# Packages of Debian and Ubuntu; elsewhere nothing.
has_apt() { command -v apt-get >/dev/null; }
install_packages() {
    has_apt || return 0
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
    echo "installing $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Ranks are tested where there is Open MPI with its headers, which libclang reads.
say "MPI"
has_mpi() {
    command -v mpirun >/dev/null && command -v mpicc >/dev/null && mpirun --version | grep "Open MPI" &&
        { [ -n "${LIBCLANG_PATH:-}" ] || ldconfig -p | grep -q libclang || compgen -G '/usr/lib/llvm-*/lib/libclang*.so*' >/dev/null; }
}
features=()
if has_mpi || { install_packages libopenmpi-dev openmpi-bin libclang-dev && has_mpi; }; then
    features=(--features mpi)
else
    echo "not tested: install Open MPI with its headers, and libclang (Debian, Ubuntu: apt-get install libopenmpi-dev openmpi-bin libclang-dev)"
fi

# What needs no tests to be built, beside the tests, and in a folder of its own: else one would wait for the other. While they are
# built, a processor is often idle. It gives way to them.
checks() {
    export CARGO_TARGET_DIR=$target/checks
    say "lints"
    cargo clippy --quiet --all-targets "${features[@]}" -- -D warnings
    # The default, with MPI where it is there, is what the tests are built with. Without any feature the tests are compiled, too.
    # What counts as a failure are warnings of code that a combination does not use.
    say "the library with no feature"
    without_warnings cargo check --quiet --no-default-features --tests
    for features in gpu,argmin cli; do
        say "the library with $features"
        without_warnings cargo check --quiet --no-default-features --features "$features"
    done
    say "docs"
    RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --lib
    say "checks passed"
}
without_warnings() { "$@" 2>&1 | tee "$work/messages" && ! grep '^warning' "$work/messages"; }
( renice -n 10 -p "$BASHPID" >/dev/null 2>&1 || true; checks ) >"$work/checks" 2>&1 &
beside=$!

say "build"
cargo test --no-run --test '*' "${features[@]}"
cargo test --no-run --lib "${features[@]}" "${plain[@]}"
plusminus=$target/debug/plusminus

say "an adapter for the shaders, and a validator"
has_adapter() { "$plusminus" devices --format json | grep -q '"probe":{'; }
if ! has_adapter; then
    install_packages mesa-vulkan-drivers libvulkan1
    if ! has_adapter; then
        cat >&2 <<'MESSAGE'
error: the shaders cannot be tested, since no adapter was found. Install a GPU driver with Vulkan, or software Vulkan:
  Debian, Ubuntu   apt-get install mesa-vulkan-drivers libvulkan1
  Fedora           dnf install mesa-vulkan-drivers vulkan-loader
  Arch             pacman -S vulkan-swrast vulkan-icd-loader
macOS has Metal and Windows DirectX 12, which need nothing.
MESSAGE
        exit 1
    fi
fi
"$plusminus" devices
command -v spirv-val >/dev/null || install_packages spirv-tools
command -v spirv-val >/dev/null || { echo "error: spirv-val is missing; it comes with spirv-tools" >&2; exit 1; }

# What one driver forgives, another does not. Compilers take it a minute and more for slopes: those are left out, and so are
# tests of the tests, which break kernels on purpose.
say "the shaders on a second driver, SwiftShader"
swiftshader=${SWIFTSHADER_ICD:-$target/swiftshader/vk_swiftshader_icd.json}
if [ ! -f "$swiftshader" ] && has_apt; then
    mkdir -p "$target/swiftshader"
    (
        cd "$target/swiftshader"
        # Lists of packages may be missing or old.
        apt-get download -qq chromium-common 2>/dev/null ||
            { install_packages >/dev/null && apt-get download -qq chromium-common; } &&
            dpkg-deb --fsys-tarfile chromium-common_*.deb | tar -x --strip-components=4 --wildcards '*swiftshader*' &&
            rm chromium-common_*.deb
    ) || true
fi
if [ -f "$swiftshader" ]; then
    on_swiftshader() { VK_DRIVER_FILES=$swiftshader VK_ICD_FILENAMES=$swiftshader "$@"; }
    on_swiftshader "$plusminus" devices | grep SwiftShader
    on_swiftshader cargo test --lib "${features[@]}" "${plain[@]}" -- backend::gpu --skip translations --skip slopes --skip broken
else
    echo "not tested: put the path of vk_swiftshader_icd.json, which Chromium and Chrome have beside them, into SWIFTSHADER_ICD"
fi

# Software drivers spend most of the tests compiling shaders: less optimised and for narrower vectors, which takes them half the time.
export GALLIVM_PERF="${GALLIVM_PERF:-nopt}" LP_NATIVE_VECTOR_WIDTH="${LP_NATIVE_VECTOR_WIDTH:-128}"
say "tests and doc-tests"
cargo test --lib "${features[@]}" "${plain[@]}"
cargo test --test '*' "${features[@]}"
cargo test --doc "${features[@]}"

say "lints, features and docs, which ran beside all this"
passed=0
wait "$beside" || passed=$?
beside=
cat "$work/checks"
if [ "$passed" -ne 0 ]; then exit "$passed"; fi

say "all passed"
