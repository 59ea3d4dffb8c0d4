"""What happens when to an order, worked out by hand for the holiday week of docs/deadlines.md."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from contract.timestamps import parse_rfc3339
from hub.deadlines.calendars import Calendar, with_official
from hub.deadlines.unit_files import read_unit_calendar
from hub.deadlines.years import read_year
from hub.policies import load_shipped, shipped_files
from hub.policies.policy import Policy
from hub.policies.reading import read_policy
from hub.policies.timeline import timeline
from tests.hub.policies.scenarios import written

OPENED = parse_rfc3339("2026-09-30T16:00:00+08:00")
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = "".join(f'{day} = ["08:30-12:00", "14:30-18:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri"))  # fmt: skip
OFFICE = f'zone = "Asia/Shanghai"\nunits = ["u"]\nofficial = "cn"\n[[weeks]]\nsince = 2024-01-01\n{WEEK}'  # fmt: skip
YEAR = "date,kind,name,source\n" + "".join(
    [f"2026-10-0{day},holiday,国庆节,n\n" for day in range(1, 8)]
    + ["2026-10-10,workday,国庆节,n\n"]
)


@pytest.fixture(scope="module")
def office() -> Calendar:
    draft = read_unit_calendar("office.toml", OFFICE.encode())
    return with_official(draft.calendar, [read_year("cn-2026.csv", YEAR.encode())], {})


def policy(**changes: str | None) -> Policy:
    return read_policy("shop.yaml", written(changes))


def told(of: Policy, calendar: Calendar | None) -> list[str]:
    return [
        f"{datetime.fromtimestamp(one.at_ns / 1e9, SHANGHAI):%m-%d %H:%M} {one.text}"
        for one in timeline(of, OPENED, calendar)
    ]


STAGED = {
    "time": None,
    "deadlines": "[{accept: 2 working-hour}, {resolve: 3 working-day, since: opened}, {report: 1 calendar-day, since: resolved}]",
    "escalation": "[{name: a, remind: owner, at: 50 %, of: accept}, {name: b, escalate: parent, after: 1 working-day}]",
}  # fmt: skip


def test_stages_and_steps_keep_the_units_calendar(office: Calendar) -> None:
    assert told(policy(**STAGED), office) == [
        "09-30 16:00 opened and dispatched",
        "09-30 17:00 remind owner: a (50 % of accept is used)",
        "09-30 18:00 accept is due",
        "10-10 16:00 resolve is due",
        "10-11 16:00 report is due",
        "10-12 16:00 escalate parent: b (resolve is late)",
    ]


def test_without_a_calendar_days_are_counted_by_the_clock() -> None:
    assert told(policy(**STAGED), None)[-3:] == [
        "10-03 16:00 resolve is due",
        "10-04 16:00 report is due",
        "10-04 16:00 escalate parent: b (resolve is late)",
    ]


def test_second_looks_follow_the_resolution() -> None:
    look = "{edge-relook: {between: 5 min and 60 min, again_after: 24 h}}"
    assert told(policy(verification=look), None)[-2:] == [
        "09-30 20:05 earliest second look (latest: 60 min after)",
        "10-01 20:05 looks once more, if it was closed by the first",
    ]
    assert len(told(policy(verification="edge-relook"), None)) == 3


def test_beyond_what_is_published_it_says_so(office: Calendar) -> None:
    assert told(policy(time="100 working-day"), office)[-1].endswith(
        "resolve is due (calendar not published)"
    )


@pytest.mark.parametrize("name", [name.removesuffix(".yaml") for name in sorted(shipped_files())])
def test_every_shipped_policy_reminds_before_it_is_late_and_escalates_when_it_is(
    name: str, office: Calendar
) -> None:
    of = load_shipped().by_name[name]
    found = timeline(of, OPENED, office)
    assert [one.at_ns for one in timeline(of, OPENED, office, "zh")] == [one.at_ns for one in found]
    due = next(one.at_ns for one in found if one.text.startswith("resolve is due"))
    assert any("remind owner" in one.text and one.at_ns < due for one in found)
    assert any("escalate" in one.text and one.at_ns >= due for one in found)


def test_a_shorter_time_brings_everything_nearer() -> None:
    four, two = (timeline(policy(time=f"{n} urgent-hour", escalation=STAGED["escalation"].replace(", of: accept", "") if STAGED["escalation"] else None), OPENED, None) for n in (4, 2))  # fmt: skip
    assert len(four) == len(two)
    assert all(b.at_ns <= a.at_ns for a, b in zip(four, two, strict=True))
