"""When a failed notice is tried again: the schedule, its jitter, how long a recipient is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.timestamps import parse_rfc3339
from hub.notifying.retrying import (
    DELAYS_S,
    JITTER,
    MOST_QUIET_S,
    MOST_RETRY_AFTER_S,
    Failure,
    course_of,
)
from hub.store.notices import Claimed
from tests.fakes.clock import START_UTC_NS as NOW
from tests.hub.notifying.test_webhooks import to

# The table of the Standard Webhooks specification 1.0.0, "Deliverability and reliability": time since start
PUBLISHED = [
    "00:00:05",
    "00:05:05",
    "00:35:05",
    "02:35:05",
    "07:35:05",
    "17:35:05",
    "31:35:05",
    "51:35:05",
    "75:35:05",
]


def claimed(attempt: int, **fields: object) -> Claimed:
    one = to("https://a.example/", **fields)
    return Claimed(n=1, id="m", body="{}", attempt=attempt, hold=1, recipient=one.recipient)


def waited_s(text: str | None) -> float:
    assert text is not None
    return (parse_rfc3339(text) - NOW) / 1e9


def test_the_schedule_is_the_published_one() -> None:
    total, times = 0, []
    for delay_s in DELAYS_S:
        total += delay_s
        times.append(f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}")
    assert times == PUBLISHED


@pytest.mark.parametrize("attempt", range(1, 10))
def test_jitter_only_adds_and_at_most_its_share(attempt: int) -> None:
    delay_s = DELAYS_S[attempt - 1]
    for draw in (0.0, 0.5, 1.0):
        course = course_of(claimed(attempt), Failure("x"), NOW, draw)
        assert waited_s(course.next_try_at) == pytest.approx(delay_s * (1 + JITTER * draw))


def test_ten_failures_end_it_and_so_does_one_that_is_final() -> None:
    assert course_of(claimed(9), Failure("x"), NOW, 0).state == "failed"
    assert course_of(claimed(10), Failure("x"), NOW, 0).state == "gave-up"
    final = course_of(claimed(1), Failure("x", final=True), NOW, 0)
    assert (final.state, final.next_try_at, final.quiet_until) == ("gave-up", None, None)


def test_a_recipient_is_left_alone_twice_as_long_each_time_and_not_for_ever() -> None:
    quiet = [
        waited_s(course_of(claimed(1, failures=n), Failure("x"), NOW, 0).quiet_until)
        for n in (0, 1, 2, 3, 50)
    ]
    assert quiet == [5, 10, 20, 40, MOST_QUIET_S]


@given(st.integers(1, 40), st.integers(0, 10**6), st.floats(0, 1e12), st.floats(0, 0.999))
def test_whatever_a_peer_asks_for_the_next_try_comes(
    attempt: int, failures: int, asked_s: float, draw: float
) -> None:
    failure = Failure("x", retry_after_s=asked_s)
    course = course_of(claimed(attempt, failures=failures), failure, NOW, draw)
    assert waited_s(course.quiet_until) <= MOST_RETRY_AFTER_S
    if attempt < 10:
        assert DELAYS_S[attempt - 1] <= waited_s(course.next_try_at) <= 1.2 * MOST_RETRY_AFTER_S
    else:
        assert course.state == "gave-up"
