"""Key pairs. Not for NEAR of value: a secret is an ordinary string in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

from ._wire import ask_tool, to_text


@dataclass(frozen=True)
class KeyPair:
    """A key pair. The secret is not shown when it is printed."""

    public_key: str
    secret_key: str = field(repr=False)


def random_key(curve: str = "ed25519") -> KeyPair:
    """A new key pair of `ed25519`, `secp256k1` or `ml-dsa-65`."""
    return KeyPair(**ask_tool("random_key", curve=curve))


def key_from_secret(secret_key: str) -> KeyPair:
    """The key pair of a secret key, as in `ed25519:…`."""
    return KeyPair(**ask_tool("key_from_secret", secret_key=secret_key))


def key_from_phrase(phrase: str, path: Optional[str] = None) -> KeyPair:
    """The key pair of a seed phrase."""
    return KeyPair(**ask_tool("key_from_phrase", phrase=phrase, path=path))


def known_key(account_id: str) -> KeyPair:
    """The key pair that is derived from an account's name. Anybody can derive it."""
    return KeyPair(**ask_tool("known_key", account_id=account_id))


def contract_powers(wasm: bytes) -> dict[str, Any]:
    """What a contract could do to an account without keys."""
    report: dict[str, Any] = ask_tool("contract_powers", wasm=to_text(wasm))
    return report
