"""A NEAR chain in this process."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Mapping, Optional, Sequence, Union

from . import actions, changes
from ._account import Account, Key
from ._errors import ArgumentError, Failed, QueryError, Refused, SandboxError
from ._native import NativeSandbox, NativeSnapshot
from ._outcome import Outcome
from ._server import Server
from ._time import EPOCH, nanoseconds, span
from ._wire import Amount, Gas, args_of, ask, guarded, number, open_native, to_bytes, to_text
from .actions import Action
from .changes import Change
from .keys import KeyPair


#: The path of a file or directory.
Path = Union[str, "os.PathLike[str]"]


class Sandbox:
    """A NEAR chain in this process. Its methods release Python's lock, so threads can share it."""

    # In a test, the fixture `keyway` hides the module of that name.
    ArgumentError = ArgumentError
    Failed = Failed
    QueryError = QueryError
    Refused = Refused
    SandboxError = SandboxError
    actions = actions
    changes = changes

    def __init__(
        self,
        *,
        accounts: Optional[Mapping[str, Mapping[str, Any]]] = None,
        chain_id: Optional[str] = None,
        protocol_version: Optional[int] = None,
        time: Union[None, datetime, int] = None,
        epoch_length: Optional[int] = None,
        validity_period: Optional[int] = None,
        keep_blocks: Optional[int] = None,
    ) -> None:
        """`accounts` are the arguments of `create_account` by name; `time` is a datetime, or nanoseconds since 1970;
        lengths are in blocks."""
        options = {
            "chain_id": chain_id,
            "protocol_version": protocol_version,
            "time_ns": None if time is None else number(nanoseconds(time)),
            "epoch_length": epoch_length,
            "validity_period": validity_period,
            "keep_blocks": keep_blocks,
        }
        text = json.dumps({name: value for name, value in options.items() if value is not None})
        self._native = guarded(lambda: NativeSandbox(text))
        self._keys: dict[str, str] = {}
        for account_id, settings in (accounts or {}).items():
            self.create_account(account_id, **settings)

    @classmethod
    def load(cls, path: Path) -> Sandbox:
        """Goes on where a dumped chain was."""
        return cls._of(open_native("load", path=os.fspath(path)))

    @classmethod
    def fork(
        cls,
        network: str,
        *,
        block: Optional[str] = None,
        height: Optional[int] = None,
        cache: Optional[Path] = None,
        exact_gas: bool = False,
    ) -> Sandbox:
        """Goes on from a final block of a network, by default the newest: `mainnet`, `testnet`, or URLs of endpoints with
        commas between them. What is needed is read when it is needed, and kept in the directory `cache`; nothing is ever
        sent there. With `exact_gas`, proofs of small contracts are read too, so that the gas of writes is exact there."""
        kept = None if cache is None else os.fspath(cache)
        return cls._of(
            open_native("fork", network=network, block=block, height=height, cache=kept, exact_gas=exact_gas)
        )

    @classmethod
    def fork_file(cls, path: Path, *, online: Optional[str] = None) -> Sandbox:
        """Opens a fork file. What it does not have is read from `online`, if that is given."""
        return cls._of(open_native("fork_file", path=os.fspath(path), online=online))

    @classmethod
    def _of(cls, native: NativeSandbox) -> Sandbox:
        sandbox = cls.__new__(cls)
        sandbox._native = native
        sandbox._keys = {}
        return sandbox

    def create_account(
        self,
        account_id: str,
        *,
        balance: Optional[Amount] = None,
        key: Optional[Key] = None,
        contract: Optional[bytes] = None,
    ) -> Account:
        """A new account: by default with 100 NEAR, and with the key that is derived from its name."""
        secret_key = _secret(key)
        ask(
            self._native,
            "create_account",
            account_id=account_id,
            balance=number(balance),
            secret_key=secret_key,
            contract=to_text(contract),
        )
        if secret_key is not None:
            self._keys[account_id] = secret_key
        return self.account(account_id)

    def account(
        self,
        account_id: str,
        *,
        key: Optional[Key] = None,
        balance: Optional[Amount] = None,
        contract: Optional[bytes] = None,
    ) -> Account:
        """An account. With a balance or a contract, it is created. It signs with `key`, or else with the key that it was
        created with."""
        if balance is not None or contract is not None:
            return self.create_account(account_id, balance=balance, key=key, contract=contract)
        secret_key = _secret(key) or self._keys.get(account_id)
        return Account(self, guarded(lambda: self._native.account(account_id, secret_key)))

    def impersonate(self, account_id: str) -> Account:
        """An account that acts without a key."""
        return Account(self, guarded(lambda: self._native.impersonate(account_id)))

    @property
    def root(self) -> Account:
        """The account `near`, which has a billion NEAR."""
        return self.account("near")

    @property
    def chain_id(self) -> str:
        """`sandbox`, or what it was given; of a fork, the network's."""
        chain_id: str = ask(self._native, "head")["chain_id"]
        return chain_id

    @property
    def height(self) -> int:
        """The height of the newest block."""
        height: int = ask(self._native, "head")["height"]
        return height

    @property
    def now(self) -> datetime:
        """The time of the newest block, to the microsecond."""
        return EPOCH + timedelta(microseconds=ask(self._native, "head")["time_ns"] // 1000)

    def account_exists(self, account_id: str) -> bool:
        """Whether there is such an account."""
        try:
            self.account_info(account_id)
        except QueryError:
            return False
        return True

    def balance(self, account_id: str) -> int:
        """In yoctoNEAR."""
        total: int = self.account_info(account_id)["total"]
        return total

    def account_info(self, account_id: str) -> dict[str, Any]:
        """Balances in yoctoNEAR, storage and contract."""
        return self._ask("account_info", account_id=account_id)

    def access_key(self, account_id: str, public_key: str) -> dict[str, Any]:
        """What a key may sign, and what it may spend."""
        return self._ask("access_key", account_id=account_id, public_key=public_key)

    def access_keys(self, account_id: str) -> list[dict[str, Any]]:
        """All keys of an account."""
        keys: list[dict[str, Any]] = ask(self._native, "access_keys", account_id=account_id)
        return keys

    def gas_key_nonces(self, account_id: str, public_key: str) -> list[int]:
        """The nonces of a gas key."""
        nonces: list[int] = ask(self._native, "gas_key_nonces", account_id=account_id, public_key=public_key)
        return nonces

    def view(self, contract: str, method: str, args: Any = None) -> Any:
        """Calls a view function; the returned value, parsed as JSON."""
        value = self.view_bytes(contract, method, args)
        return json.loads(value) if value else None

    def view_bytes(self, contract: str, method: str, args: Any = None) -> bytes:
        """Calls a view function; the returned bytes."""
        answer = ask(self._native, "view", contract=contract, method=method, **args_of(args))
        return to_bytes(answer["value"]) or b""

    def contract_state(self, account_id: str, prefix: bytes = b"") -> list[tuple[bytes, bytes]]:
        """Keys and values of a contract's data."""
        rows = ask(self._native, "contract_state", account_id=account_id, prefix=to_text(prefix))
        return [(to_bytes(key) or b"", to_bytes(value) or b"") for key, value in rows]

    def outcome(self, hash: str) -> Optional[Outcome]:
        """The outcome of a transaction; none if this chain does not have it."""
        answer = ask(self._native, "outcome", hash=hash)
        return None if answer is None else Outcome(answer)

    def outcome_text(self, hash: str) -> Optional[str]:
        """The outcome for people; none if this chain does not have the transaction."""
        text: Optional[str] = ask(self._native, "outcome_text", hash=hash)
        return text

    def patch(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Writes records of a genesis into the state, without applying any rules."""
        ask(self._native, "patch", records=json.dumps(list(records)))

    def set_balance(self, account_id: str, balance: Amount) -> None:
        """Sets a balance."""
        ask(self._native, "set_balance", account_id=account_id, balance=number(balance))

    def set_time(self, time: Union[datetime, int]) -> None:
        """Seals a block at a later time: a datetime, or nanoseconds since 1970."""
        ask(self._native, "set_time", time_ns=number(nanoseconds(time)))

    def advance(self, by: timedelta) -> None:
        """Moves the time ahead, and seals a block then."""
        ask(self._native, "advance", nanoseconds=number(span(by)))

    def freeze_time(self) -> None:
        """Lets time stand still."""
        ask(self._native, "freeze_time")

    def step_time(self, step: timedelta) -> None:
        """Gives each block the time of the one before, plus this."""
        ask(self._native, "step_time", nanoseconds=number(span(step)))

    def free_time(self) -> None:
        """Lets time pass as it did at first."""
        ask(self._native, "free_time")

    def mine(self, blocks: int, *, interval: timedelta = timedelta(seconds=1)) -> None:
        """Makes blocks pass, with this time between them."""
        ask(self._native, "mine", blocks=blocks, interval_ns=number(span(interval)))

    def delete_account(self, account_id: str) -> None:
        """Deletes an account with all that it has, without applying any rules."""
        ask(self._native, "delete_account", account_id=account_id)

    def delete_access_key(self, account_id: str, public_key: str) -> None:
        """Deletes a key, without applying any rules."""
        ask(self._native, "delete_access_key", account_id=account_id, public_key=public_key)

    def delete_data(self, account_id: str, key: bytes) -> None:
        """Deletes an entry of a contract's data."""
        ask(self._native, "delete_data", account_id=account_id, key=to_text(key))

    def delete_contract(self, account_id: str) -> None:
        """Deletes a contract; its data stays."""
        ask(self._native, "delete_contract", account_id=account_id)

    def seal_blocks(self, count: int = 1) -> None:
        """Seals blocks, in which pending receipts run."""
        ask(self._native, "seal_blocks", count=count)

    def fast_forward(self, blocks: int) -> None:
        """Makes blocks pass; not all of them are sealed."""
        ask(self._native, "fast_forward", blocks=blocks)

    def snapshot(self) -> NativeSnapshot:
        """The chain as it is now."""
        return guarded(self._native.snapshot)

    def revert(self, snapshot: NativeSnapshot) -> None:
        """Goes back to a snapshot: state, blocks and time."""
        guarded(lambda: self._native.revert(snapshot))

    def clone(self) -> Sandbox:
        """A copy of the chain, with a future of its own."""
        copy = self._of(guarded(self._native.clone))
        copy._keys = dict(self._keys)
        return copy

    def snapshot_named(self, name: str, *, note: str = "") -> None:
        """Saves the chain under a name that clients see too (`keyway_snapshot_*`). A note has at most 1,024 bytes."""
        ask(self._native, "snapshot_named", name=name, note=note)

    def snapshots(self) -> list[dict[str, Any]]:
        """The named snapshots, in the order in which they were saved."""
        snapshots: list[dict[str, Any]] = ask(self._native, "snapshots")
        return snapshots

    def revert_named(self, name: str) -> None:
        """Goes back to a named snapshot. All named snapshots stay."""
        ask(self._native, "revert_named", name=name)

    def delete_snapshot(self, name: str) -> None:
        """Deletes a named snapshot."""
        ask(self._native, "delete_snapshot", name=name)

    def reset(self) -> None:
        """Goes back to the first block, and deletes all named snapshots."""
        ask(self._native, "reset")

    def dump(self, path: Path) -> None:
        """Writes the chain into a file, for `Sandbox.load` and `keyway run --load`."""
        ask(self._native, "dump", path=os.fspath(path))

    def trace(self, hash: str) -> dict[str, Any]:
        """Everything that a transaction did, as `keyway tx trace --json` prints it."""
        trace: dict[str, Any] = json.loads(ask(self._native, "trace", hash=hash))
        return trace

    def why(self, hash: str) -> str:
        """Why a transaction ended as it did, for people."""
        text: str = ask(self._native, "why", hash=hash)
        return text

    def what_if(self, hash: str, *changes: Change) -> dict[str, Any]:
        """What a past transaction would have done if something had been different: the traces `before` and `after`, and
        the `differences`. Nothing on the chain changes."""
        tried: dict[str, Any] = json.loads(ask(self._native, "what_if", hash=hash, changes=list(changes)))
        return tried

    def key_history(
        self, account_id: str, *, public_key: Optional[str] = None, from_height: Optional[int] = None
    ) -> dict[str, Any]:
        """What happened to an account's keys, or to one of them: `events`, oldest first, from the oldest block that is
        kept or from a height, and `next_height` if there are more."""
        request = {"account_id": account_id, "public_key": public_key, "from_height": from_height}
        history: dict[str, Any] = json.loads(ask(self._native, "key_history", **request))
        return history

    def forked_from(self) -> Optional[dict[str, Any]]:
        """What the chain is a fork of, and how much it has read; none if it is no fork."""
        fork: Optional[dict[str, Any]] = ask(self._native, "forked_from")
        return fork

    def freeze(self, path: Path) -> None:
        """Writes what a fork has read into a fork file, for `Sandbox.fork_file`."""
        ask(self._native, "freeze", path=os.fspath(path))

    def listen(self, *, live: bool = True) -> Server:
        """Serves the chain on a free port of this machine. If `live`, time passes and blocks are sealed."""
        return Server(guarded(lambda: self._native.listen(live)))

    def rpc(self, method: str, params: Any = None) -> dict[str, Any]:
        """Answers a JSON-RPC request with the whole answer: its `result`, or its `error`."""
        body = json.dumps({"jsonrpc": "2.0", "id": "keyway", "method": method, "params": params})
        answer: dict[str, Any] = json.loads(guarded(lambda: self._native.rpc(body)))
        return answer

    def explain(
        self, account_id: str, public_key: str, *todo: Action, receiver: Optional[str] = None
    ) -> dict[str, Any]:
        """Why a key can or cannot sign these actions."""
        given = {"account_id": account_id, "public_key": public_key, "receiver": receiver}
        return self._ask("explain", actions=list(todo), **given)

    def forecast(
        self,
        account_id: str,
        public_key: str,
        *,
        contract: Optional[str] = None,
        method: Optional[str] = None,
        gas: Optional[Gas] = None,
        burnt: Optional[Gas] = None,
        args_bytes: int = 0,
    ) -> dict[str, Any]:
        """How many more calls a key can pay for."""
        return self._ask(
            "forecast",
            account_id=account_id,
            public_key=public_key,
            contract=contract,
            method=method,
            gas=number(gas),
            burnt=number(burnt),
            args_bytes=args_bytes,
        )

    def audit(self, account_id: str, *, signer_contracts: Sequence[str] = ()) -> dict[str, Any]:
        """Dangerous and useless keys of an account."""
        return self._ask("audit", account_id=account_id, signer_contracts=list(signer_contracts))

    def lock_verdict(self, account_id: str) -> dict[str, Any]:
        """Whether an account is locked."""
        return self._ask("lock_verdict", account_id=account_id)

    def close(self) -> None:
        """Frees the chain, once nothing else refers to it."""
        self._native.close()

    def _ask(self, op: str, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = ask(self._native, op, **request)
        return answer

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


def _secret(key: Optional[Key]) -> Optional[str]:
    return key.secret_key if isinstance(key, KeyPair) else key
