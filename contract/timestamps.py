"""RFC 3339 UTC text to and from nanoseconds since 1970. Takes time as data, reads no clock."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


def rfc3339(utc_ns: int) -> str:
    """Milliseconds and `Z`, always 24 characters: texts sort as the times do. OverflowError outside
    the years 1-9999."""
    millis = utc_ns // 1_000_000
    return _second(millis // 1000) + _MILLIS[millis % 1000]


_MILLIS = [f".{n:03d}Z" for n in range(1000)]


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """Events come many to the second; dates are a third of the cost of encoding one."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def parse_rfc3339(text: str) -> int:
    """Nanoseconds since 1970; ValueError for anything without a zone."""
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError(f"not an RFC 3339 time with a zone: {text!r}")
    seconds, fraction, zone = match.groups()
    whole = datetime.fromisoformat(seconds.upper() + ("+00:00" if zone in "Zz" else zone))
    since = whole - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9 + int((fraction or "0").ljust(9, "0"))
