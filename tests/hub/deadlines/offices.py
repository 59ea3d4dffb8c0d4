"""Calendars that the tests share: a government office in Guangzhou, one in Madrid, one that never shuts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hub.deadlines
from hub.deadlines.calendars import Calendar, Hours, Week, with_official
from hub.deadlines.years import OfficialYear, read_year

PUBLISHED = Path(hub.deadlines.__file__).parent / "published"
SHANGHAI, MADRID = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Madrid")
HOUR = 3600 * 10**9
OFFICE: Hours = ((510, 720), (870, 1080))  # 08:30-12:00, 14:30-18:00: seven hours
OFF: Hours = ()


def week(*hours: Hours, since: date = date(2024, 1, 1)) -> Week:
    assert len(hours) == 7
    return Week(since, hours)


FIVE_DAYS = week(*[OFFICE] * 5, OFF, OFF)


def official(year: int) -> OfficialYear:
    name = f"cn-{year}.csv"
    return read_year(name, (PUBLISHED / name).read_bytes())


YEARS = [official(year) for year in (2024, 2025, 2026)]
GUANGZHOU = with_official(Calendar("office", SHANGHAI, (FIVE_DAYS,)), YEARS, {})
WEEKS_ONLY = Calendar("weeks", SHANGHAI, (FIVE_DAYS,))
SHORT_FRIDAYS = Calendar("fridays", SHANGHAI, (week(*[OFFICE] * 4, ((510, 720),), OFF, OFF),))
NIGHTS = Calendar("nights", MADRID, (week(*[((0, 360), (1320, 1440))] * 7),))
MADRID_OFFICE = Calendar("oficina", MADRID, (week(*[((540, 1020),)] * 5, OFF, OFF),))


def local(text: str, zone: ZoneInfo = SHANGHAI) -> int:
    """Nanoseconds of a wall time such as `2026-09-30 16:00` in the zone."""
    moment = datetime.fromisoformat(text).replace(tzinfo=zone)
    return int(moment.timestamp()) * 10**9


def wall(utc_ns: int | None, zone: ZoneInfo = SHANGHAI) -> str:
    assert utc_ns is not None
    moment = datetime.fromtimestamp(utc_ns // 10**9, UTC).astimezone(zone)
    return moment.strftime("%Y-%m-%d %H:%M")
