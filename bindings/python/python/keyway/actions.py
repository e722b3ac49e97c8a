"""Actions, by the names of Keyway's Rust library."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from ._wire import Amount, Gas, args_of, number, to_text

#: What an account can execute.
Action = dict[str, Any]


def create_account() -> Action:
    return _action("create_account")


def transfer(amount: Amount) -> Action:
    return _action("transfer", amount=number(amount))


def call(
    contract: str,
    method: str,
    args: Any = None,
    *,
    gas: Optional[Gas] = None,
    deposit: Optional[Amount] = None,
) -> Action:
    """Calls a contract: `args` are bytes, or anything that JSON can write."""
    limits = {"gas": number(gas), "deposit": number(deposit)}
    return _action("call", contract=contract, method=method, **args_of(args), **limits)


def add_full_access_key(public_key: str) -> Action:
    return _action("add_full_access_key", public_key=public_key)


def add_function_call_key(
    public_key: str,
    contract: str,
    *,
    functions: Optional[Sequence[str]] = None,
    any_function: bool = False,
    gas_budget: Optional[Amount] = None,
) -> Action:
    """Adds a key for one contract. `functions` and `gas_budget` (or `"unlimited"`) are required."""
    names = None if functions is None else list(functions)
    return _action(
        "add_function_call_key",
        public_key=public_key,
        contract=contract,
        functions=names,
        any_function=any_function,
        gas_budget=number(gas_budget),
    )


def add_full_access_gas_key(public_key: str, nonces: int) -> Action:
    return _action("add_full_access_gas_key", public_key=public_key, nonces=nonces)


def add_function_call_gas_key(
    public_key: str,
    contract: str,
    *,
    nonces: int,
    functions: Optional[Sequence[str]] = None,
    any_function: bool = False,
) -> Action:
    names = None if functions is None else list(functions)
    return _action(
        "add_function_call_gas_key",
        public_key=public_key,
        contract=contract,
        functions=names,
        any_function=any_function,
        nonces=nonces,
    )


def fund_gas_key(public_key: str, amount: Amount) -> Action:
    return _action("fund_gas_key", public_key=public_key, amount=number(amount))


def withdraw_from_gas_key(public_key: str, amount: Amount) -> Action:
    return _action("withdraw_from_gas_key", public_key=public_key, amount=number(amount))


def delete_key(public_key: str) -> Action:
    return _action("delete_key", public_key=public_key)


def deploy(code: bytes) -> Action:
    return _action("deploy", code=to_text(code))


def deploy_global_by_hash(code: bytes) -> Action:
    return _action("deploy_global_by_hash", code=to_text(code))


def deploy_global_by_account(code: bytes) -> Action:
    return _action("deploy_global_by_account", code=to_text(code))


def use_global_by_hash(hash: str) -> Action:
    return _action("use_global_by_hash", hash=hash)


def use_global_by_account(owner: str) -> Action:
    return _action("use_global_by_account", owner=owner)


def stake(amount: Amount, validator_key: str) -> Action:
    return _action("stake", amount=number(amount), validator_key=validator_key)


def delete_account(beneficiary: str) -> Action:
    return _action("delete_account", beneficiary=beneficiary)


def delegate(signed: bytes) -> Action:
    """A delegate action that `Account.sign_delegate` gave."""
    return _action("delegate", signed=to_text(signed))


def _action(kind: str, **fields: Any) -> Action:
    return {"type": kind, **{name: value for name, value in fields.items() if value is not None}}
