#!/usr/bin/env bash
# The whole test: format, lints (in each combination of features), tests with the shaders on a real adapter, doc-tests,
# docs, on a clean checkout.
# Where there is no adapter at all, it installs software Vulkan (lavapipe) on Debian and Ubuntu, and says what to
# install elsewhere.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf '\n== %s (after %d s)\n' "$1" "$SECONDS"; }

# Vulkan drivers complain on standard error without it.
if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
    XDG_RUNTIME_DIR=$(mktemp -d)
    export XDG_RUNTIME_DIR
    trap 'rm -rf "$XDG_RUNTIME_DIR"' EXIT
fi

say "format"
cargo fmt --check

say "an adapter for the shaders"
has_adapter() { cargo run --quiet --bin plusminus -- devices --format json | grep -q '"probe":{'; }
if ! has_adapter; then
    if command -v apt-get >/dev/null; then
        as_root=()
        if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
        echo "there is none; installing software Vulkan: mesa-vulkan-drivers libvulkan1"
        "${as_root[@]}" apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends mesa-vulkan-drivers libvulkan1 >/dev/null
    fi
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
cargo run --quiet --bin plusminus -- devices

say "lints"
cargo clippy --quiet --all-targets -- -D warnings

say "tests and doc-tests"
cargo test

# The default has been linted and tested above; to test the others, too, would double the time.
for features in "" gpu cli; do
    say "the library with ${features:-no feature}"
    cargo clippy --quiet --no-default-features --features "$features" --lib --tests -- -D warnings
done

say "docs"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-deps --lib

say "all passed"
