"""Policies as lines of text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone, tzinfo

from contract.timestamps import parse_rfc3339
from hub.deadlines import Calendar
from hub.errors import HubStop
from hub.policies.policy import Policy
from hub.policies.timeline import timeline
from hub.policies.words import facts_of, given

_HEAD = (
    "policy",
    "answers for",
    "class",
    "priority",
    "due within",
    "review",
    "second look",
    "title",
)


def summary(policies: Iterable[Policy]) -> Iterator[str]:
    """A line for each policy, in columns."""
    return columns([_HEAD, *(_cells(one) for one in policies)])


def _cells(policy: Policy) -> tuple[str, ...]:
    claims = [*policy.kinds, *policy.classes]
    few = ", ".join(claims[:2]) + (", ..." if len(claims) > 2 else "")
    due = given("en", policy.resolve.amount, policy.resolve.unit)
    return (
        policy.name,
        few,
        policy.class_code or "-",
        policy.priority,
        due,
        "yes" if policy.review else "-",
        policy.verification.mode,
        f"{policy.texts.zh.title} {policy.texts.en.title}",
    )


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """As wide as the widest cell; a Chinese character is two wide."""
    widths = [max(map(_width, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (wide - _width(cell)) for cell, wide in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def sentences(policy: Policy) -> Iterator[str]:
    """What it asks for, in Chinese, then in English."""
    yield f"{policy.name}, version {policy.version}"
    for lang in ("zh", "en"):
        yield ""
        yield from columns([*facts_of(policy, lang).items()])


def timetable(policy: Policy, opened: str, calendar: Calendar | None) -> Iterator[str]:
    """What happens when, in the calendar's zone, else in that of `opened`. HubStop for a bad time."""
    try:
        opened_ns, zone = parse_rfc3339(opened), _zone_of(opened)
    except ValueError as error:
        raise HubStop(
            f"--opened {opened}: expected a time such as 2026-09-30T16:00:00+08:00"
        ) from error
    return _timetable(policy, opened_ns, calendar, zone if calendar is None else calendar.zone)


def _timetable(
    policy: Policy, opened_ns: int, calendar: Calendar | None, zone: tzinfo
) -> Iterator[str]:
    yield ""
    needs = sorted({stage.unit for stage in policy.stages} - {"urgent-hour"})
    if needs and calendar is None:
        yield f"no calendar: {', '.join(needs)} counted by the clock; --calendars FOLDER has the real ones"
    zh, en = (timeline(policy, opened_ns, calendar, lang) for lang in ("zh", "en"))
    rows = []
    for one, other in zip(zh, en, strict=True):
        at = datetime.fromtimestamp(one.at_ns // 10**9, zone)
        rows.append(
            (f"{at:%Y-%m-%d %a %H:%M:%S}", _after(one.at_ns - opened_ns), one.text, other.text)
        )
    yield from columns(rows)


def _after(ns: int) -> str:
    minutes = ns // (60 * 10**9)
    days, rest = divmod(minutes, 1440)
    return f"+{days}d {rest // 60:02}:{rest % 60:02}"


def _zone_of(text: str) -> tzinfo:
    offset = datetime.fromisoformat(text).utcoffset()
    if offset is None:
        raise ValueError("a time without a zone")
    return timezone(timedelta(seconds=offset.total_seconds()))
