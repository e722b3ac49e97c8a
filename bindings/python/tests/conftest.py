from pathlib import Path

import pytest
from keyway_module import random_key

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "wasm"


@pytest.fixture(scope="session")
def contracts():
    """The example contracts by name."""
    return {name: (CONTRACTS / f"{name}.wasm").read_bytes() for name in ("drop", "game", "recovery")}


@pytest.fixture
def alice(keyway, contracts):
    """Alice with 10 NEAR and a random key, on a chain with a game."""
    game = keyway.account("game.near", balance="100 NEAR", contract=contracts["game"])
    game.call("game.near", "new", {})

    return keyway.create_account("alice.near", balance="10 NEAR", key=random_key())
