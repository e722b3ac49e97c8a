#!/usr/bin/env python3
"""Makes a wheel of what `cargo build --release --workspace` built: `python3 scripts/wheel.py DIRECTORY`.

Maturin makes it as in a release, but for one thing: what stands in for Cargo does not compile, it names the library that
is there. Maturin would compile this package alone, with other features of the contract VM than in the workspace, and
that takes minutes. `--binary` only puts the binary where maturin finds it; a release does that, and then calls maturin.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target")) / "release"
STAND_IN = "KEYWAY_STANDS_IN_FOR_CARGO"
LIBRARIES = {"win32": "keyway_native.dll", "darwin": "libkeyway_native.dylib"}


def main(words: "list[str]") -> None:
    if STAND_IN in os.environ:
        stand_in(words)
    elif words[:1] == ["--binary"] and len(words) <= 2:
        put_binary(Path(words[1]) if len(words) == 2 else BUILT)
    elif len(words) == 1:
        put_binary(BUILT)
        make_wheel(Path(words[0]).absolute())
    else:
        sys.exit("usage: wheel.py DIRECTORY | --binary [DIRECTORY OF THE BINARY]")


def put_binary(built: Path) -> None:
    name = "keyway.exe" if os.name == "nt" else "keyway"
    folder = HERE / "python" / "keyway" / "_bin"
    folder.mkdir(exist_ok=True)
    shutil.copy2(existing(built / name), folder / name)


def make_wheel(directory: Path) -> None:
    # This file is executable, so it can be called as Cargo is; but not on Windows, where Cargo compiles again.
    stands_in = {} if os.name == "nt" else {"CARGO": __file__, STAND_IN: "1"}
    env = {**os.environ, **stands_in}
    command = [sys.executable, "-m", "maturin", "build", "--release", "--out", str(directory)]
    sys.exit(subprocess.run(command, cwd=HERE, env=env, check=False).returncode)


def stand_in(words: "list[str]") -> None:
    """Answers `cargo rustc` as if the library had just been compiled; the rest is for Cargo itself."""
    env = {name: value for name, value in os.environ.items() if name not in ("CARGO", STAND_IN)}
    if words[:1] == ["metadata"]:
        # Maturin asks about all systems, for which Cargo would download what only others need.
        words = [*words, "--filter-platform", host(env)]
    if words[:1] != ["rustc"]:
        sys.exit(subprocess.run(["cargo", *words], env=env, check=False).returncode)
    metadata = ["cargo", "metadata", "--format-version=1", "--no-deps", "--offline"]
    found = json.loads(subprocess.run(metadata, cwd=HERE, env=env, check=True, stdout=subprocess.PIPE).stdout)
    (package,) = (each for each in found["packages"] if each["name"] == "keyway-python-binding")
    (target,) = (each for each in package["targets"] if "cdylib" in each["crate_types"])
    profile = {"opt_level": "3", "debug_assertions": False, "overflow_checks": True, "test": False}
    artifact = {
        "reason": "compiler-artifact",
        "package_id": package["id"],
        "manifest_path": package["manifest_path"],
        "target": target,
        "profile": profile,
        "features": [],
        "filenames": [str(existing(BUILT / LIBRARIES.get(sys.platform, "libkeyway_native.so")))],
        "executable": None,
        "fresh": True,
    }
    print(json.dumps(artifact))
    print(json.dumps({"reason": "build-finished", "success": True}))


def host(env: "dict[str, str]") -> str:
    told = subprocess.run(["rustc", "-vV"], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return next(line.split()[1] for line in told.splitlines() if line.startswith("host:"))


def existing(path: Path) -> Path:
    if not path.exists():
        sys.exit(f'no {path}: run "cargo build --release --workspace" first')
    return path


main(sys.argv[1:])
