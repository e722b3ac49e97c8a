"""Makes a wheel of the library that `cargo build --release --workspace` built, without compiling it again:
`python3 scripts/wheel.py DIRECTORY`. For releases, maturin makes wheels; this one is for tests."""

import base64
import hashlib
import os
import re
import sys
import sysconfig
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
LIBRARIES = {"win32": ("keyway_native.dll", "_native.pyd"), "darwin": ("libkeyway_native.dylib", "_native.abi3.so")}
ELSEWHERE = ("libkeyway_native.so", "_native.abi3.so")


def main(directory: str) -> None:
    built, name = LIBRARIES.get(sys.platform, ELSEWHERE)
    library = TARGET / "release" / built
    if not library.exists():
        sys.exit(f'no library at {library}: run "cargo build --release --workspace" first')
    project = (HERE / "pyproject.toml").read_text()
    version = setting(project, "version")
    tag = "cp39-abi3-" + re.sub(r"[-.]", "_", sysconfig.get_platform())
    info = f"keyway-{version}.dist-info"
    files = {f"keyway/{path.name}": path.read_bytes() for path in sorted((HERE / "python/keyway").glob("*.py*"))}
    files["keyway/py.typed"] = b""
    files[f"keyway/{name}"] = library.read_bytes()
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: keyway\nVersion: {version}\nRequires-Python: >=3.9\n"
        f"Description-Content-Type: text/markdown\n\n{(HERE / 'README.md').read_text()}"
    ).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: keyway\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    files[f"{info}/entry_points.txt"] = b"[pytest11]\nkeyway = keyway.pytest_plugin\n"
    wheel = Path(directory) / f"keyway-{version}-{tag}.whl"
    wheel.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
        archive.writestr(f"{info}/RECORD", record(files, info))
    print(wheel)


def setting(project: str, name: str) -> str:
    found = re.search(rf'^{name} = "(.*)"$', project, re.MULTILINE)
    if found is None:
        sys.exit(f"pyproject.toml has no {name}")
    return found.group(1)


def record(files: "dict[str, bytes]", info: str) -> str:
    lines = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(content)}")
    return "\n".join([*lines, f"{info}/RECORD,,", ""])


main(sys.argv[1])
