"""Pytest finds this by itself: the fixture `keyway` is a fresh chain for each test."""

from __future__ import annotations

from typing import Iterator

import pytest

from ._sandbox import Sandbox


@pytest.fixture
def keyway() -> Iterator[Sandbox]:
    """A NEAR chain of the test's own."""
    with Sandbox() as sandbox:
        yield sandbox
