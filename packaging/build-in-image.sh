#!/usr/bin/env bash
# Runs build.sh in an image of PyPA (manylinux, musllinux), which has compilers and Python but no Rust.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
curl --proto '=https' --tlsv1.2 --fail --silent --show-error https://sh.rustup.rs |
    sh -s -- -y --profile minimal --default-toolchain "$version"
export PATH=$HOME/.cargo/bin:/opt/python/cp313-cp313/bin:$PATH
packaging/build.sh "$@"
# The runner's user goes on with the files.
chown --recursive "$(stat --format %u:%g Cargo.toml)" target "$2" bindings/python/python/keyway/_bin
