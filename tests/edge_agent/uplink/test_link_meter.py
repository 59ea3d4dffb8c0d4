from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.uplink.link_meter import BACKLOG_SHARE, LinkMeter, backlog_pause

seconds = st.floats(0, 60)


def test_small_exchanges_say_nothing_about_the_rate() -> None:
    assert LinkMeter().observe(800, 0.5).bytes_per_s is None


def test_the_rate_follows_the_line() -> None:
    meter = LinkMeter()
    for _ in range(20):
        meter = meter.observe(100_000, 10.0)
    assert meter.bytes_per_s == 10_000
    for _ in range(20):
        meter = meter.observe(100_000, 1.0)
    assert meter.bytes_per_s is not None
    assert 99_000 < meter.bytes_per_s <= 100_000


def test_an_exchange_is_sized_to_hold_a_slow_line_five_seconds() -> None:
    slow = LinkMeter(bytes_per_s=2_000)
    assert slow.fitting(262_144, 4_096) == 10_000
    assert LinkMeter(bytes_per_s=1).fitting(262_144, 4_096) == 4_096
    assert LinkMeter().fitting(262_144, 4_096) == 262_144


@given(exchanges=st.lists(st.tuples(seconds, seconds), min_size=1, max_size=50))
def test_backlog_keeps_the_line_busy_at_most_seventy_parts_in_a_hundred(
    exchanges: list[tuple[float, float]],
) -> None:
    busy = total = 0.0
    for busy_s, other_s in exchanges:
        pause = backlog_pause(busy_s, busy_s + other_s)
        busy += busy_s
        total += busy_s + other_s + pause
    assert busy <= total * BACKLOG_SHARE + 1e-6


def test_a_line_that_was_silent_while_the_hub_worked_owes_no_pause() -> None:
    assert backlog_pause(0.1, 0.5) == 0
    assert backlog_pause(0.0, 0.0) == 0
