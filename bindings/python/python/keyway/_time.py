from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Union


def nanoseconds(time: Union[datetime, int]) -> int:
    """Nanoseconds since 1970."""
    return time if isinstance(time, int) else span(time - EPOCH)


def span(by: timedelta) -> int:
    """In nanoseconds."""
    return (by // timedelta(microseconds=1)) * 1000


EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
