"""Accounts that act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional, Sequence, Union

from . import actions
from ._native import NativeActor
from ._outcome import Outcome
from ._wire import Amount, Gas, ask, to_bytes, to_text
from .actions import Action
from .keys import KeyPair, random_key

if TYPE_CHECKING:
    from ._sandbox import Sandbox

#: A secret key as text, or a key pair.
Key = Union[str, KeyPair]


@dataclass(frozen=True)
class SignedTransaction:
    """A transaction in borsh, and its hash."""

    hash: str
    transaction: bytes


class Account:
    """An account of a sandbox that acts: with a key, or impersonated."""

    def __init__(self, sandbox: Sandbox, native: NativeActor) -> None:
        self._native = native
        about = ask(native, "describe")
        self.sandbox = sandbox
        self.id: str = about["account_id"]
        #: None if it is impersonated.
        self.public_key: Optional[str] = about.get("public_key")
        self.secret_key: Optional[str] = about.get("secret_key")

    def with_key(self, key: Key) -> Account:
        """The same account with another key."""
        return self.sandbox.account(self.id, key=key)

    def add_function_call_key(
        self,
        contract: str,
        *,
        functions: Optional[Sequence[str]] = None,
        any_function: bool = False,
        gas_budget: Optional[Amount] = None,
        key: Optional[KeyPair] = None,
    ) -> Account:
        """Adds a key for one contract, by default a random one, and gives the account that signs with it."""
        key = key or random_key()
        self.execute(
            actions.add_function_call_key(
                key.public_key,
                contract,
                functions=functions,
                any_function=any_function,
                gas_budget=gas_budget,
            )
        )
        return self.with_key(key)

    def execute(self, *todo: Action, receiver: Optional[str] = None) -> Outcome:
        """Executes a transaction, with all its receipts."""
        return Outcome(ask(self._native, "execute", actions=list(todo), receiver=receiver))

    def simulate(self, *todo: Action, receiver: Optional[str] = None) -> Outcome:
        """The outcome of `execute`, without changing anything."""
        return Outcome(ask(self._native, "simulate", actions=list(todo), receiver=receiver))

    def sign(self, *todo: Action, receiver: Optional[str] = None) -> SignedTransaction:
        """Signs a transaction without sending it."""
        signed = ask(self._native, "sign", actions=list(todo), receiver=receiver)
        return SignedTransaction(signed["hash"], to_bytes(signed["transaction"]) or b"")

    def sign_delegate(self, *todo: Action, receiver: Optional[str] = None, blocks: int = 100) -> bytes:
        """A delegate action in borsh, which a relayer can send; it expires after `blocks`."""
        signed = ask(self._native, "sign_delegate", actions=list(todo), receiver=receiver, blocks=blocks)
        return to_bytes(signed) or b""

    def relay(self, signed: bytes) -> Outcome:
        """Sends a delegate action of another account, and pays for it."""
        return Outcome(ask(self._native, "relay", signed=to_text(signed)))

    def call(
        self,
        contract: str,
        method: str,
        args: Any = None,
        *,
        gas: Optional[Gas] = None,
        deposit: Optional[Amount] = None,
    ) -> Outcome:
        """Calls a contract: `args` are bytes, or anything that JSON can write."""
        return self.execute(actions.call(contract, method, args, gas=gas, deposit=deposit))

    def transfer(self, receiver: str, amount: Amount) -> Outcome:
        """Sends NEAR."""
        return self.execute(actions.transfer(amount), receiver=receiver)

    def deploy(self, code: bytes) -> Outcome:
        """Deploys a contract to the account."""
        return self.execute(actions.deploy(code))

    @property
    def balance(self) -> int:
        """In yoctoNEAR."""
        return self.sandbox.balance(self.id)

    @property
    def access_keys(self) -> list[dict[str, Any]]:
        """What each key may sign, and what it may spend."""
        return self.sandbox.access_keys(self.id)

    def __repr__(self) -> str:
        return f"Account({self.id!r}, {self.public_key or 'impersonated'})"
