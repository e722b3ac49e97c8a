"""Chains that are served over HTTP."""

from __future__ import annotations

from types import TracebackType
from typing import Optional

from ._native import NativeServer


class Server:
    """A sandbox that is served over HTTP."""

    def __init__(self, native: NativeServer) -> None:
        self._native = native
        self.url = native.url

    def close(self) -> None:
        """Stops listening."""
        self._native.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()
