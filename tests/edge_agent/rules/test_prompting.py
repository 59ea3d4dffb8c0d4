"""When a loudspeaker speaks, and when it keeps quiet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edge_agent.rules.prompting import Asked, Prompting, PromptLimits, ask, take, talks_for
from tests.fakes.clock import FakeClock

LIMITS = PromptLimits(cool_down_s=20, queue=2, stale_s=8)
NIGHT = replace(LIMITS, quiet=((22 * 60, 6 * 60 + 30),), zone_min=480)
MIDNIGHT_UTC = 1_790_035_200 * 10**9  # 2026-09-22T00:00:00Z, 08:00 in Guangzhou


def clock_at(local_hour: float) -> FakeClock:
    return FakeClock(utc_ns=MIDNIGHT_UTC + int((local_hour - 8) * 3600 * 1e9))


def test_prompts_are_said_in_the_order_they_were_asked_for() -> None:
    clock, state = FakeClock(), Prompting()
    for name in ("first", "second"):
        state, answer = ask(state, name, clock.moment(), LIMITS)
        assert isinstance(answer, Asked)
    state, one, _ = take(state, clock.moment(), LIMITS)
    state, two, _ = take(state, clock.moment(), LIMITS)
    assert (one and one.prompt, two and two.prompt) == ("first", "second")
    assert take(state, clock.moment(), LIMITS)[1] is None


def test_nothing_is_said_over_another_prompt() -> None:
    clock, state = FakeClock(), Prompting()
    state, _ = ask(state, "next", clock.moment(), LIMITS)
    state = talks_for(state, 3.0, clock.moment())
    state, said, _ = take(state, clock.tick(2.9), LIMITS)
    assert said is None
    state, said, _ = take(state, clock.tick(0.2), LIMITS)
    assert said is not None


def test_the_same_prompt_waits_for_its_cool_down() -> None:
    clock, state = FakeClock(), Prompting()
    state, _ = ask(state, "wrong-bin", clock.moment(), LIMITS)
    assert ask(state, "wrong-bin", clock.moment(), LIMITS)[1] == "cooling-down"
    state, _, _ = take(state, clock.moment(), LIMITS)
    assert ask(state, "wrong-bin", clock.tick(19.9), LIMITS)[1] == "cooling-down"
    assert isinstance(ask(state, "thanks", clock.moment(), LIMITS)[1], Asked)
    assert isinstance(ask(state, "wrong-bin", clock.tick(0.2), LIMITS)[1], Asked)


def test_a_full_queue_refuses_until_what_waits_has_grown_stale() -> None:
    clock, state = FakeClock(), Prompting()
    for name in ("a", "b"):
        state, _ = ask(state, name, clock.moment(), LIMITS)
    assert ask(state, "c", clock.moment(), LIMITS)[1] == "queue-full"
    clock.tick(8.1)
    state, answer = ask(state, "c", clock.moment(), LIMITS)
    assert isinstance(answer, Asked)
    assert [one.prompt for one in state.waiting] == ["c"]


def test_what_waited_too_long_is_given_back_unsaid() -> None:
    clock, state = FakeClock(), Prompting()
    state, _ = ask(state, "late", clock.moment(), LIMITS)
    state, said, stale = take(state, clock.tick(8.1), LIMITS)
    assert said is None
    assert [one.prompt for one in stale] == ["late"]


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [(21.99, False), (22.0, True), (0.0, True), (6.49, True), (6.5, False), (12.0, False)],
)
def test_quiet_hours_go_over_midnight_in_local_time(hour: float, *, quiet: bool) -> None:
    answer = ask(Prompting(), "any", clock_at(hour).moment(), NIGHT)[1]
    assert (answer == "quiet-hours") is quiet


def test_with_quiet_hours_and_no_idea_of_the_time_it_keeps_quiet() -> None:
    lost = FakeClock(state="unset").moment()
    assert ask(Prompting(), "any", lost, NIGHT)[1] == "time-unknown"
    assert isinstance(ask(Prompting(), "any", lost, LIMITS)[1], Asked)
