"""The wall clock as a number: monotone, and every wall time has its earliest instant, in all zones."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from hub.deadlines.zones import SECOND_NS, instant_of, wall_of

ZONES = st.sampled_from(
    [
        "Asia/Shanghai",
        "Asia/Urumqi",
        "Europe/Madrid",
        "America/New_York",
        "Australia/Lord_Howe",  # half an hour
        "Africa/Casablanca",  # back for Ramadan
        "Pacific/Apia",  # without a 30 December 2011
        "Asia/Kathmandu",
        "UTC",
    ]
).map(ZoneInfo)
SECONDS = st.one_of(
    st.integers(1_000_000_000, 2_200_000_000),
    *(
        st.integers(change - 100_000, change + 100_000)
        for change in (
            1_774_746_000,  # Madrid, 2026-03-29 01:00 UTC
            1_792_890_000,  # Madrid, 2026-10-25 01:00 UTC
            1_325_239_200,  # Apia, 2011-12-30 10:00 UTC
            1_775_314_800,  # Lord Howe, 2026-04-04 15:00 UTC
        )
    ),
)


@given(ZONES, SECONDS)
@example(ZoneInfo("Europe/Madrid"), 1_792_890_000)
def test_the_wall_clock_shows_what_the_zone_says_or_stands(zone: ZoneInfo, second: int) -> None:
    shown = datetime.fromtimestamp(second, UTC).astimezone(zone)
    said = int(shown.replace(tzinfo=UTC).timestamp()) * SECOND_NS
    found = wall_of(zone, second * SECOND_NS)
    if shown.fold:
        assert said < found <= said + 3600 * SECOND_NS
    else:
        assert found == said


@given(ZONES, SECONDS, st.integers(0, 200_000))
def test_the_wall_clock_never_goes_back(zone: ZoneInfo, second: int, later: int) -> None:
    at = second * SECOND_NS
    assert wall_of(zone, at) <= wall_of(zone, at + later * SECOND_NS)


@given(ZONES, SECONDS)
def test_an_instant_is_the_earliest_at_which_the_wall_has_come_so_far(
    zone: ZoneInfo, second: int
) -> None:
    wall = second * SECOND_NS
    found = instant_of(zone, wall)
    assert wall_of(zone, found) >= wall > wall_of(zone, found - SECOND_NS)
