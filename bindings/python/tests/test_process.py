"""What sandboxes do to the process: memory, threads, Python's lock."""

import os
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from keyway_module import Sandbox

# A run of 10,000 is `KEYWAY_SANDBOXES=10000`.
SANDBOXES = int(os.environ.get("KEYWAY_SANDBOXES", "300"))

MEASURE = """
from keyway import Sandbox

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

def make(count):
    for _ in range(count):
        sandbox = Sandbox(accounts={"alice.near": {"balance": "10 NEAR"}})
        sandbox.account("alice.near").transfer("near", 1)
    return resident()

before = make(COUNT)
print(make(COUNT) - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_sandboxes_leave_no_memory_behind():
    script = MEASURE.replace("COUNT", str(SANDBOXES))
    grown = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert int(grown) < 32 * 1024 * 1024, f"{SANDBOXES} sandboxes left {grown} bytes"


def test_other_threads_go_on(keyway):
    turns, done = 0, threading.Event()

    def work():
        keyway.seal_blocks(2000)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.0005)
    thread.join()
    assert turns > 2


def test_threads_share_a_chain(keyway):
    def pay():
        for _ in range(10):
            keyway.root.transfer("test.near", 1)

    before = keyway.balance("test.near")
    threads = [threading.Thread(target=pay) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keyway.balance("test.near") == before + 40


def test_a_server_serves_the_same_chain(keyway):
    with keyway.listen() as server:
        with urllib.request.urlopen(f"{server.url}/status") as answer:
            assert answer.status == 200
    with pytest.raises(OSError):
        urllib.request.urlopen(f"{server.url}/status")


def test_what_was_closed_says_so():
    sandbox = Sandbox()
    sandbox.close()
    sandbox.close()
    with pytest.raises(sandbox.SandboxError, match="Sandbox.Disposed"):
        sandbox.height
