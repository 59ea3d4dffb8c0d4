"""Texts of cells into days, times and names. Each function raises ValueError with what was expected."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from contract.timestamps import parse_rfc3339

DAY_MIN = 1440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})[:：](\d\d)(?::00)?", re.ASCII)
_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CHINESE = "一二三四五六日"
_PARTS = re.compile(r"[,;，；、\s]+")


def parts(text: str) -> tuple[str, ...]:
    """Several values in one cell: parted by commas, semicolons or blanks."""
    return tuple(dict.fromkeys(part for part in _PARTS.split(text) if part))


def day(text: str) -> date:
    """2026-10-01, or 2026/10/1 as Excel in Chinese writes it."""
    match = _DATE.fullmatch(text)
    try:
        return date(*map(int, match.groups())) if match else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> date:
    raise ValueError(f"expected a date such as 2026-10-01, found {text!r}")


def clock(text: str) -> int:
    """Minutes since midnight, 0 to 1440."""
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match and int(match[2]) < 60 else -1
    if not 0 <= minutes <= DAY_MIN:
        raise ValueError(f"expected a time such as 06:00, found {text!r}")
    return minutes


def weekday(text: str) -> int:
    """0 is Monday. Mon, Monday, 周一, 星期一, 1."""
    word = text.lower()
    if len(word) >= 3:
        for number, name in enumerate(_NAMES):
            if name.startswith(word):
                return number
    last = word[-1:].replace("天", "日")
    if last in _CHINESE and word[:-1] in ("周", "星期", "礼拜") and last:
        return _CHINESE.index(last)
    if word in tuple("1234567"):
        return int(word) - 1
    raise ValueError(f"expected a weekday such as Mon, found {text!r}")


def weekdays(text: str) -> frozenset[int]:
    """`Mon-Fri`, `Mon, Wed, Sat`, `Sat-Mon`, `daily`."""
    if text.lower() in ("daily", "每天"):
        return frozenset(range(7))
    found: set[int] = set()
    for part in parts(re.sub(r"\s*[-–至]\s*", "-", text)):
        first, dash, last = part.partition("-")
        begin = weekday(first)
        until = weekday(last) if dash else begin
        found |= {(begin + step) % 7 for step in range((until - begin) % 7 + 1)}
    return frozenset(found)


def yes(text: str) -> bool:
    if text.lower() in ("yes", "true", "1", "x", "是"):
        return True
    if text.lower() in ("no", "false", "0", "否"):
        return False
    raise ValueError(f"expected yes or nothing, found {text!r}")


def utc_ns(on: date, minutes: int, zone: ZoneInfo) -> int:
    """Of a local time. One that a clock change skips is told by the clock before the change; of one
    that comes twice the first is meant (PEP 495, fold=0)."""
    naive = datetime(on.year, on.month, on.day, tzinfo=zone) + timedelta(minutes=minutes)
    since = naive.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 10**9


def moment(text: str, zone: ZoneInfo) -> int:
    """UTC ns of `2026-09-21 10:15` (local) or of an RFC 3339 time."""
    try:
        return parse_rfc3339(text)
    except ValueError:
        on, _, at = text.replace("T", " ").partition(" ")
        if not at:
            raise ValueError(f"expected a date and a time of day, found {text!r}") from None
        return utc_ns(day(on), clock(at.strip()), zone)


def bound(text: str, zone: ZoneInfo, *, last: bool) -> int:
    """UTC ns of a date or a time; of a date its begin, or with `last` its end."""
    if _DATE.fullmatch(text):
        return utc_ns(day(text), DAY_MIN if last else 0, zone)
    return moment(text, zone)
