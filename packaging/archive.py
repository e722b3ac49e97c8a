#!/usr/bin/env python3
"""Packs what `cargo build --release` built as the archive of a release: `archive.py TARGET DIRECTORY`.

The binary, completions, manual pages, licences. The same files give the same bytes.
"""

import gzip
import io
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPLETIONS = {
    "bash": "keyway.bash",
    "elvish": "keyway.elv",
    "fish": "keyway.fish",
    "powershell": "_keyway.ps1",
    "zsh": "_keyway",
}
PAPERS = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"]
#: 2020-01-01, for every file.
SECONDS = 1_577_836_800


def main(target: str, directory: str) -> None:
    built = Path(ROOT, "target", "release")
    windows = "windows" in target
    ending = ".exe" if windows else ""
    binaries = [f"keyway{ending}", f"near-keyway{ending}"]
    files = {name: (built / name).read_bytes() for name in binaries}
    files.update({name: (ROOT / name).read_bytes() for name in PAPERS})
    files.update(written_by(built / binaries[0]))
    name = f"keyway-{version()}-{target}"
    pack = zipped if windows else tarred
    path = Path(directory, name + (".zip" if windows else ".tar.gz"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pack(name, files, set(binaries)))
    print(path)


def version() -> str:
    found = re.search(r'^version = "(.*)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    if found is None:
        sys.exit("Cargo.toml has no version")
    return found.group(1)


def written_by(binary: Path) -> "dict[str, bytes]":
    files = {}
    for shell, name in COMPLETIONS.items():
        files[f"completions/{name}"] = subprocess.run([binary, "completions", shell], check=True, stdout=subprocess.PIPE).stdout
    with tempfile.TemporaryDirectory() as pages:
        subprocess.run([binary, "--quiet", "man", pages], check=True)
        files.update({f"man/man1/{page.name}": page.read_bytes() for page in Path(pages).iterdir()})
    return files


def tarred(folder: str, files: "dict[str, bytes]", binaries: "set[str]") -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=SECONDS) as unpacked, tarfile.open(fileobj=unpacked, mode="w") as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime = len(files[name]), SECONDS
            entry.mode = 0o755 if name in binaries else 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    return packed.getvalue()


def zipped(folder: str, files: "dict[str, bytes]", binaries: "set[str]") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", (2020, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name in binaries else 0o644) << 16
            archive.writestr(entry, files[name])
    return packed.getvalue()


if len(sys.argv) != 3:
    sys.exit("usage: archive.py TARGET DIRECTORY")
main(*sys.argv[1:])
