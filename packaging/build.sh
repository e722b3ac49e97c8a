#!/usr/bin/env bash
# Builds everything that a release has for the system that it runs on: packaging/build.sh TARGET DIRECTORY
# DIRECTORY gets the archive and the wheel. The library for Node.js and its launcher stay in target/release, from which
# bindings/node/scripts/build.mjs takes them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
target=$1
out=$2

# Alpine's compiler links a C library into programs by default, which a library for Node.js or Python cannot have.
if [[ $target == *-musl ]]; then
    export RUSTFLAGS="-C target-feature=-crt-static -C link-arg=-static-libgcc"
fi
host=$(rustc -vV | sed -n 's/^host: //p')
if [[ $host != "$target" ]]; then
    echo "this system builds for $host, not for $target" >&2
    exit 1
fi
# Kernels for this processor differ in the size of a page; a program for large pages runs on all of them.
[[ $target == aarch64-*-linux-* ]] && export JEMALLOC_SYS_WITH_LG_PAGE=16
cargo build --release --locked --config packaging/dist.toml --package keyway-cli --package keyway-launcher \
    --package keyway-node-binding --package keyway-python-binding
python3 packaging/archive.py "$target" "$out"
python3 -m pip install --quiet --requirement bindings/python/requirements-build.txt
python3 bindings/python/scripts/wheel.py "$out"
