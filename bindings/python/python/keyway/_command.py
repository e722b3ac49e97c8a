"""The command `keyway`: the binary that is installed with this package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


def binary_path() -> str:
    """The path of the binary `keyway`, as for `NEAR_SANDBOX_BIN_PATH`."""
    path = Path(__file__).parent / "_bin" / ("keyway.exe" if os.name == "nt" else "keyway")
    if not path.exists():
        how = 'install a wheel, or run "python3 scripts/wheel.py --binary" before this package is built'
        raise FileNotFoundError(f"this build of keyway has no binary at {path}: {how}")
    return str(path)


def main() -> None:
    """Runs the binary in place of this process."""
    try:
        path = binary_path()
    except FileNotFoundError as missing:
        sys.exit(f"error: {missing}")
    arguments = [path, *sys.argv[1:]]
    if os.name != "nt":
        os.execv(path, arguments)
    # Windows cannot replace a process. Ctrl-C reaches both, and the binary decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(arguments))
