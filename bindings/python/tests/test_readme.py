"""The examples of README.md run."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example(example, tmp_path, monkeypatch, contracts):
    (tmp_path / "game.wasm").write_bytes(contracts["game"])
    monkeypatch.chdir(tmp_path)
    if "def test_" in example:
        (tmp_path / "test_example.py").write_text(example)
        assert pytest.main(["-q", "-p", "no:cacheprovider", str(tmp_path)]) == 0
    else:
        exec(compile(example, "README.md", "exec"), {})


def test_there_are_examples():
    assert len(EXAMPLES) >= 3
