"""Errors: each has a `kind`, a stable name as in docs/errors.md, and its `figures`."""

from __future__ import annotations

from typing import Any, Optional


class KeywayError(Exception):
    """Any error of Keyway."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.kind: str = problem["kind"]
        self.message: str = problem["message"]
        #: The values in the message by name; amounts are int.
        self.figures: dict[str, Any] = problem["figures"]
        #: The name of the same error in near-api-ts, if it has one.
        self.near_api_ts_kind: Optional[str] = problem["near_api_ts_kind"]
        super().__init__(f"{self.kind}: {self.message}")


class ArgumentError(KeywayError, ValueError):
    """An argument is invalid; nothing was sent."""


class Refused(KeywayError):
    """The chain refused the transaction: it never runs and costs nothing."""


class Failed(KeywayError):
    """The transaction ran and failed; `outcome` is what it did."""

    def __init__(self, problem: dict[str, Any]) -> None:
        from ._outcome import Outcome

        super().__init__(problem)
        self.outcome = Outcome(problem["outcome"])


class QueryError(KeywayError, LookupError):
    """A query has no answer: no such account, key, contract or function."""


class SigningError(KeywayError):
    """No key can sign."""


class SandboxError(KeywayError):
    """A sandbox cannot do this."""


def error_of(problem: dict[str, Any]) -> KeywayError:
    """The error of a problem that the binding reports."""
    return _CLASSES.get(problem["class"], KeywayError)(problem)


_CLASSES: dict[str, type[KeywayError]] = {
    "Argument": ArgumentError,
    "Refused": Refused,
    "Failed": Failed,
    "Query": QueryError,
    "Key": SigningError,
    "Sandbox": SandboxError,
}
