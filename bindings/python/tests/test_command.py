"""The command `keyway`: the binary that the wheel carries."""

import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

import pytest
from keyway_module import binary_path

COMMAND = Path(sysconfig.get_path("scripts")) / "keyway"


def test_the_command_is_the_binary_of_the_same_version():
    for command in (COMMAND, binary_path()):
        said = subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout
        assert said.split()[:2] == ["keyway", version("keyway")]


def test_an_exit_code_is_that_of_the_binary():
    assert subprocess.run([COMMAND, "no-such-command"], capture_output=True).returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_command_becomes_the_binary():
    node = subprocess.Popen([COMMAND, "run", "--rpc-addr", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert node.stderr is not None
        assert b"http://127.0.0.1:" in node.stderr.readline()
        node.terminate()
        assert node.wait(timeout=60) == 0
    finally:
        node.kill()
        node.wait()
