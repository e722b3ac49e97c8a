"""What things cost from Python: `python3 bench.py`. Use a binding that was built with optimisation."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable

from keyway import Sandbox

WASM = (Path(__file__).resolve().parents[2] / "contracts" / "wasm" / "game.wasm").read_bytes()
ACCOUNTS = {"alice.near": {"balance": "1000 NEAR"}}


def median(name: str, rounds: int, body: Callable[[], object]) -> None:
    """Prints the median time of `body` in microseconds."""
    for _ in range(rounds // 10):
        body()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    print(f"{name:<44} {sorted(times)[rounds // 2] * 1e6:>10.1f} µs")


def with_game() -> Sandbox:
    sandbox = Sandbox(accounts={**ACCOUNTS, "game.near": {"contract": WASM}})
    sandbox.account("game.near").call("game.near", "new", {})
    return sandbox


def isolated(_: int) -> None:
    with with_game() as sandbox:
        sandbox.account("alice.near").call("game.near", "play", {"heads": True})


def main() -> None:
    sandbox = with_game()
    alice = sandbox.account("alice.near")
    median("new chain and account", 500, lambda: Sandbox(accounts=ACCOUNTS).close())
    median("transfer", 1000, lambda: alice.transfer("near", 1))
    median("call", 1000, lambda: alice.call("game.near", "play", {"heads": True}))
    median("view", 1000, lambda: sandbox.view("game.near", "score_of", {"account_id": "alice.near"}))
    median("snapshot and revert", 1000, lambda: sandbox.revert(sandbox.snapshot()))
    start = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(isolated, range(1000)))
    print(f"{'1,000 isolated tests with a contract call':<44} {time.perf_counter() - start:>10.2f} s")


main()
