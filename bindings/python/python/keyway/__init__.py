"""A NEAR chain in your test's process, and analyses of access keys."""

from . import actions, changes
from ._account import Account, SignedTransaction
from ._command import binary_path
from ._errors import (
    ArgumentError,
    Failed,
    KeywayError,
    QueryError,
    Refused,
    SandboxError,
    SigningError,
)
from ._native import NativeSnapshot as Snapshot
from ._outcome import Execution, Outcome
from ._sandbox import Sandbox
from ._server import Server
from .keys import KeyPair, contract_powers, key_from_phrase, key_from_secret, known_key, random_key

__all__ = [
    "Account",
    "ArgumentError",
    "Execution",
    "Failed",
    "KeyPair",
    "KeywayError",
    "Outcome",
    "QueryError",
    "Refused",
    "Sandbox",
    "SandboxError",
    "Server",
    "SignedTransaction",
    "SigningError",
    "Snapshot",
    "actions",
    "binary_path",
    "changes",
    "contract_powers",
    "key_from_phrase",
    "key_from_secret",
    "known_key",
    "random_key",
]
