"""Installs the built library as a wheel into a fresh virtual environment, checks its types and runs its tests."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent


def main() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit("this Python cannot make virtual environments: apt-get install python3-venv")
    with tempfile.TemporaryDirectory(prefix="keyway-python-") as directory:
        work = Path(directory)
        run(sys.executable, "-m", "venv", work / "venv")
        python = work / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run(*pip, "--requirement", HERE / "requirements.txt")
        run(python, HERE / "scripts" / "wheel.py", work / "wheels")
        (wheel,) = (work / "wheels").glob("*.whl")
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB", flush=True)
        run(*pip, wheel)
        run(python, "-m", "mypy", "--config-file", HERE / "pyproject.toml", HERE / "python" / "keyway")
        # Elsewhere, so that the installed package is tested.
        run(python, "-m", "pytest", "-p", "no:cacheprovider", HERE / "tests", cwd=work)


def run(*command: "object", cwd: "Path | None" = None) -> None:
    words = [str(word) for word in command]
    print("$", *words, flush=True)
    ended = subprocess.run(words, cwd=cwd, check=False)
    if ended.returncode != 0:
        sys.exit(ended.returncode)


main()
