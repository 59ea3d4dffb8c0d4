"""Each mistake is told with its file, its row and its column, and all of them at once."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.rosters.timetable import InvalidRoster, Timetable, check, read_roster, roster_of
from tests.contract.rosters.sheets import CREW, NATIONAL_DAY, told

WEEK = "what,person,group,days,start,end,night,break,areas,from,until,calendar\n"
AUDITED = "what,person,date,start,end,areas,edited_by,edited_at,approved_by,reason\n"


def test_a_good_roster_has_none() -> None:
    assert told(CREW, NATIONAL_DAY) == []


@pytest.mark.parametrize(
    ("sheet", "mistake"),
    [
        # one row
        (WEEK + "weekly,w-1,,Mon-Fry,06:00,14:00,,,a", "days: expected a weekday such as Mon, found 'Fry'"),
        (WEEK + "weekly,w-1,,Mon,6.00,14:00,,,a", "start: expected a time such as 06:00, found '6.00'"),
        (WEEK + "weekly,w-1,,Mon,22:00,06:00,,,a", "end: later than start; a shift across midnight has `night` yes"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,yes,,a", "night: this shift ends on its own day; leave `night` empty"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,,14:00-14:30,a", "break: 14:00-14:30 is outside the shift"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,,9:00-10:00 9:30-9:45,a", "break: 9:30-9:45 overlaps another break"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,,,a,1.10.2026", "from: expected a date such as 2026-10-01, found '1.10.2026'"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,,,a,2026-02-30", "from: expected a date such as 2026-10-01, found '2026-02-30'"),
        (WEEK + "weekly,w-1,,Mon,06:00,14:00,,,a,2026-10-02,2026-10-01", "until: not before `from`"),
        (WEEK + "weekly,w-1,,Mon,06:00,,,,a", "end: missing: a weekly needs it"),
        (WEEK + "weekly,,,Mon,06:00,14:00,,,a", "person: either a person or a group"),
        (WEEK + "wekly,w-1,,Mon,06:00,14:00,,,a", "what: one of zone, person, badge, weekly, day, holiday, workday, substitute, leave; found 'wekly'; did you mean 'weekly'?"),
        ("what,person,start\nperson,w-3,06:00", "start: a person has no 'start'"),
        # rows that name something that is not there
        (WEEK + "weekly,w-3,,Mon,06:00,14:00,,,a", "person: no person row 'w-3'; did you mean 'w-2'?"),
        (WEEK + "weekly,,sweeper,Mon,06:00,14:00,,,a", "group: nobody is in the group 'sweeper'; did you mean 'sweepers'?"),
        ("what,badge,person\nbadge,77,nobody", "person: no person row 'nobody'"),
        ("what,badge,person\nbadge,4.6E+11,w-2", "badge: '4.6E+11' has lost its digits: format the column as text"),
        ("what,badge,person\nbadge,77", "person: missing: a badge needs it"),
        ("what,date,calendar\nholiday,2026-10-01,pubic", "calendar: no weekly row has the calendar 'pubic'; did you mean 'public'?"),
        ("what,person,date,by\nsubstitute,w-1,2026-10-11,w-2", "date: w-1 has no such shift on 2026-10-11"),
        ("what,person,date,by,number\nsubstitute,w-1,2026-10-12,w-2,2", "date: w-1 has no such shift on 2026-10-12"),
        ("what,zone\nzone,Asia/Shangai", "zone: an IANA time zone such as Asia/Shanghai, found 'Asia/Shangai'"),
        # rows against each other
        ("what,badge,person\nbadge,460001,w-2", "badge: '460001' is w-1's at that time by 1.csv row 5"),
        ("what,person\nperson,w-1", "person: 'w-1' is there already: 1.csv row 3"),
        ("what,date,name\nholiday,2026-10-01\nholiday,2026-10-01,x", "date: 2026-10-01 is in 2.csv row 2 already"),
        # changed too late
        (AUDITED + "day,w-1,2026-09-22,06:00,10:00,a,ann,2026-09-22 07:00,,ill", "approved_by: missing: a shift had begun when this was changed; a second person approves that, or `from` lies after the change"),
        (AUDITED + "day,w-1,2026-09-22,06:00,10:00,a,ann,2026-09-21 07:00,ann,ill", "approved_by: another person than edited_by (ann) approves"),
        (AUDITED + "day,w-1,2026-09-22,06:00,10:00,a,ann,2026-09-21 07:00,", "reason: missing: a change needs its reason"),
        (AUDITED + "day,w-1,2026-09-22,06:00,10:00,a,,2026-09-21 07:00,,ill", "edited_by: missing: `edited_at` needs who it was"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_row_column_and_what_was_expected(sheet: str, mistake: str) -> None:
    row = sheet.count("\n") + 1
    assert f"2.csv: row {row}: {mistake}" in told(CREW, sheet)


def test_two_shifts_of_one_person_at_one_time_are_told_once() -> None:
    sheet = WEEK + "weekly,w-1,,Mon-Sat,05:00,09:00,,,a\nweekly,w-1,,Wed,08:00,12:00,,,a\n"
    assert told(CREW, sheet) == [
        "2.csv: row 3: start: w-1's shift w-1/2026-01-07/2 overlaps w-1/2026-01-07/1 (2.csv row 2)"
    ]


def test_a_night_may_run_into_a_morning_only_until_it_begins() -> None:
    sheet = WEEK + "weekly,w-1,,Sun,22:00,{end},yes,,a\nweekly,w-1,,Mon,06:00,14:00,,,a\n"
    assert told(CREW, sheet.format(end="06:00")) == []
    assert len(told(CREW, sheet.format(end="06:15"))) == 1


def test_standing_in_while_working_oneself_is_an_overlap() -> None:
    sheet = "what,person,date,by\nsubstitute,w-1,2026-10-12,w-2"
    (mistake,) = told(CREW, sheet)
    assert mistake == (
        "2.csv: row 2: by: w-2's shift w-1/2026-10-12/1 overlaps w-2/2026-10-12/1 (1.csv row 7)"
    )


def test_a_change_before_the_shift_begins_needs_nobody_else() -> None:
    sheet = AUDITED + "day,w-1,2026-09-22,06:00,10:00,a,ann,2026-09-22 05:59,,ill"
    assert told(CREW, sheet) == []


def test_every_mistake_is_told_at_once() -> None:
    sheet = "what,persn,days\nperson,w-3,\nweekly,w-1,Xday\nperson,w-1\n"
    found = told(CREW, sheet)
    assert "2.csv: row 1: persn: unknown column; did you mean 'person'?" in found
    assert len(found) >= 4


def test_a_row_that_is_there_twice_is_told() -> None:
    line = "holiday,2026-12-24\n"
    assert "2.csv: row 3: the same as 2.csv row 2" in told(CREW, "what,date\n" + line + line)


def test_areas_that_nobody_drew_are_told_when_they_are_known() -> None:
    roster = read_roster(CREW.encode(), "crew.csv")
    assert check(roster, areas={"a-1", "a-2"}) == []
    (mistake,) = check(roster, areas={"a-1", "b-22"})
    assert str(mistake) == "crew.csv: row 7: areas: no area 'a-2'; did you mean 'a-1'?"


def refused(content: bytes) -> str:
    with pytest.raises(InvalidRoster) as caught:
        Timetable(read_roster(content, "f.csv"))
    return str(caught.value)


def test_gbk_as_excel_writes_it_is_refused_with_how_to_save_it() -> None:
    told_ = refused(CREW.encode("gbk"))
    assert told_.startswith(
        "f.csv: row 3: not UTF-8, it may be GBK as Excel writes 'CSV'; in Excel: Save As"
    )
    assert "CSV UTF-8（逗号分隔）" in told_


def test_a_workbook_is_no_csv() -> None:
    assert "workbook" in refused(b"PK\x03\x04rest")


def test_json_says_where_by_its_path() -> None:
    document = {
        "zone": "Asia/Shanghai",
        "people": [{"person": "p", "nam": "x"}],
        "weakly": [],
        "badges": [7],
    }
    found = [str(one) for one in check(roster_of(document, "r.json"))]
    assert found[:3] == [
        "r.json: weakly: unknown; did you mean 'weekly'?",
        "r.json: badges[0]: expected an object",
        "r.json: people[0]: nam: a person has no 'nam'; did you mean 'name'?",
    ]


def test_a_roster_without_zone_is_refused() -> None:
    assert "a time zone is missing" in refused(b"what,person\nperson,p\n")


def test_shifts_worked_out_elsewhere_keep_the_same_rules() -> None:
    shift = {
        "key": "p/1/1",
        "person": "p",
        "badges": [],
        "areas": ["a"],
        "start_ns": 10,
        "end_ns": 20,
    }
    later = shift | {"start_ns": 15, "end_ns": 25}
    found = [str(one) for one in check(roster_of({"shifts": [shift, later]}, "day"))]
    assert found == [
        "day: shifts[1]: key: 'p/1/1' is there already",
        "day: shifts[1]: start_ns: overlaps p/1/1",
    ]


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_what_is_no_roster_is_told_and_never_raises_anything_else(content: bytes) -> None:
    try:
        found = check(read_roster(content, "f"))
    except InvalidRoster as error:
        found = list(error.mistakes)
    assert found


@given(
    st.integers(0, len(CREW) - 1),
    st.sampled_from(['"', ",", "\n", "\x00", "9", "-", "99999999999", "{"]),
)
def test_any_damage_to_a_roster_is_read_or_told(place: int, damage: str) -> None:
    sheet = CREW[:place] + damage + CREW[place + 1 :]
    found = told(sheet, NATIONAL_DAY)
    if found:
        assert all(re.match(r"[12]\.csv: \S", one) for one in found)
    else:  # as good as a roster: somebody's shifts can be worked out of it
        rosters = [read_roster(one.encode(), "f") for one in (sheet, NATIONAL_DAY)]
        assert Timetable(*rosters).badges()


def test_a_quotation_mark_too_many_is_told_wherever_it_swallows_people() -> None:
    both = [read_roster(one.encode(), "f") for one in (CREW, NATIONAL_DAY)]
    everybody = Timetable(*both).badges()
    for place in range(len(CREW)):
        sheet = CREW[:place] + '"' + CREW[place:]
        if not told(sheet, NATIONAL_DAY):
            rosters = [read_roster(one.encode(), "f") for one in (sheet, NATIONAL_DAY)]
            assert len(Timetable(*rosters).badges()) == len(everybody)


def test_a_cell_of_several_lines_is_told_where_it_begins_and_a_reason_may_be_one() -> None:
    swallowed = CREW.replace("w-1,王芳", '"w-1,王芳').replace("李强,sweepers", '李强",sweepers')
    assert [one for one in told(swallowed, NATIONAL_DAY) if "one line" in one] == [
        "1.csv: row 3: person: expected one line; a quotation mark too many, here or below, takes other rows in"
    ]
    open_end = CREW.replace("Mon-Fri", '"Mon-Fri')
    assert "1.csv: row 7: no CSV from here: " in "\n".join(told(open_end, NATIONAL_DAY))
    change = 'change,w-1,2026-10-12,07:00,15:00,a-1,lin,2026-10-10,wang,"swap\nwith w-2"\n'
    assert not [one for one in told(CREW, AUDITED + change) if "one line" in one]
