"""What transactions did."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any, Optional

from ._wire import parse, to_bytes


class Execution:
    """The transaction, or one of its receipts."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.id: str = answer["id"]
        #: 0 for the transaction, 1 for its receipt, 2 for the receipts of that one and so on.
        self.depth: int = answer["depth"]
        self.predecessor_id: Optional[str] = answer["predecessor_id"]
        self.executor_id: str = answer["executor_id"]
        self.is_refund: bool = answer["is_refund"]
        #: As nearcore shows them.
        self.actions: list[Any] = answer["actions"]
        #: `pending`, `returned`, `continued` or `failed`.
        self.status: str = answer["status"]
        self.value: Optional[bytes] = to_bytes(answer["value"])
        #: Nearcore's error, if it failed.
        self.failure: Any = answer["failure"]
        self.logs: list[str] = answer["logs"]
        self.gas_burnt: int = answer["gas_burnt"]
        #: In yoctoNEAR.
        self.tokens_burnt: int = answer["tokens_burnt"]
        self.block_hash: Optional[str] = answer["block_hash"]


class Outcome:
    """What a transaction did."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.transaction_hash: str = answer["transaction_hash"]
        self.signer_id: str = answer["signer_id"]
        self.public_key: str = answer["public_key"]
        self.receiver_id: str = answer["receiver_id"]
        #: `pending`, `succeeded` or `failed`.
        self.status: str = answer["status"]
        #: The returned bytes; none unless it succeeded.
        self.value: Optional[bytes] = to_bytes(answer["value"])
        self.logs: list[str] = answer["logs"]
        self.gas_burnt: int = answer["gas_burnt"]
        #: In yoctoNEAR.
        self.tokens_burnt: int = answer["tokens_burnt"]
        self._executions: str = answer["executions"]

    @cached_property
    def executions(self) -> list[Execution]:
        """The transaction and all its receipts."""
        return [Execution(execution) for execution in parse(self._executions)]

    @property
    def receipts(self) -> list[Execution]:
        """The receipts, without refunds."""
        return [execution for execution in self.executions[1:] if not execution.is_refund]

    def json(self) -> Any:
        """The returned value, parsed as JSON; none if it is empty."""
        return json.loads(self.value) if self.value else None

    def __repr__(self) -> str:
        return f"Outcome({self.transaction_hash}, {self.status})"
