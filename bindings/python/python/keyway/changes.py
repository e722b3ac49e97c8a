"""What `Sandbox.what_if` changes about a past transaction."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Mapping, Optional, Union

from ._time import nanoseconds
from ._wire import Amount, Gas, args_of, number, to_text

#: Something about a past transaction that would have been different.
Change = dict[str, Any]


def balance(account_id: str, amount: Amount) -> Change:
    return _change("balance", account_id=account_id, amount=number(amount))


def key(account_id: str, public_key: str, access_key: Optional[Mapping[str, Any]]) -> Change:
    """A key as NEAR's RPC shows it; none if it had not been there."""
    text = None if access_key is None else json.dumps(dict(access_key))
    return _change("key", account_id=account_id, public_key=public_key, access_key=text)


def allowance(account_id: str, public_key: str, amount: Optional[Amount]) -> Change:
    """The allowance of a function-call key; none is no limit."""
    return _change("allowance", account_id=account_id, public_key=public_key, allowance=number(amount))


def code(account_id: str, wasm: bytes) -> Change:
    return _change("code", account_id=account_id, code=to_text(wasm))


def time(when: Union[datetime, int]) -> Change:
    """The time of the transaction's block: a datetime, or nanoseconds since 1970."""
    return _change("time", time_ns=number(nanoseconds(when)))


def signer(public_key: str) -> Change:
    """The key that signs."""
    return _change("signer", public_key=public_key)


def args(value: Any, *, action: int = 0) -> Change:
    """The arguments of a call: bytes, or anything that JSON can write. Actions are counted from 0."""
    return _change("args", action=action, **args_of(value))


def gas(amount: Gas, *, action: int = 0) -> Change:
    return _change("gas", action=action, gas=number(amount))


def deposit(amount: Amount, *, action: int = 0) -> Change:
    return _change("deposit", action=action, deposit=number(amount))


def _change(kind: str, **fields: Any) -> Change:
    return {"type": kind, **{name: value for name, value in fields.items() if value is not None}}
