from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.timestamps import parse_rfc3339, rfc3339

FIRST_MS = -62_135_596_800_000  # 0001-01-01
LAST_MS = 253_402_300_799_999  # 9999-12-31
MS = st.integers(FIRST_MS, LAST_MS)


@given(MS)
@example(FIRST_MS)
@example(LAST_MS)
@example(-1)
def test_a_time_is_read_back_to_the_millisecond(ms: int) -> None:
    assert parse_rfc3339(rfc3339(ms * 10**6)) == ms * 10**6


@given(MS, MS)
def test_texts_sort_as_times_do(first: int, second: int) -> None:
    assert (rfc3339(first * 10**6) < rfc3339(second * 10**6)) == (first < second)


@given(MS, st.integers(0, 10**6 - 1))
def test_a_time_is_cut_never_rounded_into_the_future(ms: int, ns: int) -> None:
    assert rfc3339(ms * 10**6 + ns) == rfc3339(ms * 10**6)


@given(st.datetimes(timezones=st.just(UTC)))
def test_it_says_what_the_calendar_says(moment: datetime) -> None:
    ns = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // datetime.resolution * 1000
    assert rfc3339(ns) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_years_have_four_digits() -> None:
    assert rfc3339(FIRST_MS * 10**6) == "0001-01-01T00:00:00.000Z"
    assert rfc3339(0) == "1970-01-01T00:00:00.000Z"
    assert rfc3339(LAST_MS * 10**6) == "9999-12-31T23:59:59.999Z"


@pytest.mark.parametrize("ms", [FIRST_MS - 1, LAST_MS + 1])
def test_beyond_the_calendar_is_an_error(ms: int) -> None:
    with pytest.raises(OverflowError):
        rfc3339(ms * 10**6)


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        # RFC 3339 §5.8: the first two are the same instant, and so says the section's prose.
        ("1996-12-19T16:39:57-08:00", 851_042_397 * 10**9),
        ("1996-12-20T00:39:57Z", 851_042_397 * 10**9),
        ("1985-04-12T23:20:50.52Z", 482_196_050_520_000_000),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130_000_000),
        ("1970-01-01t00:00:00.000000001z", 1),
        ("1970-01-01T00:00:00.1234567899Z", 123_456_789),
    ],
)
def test_times_of_the_rfc_are_read(text: str, ns: int) -> None:
    assert parse_rfc3339(text) == ns


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-09-10",
        "2026-09-10T00:26:40",
        "2026-09-10 00:26:40Z",
        "2026-13-10T00:26:40Z",
        "2026-02-30T00:26:40Z",
        "2026-09-10T24:26:40Z",
        "2026-09-10T00:26:40.Z",
        "2026-09-10T00:26:40+0800",
        "٢٠٢٦-09-10T00:26:40Z",
        "2026-09-10T00:26:40.٥Z",
        "2026-09-10T00:26:40Z\n",
    ],
)
def test_a_time_without_zone_or_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rfc3339(text)
