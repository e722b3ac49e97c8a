"""The examples of README.md and of the documentation run."""

import re
import uuid
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent
PAGES = [HERE / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = [
    pytest.param(example, id=f"{page.relative_to(ROOT)}-{number}")
    for page in PAGES
    for number, example in enumerate(re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL), 1)
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example, tmp_path, monkeypatch, contracts):
    (tmp_path / "game.wasm").write_bytes(contracts["game"])
    monkeypatch.chdir(tmp_path)
    if "def test_" in example:
        # Pytest keeps modules by name, so each has its own.
        (tmp_path / f"test_{uuid.uuid4().hex}.py").write_text(example)
        assert pytest.main(["-q", "-p", "no:cacheprovider", str(tmp_path)]) == 0
    else:
        exec(compile(example, "README.md", "exec"), {})


def test_there_are_examples():
    assert len(EXAMPLES) >= 6
