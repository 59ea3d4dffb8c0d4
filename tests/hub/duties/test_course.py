"""Where a duty stands after its visits, and what is told."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.duties.course import Conclusion, Duty, Recorded, Tick, Visit, standing, step
from hub.duties.kinds import DutyKind, Outcome
from hub.duties.spans import Span, day_end, day_of
from tests.hub.duties.town import GAS, SHANGHAI, SWEEPING, grace_after, local

DAY = 86_400 * 10**9
NEVER_DONE = Duty(first_due_ns=local("2026-10-01"))
DONE_A_YEAR_AGO = Duty(first_due_ns=local("2020-01-01"), register_done_ns=local("2025-09-10 10:00"))


def visit(day: str, outcome: str = "done", covered: float | None = None) -> Visit:
    return Visit(id=f"{day}/{outcome}", made_ns=local(day), outcome=outcome, covered=covered)


def recorded(day: str, outcome: str = "done", *, at: str | None = None) -> Recorded:
    return Recorded(visit(day, outcome), local(at or day))


def played(duty: Duty, *happenings: Tick | Recorded) -> tuple[Duty, list[Conclusion]]:
    told: list[Conclusion] = []
    for one in happenings:
        duty, found = step(GAS, SHANGHAI, duty, one)
        told += found
    return duty, told


def told_of(duty: Duty, *happenings: Tick | Recorded) -> list[tuple[str, str]]:
    return [(one.phase, one.reason) for one in played(duty, *happenings)[1]]


def tick(day: str) -> Tick:
    return Tick(local(day))


def test_nothing_is_told_before_the_grace_is_over() -> None:
    due = day_end(SHANGHAI, day_of(SHANGHAI, local("2026-09-10")))
    late = grace_after(due)
    assert (due, late) == (local("2026-09-11"), local("2026-09-18"))
    assert told_of(DONE_A_YEAR_AGO, tick("2026-09-11"), Tick(late - 1)) == []
    assert told_of(DONE_A_YEAR_AGO, Tick(late)) == [("opened", "overdue")]


def test_who_was_never_inspected_is_told_as_such() -> None:
    assert told_of(NEVER_DONE, tick("2026-10-09")) == [("opened", "never")]


def test_overdue_again_and_again_is_one_problem() -> None:
    days = [tick(f"2026-09-{day}") for day in range(18, 30)]
    assert told_of(DONE_A_YEAR_AGO, *days) == [("opened", "overdue")]


def test_an_open_problem_is_told_again_after_thirty_days() -> None:
    ticks = [tick("2026-09-18"), tick("2026-10-18"), tick("2026-10-20"), tick("2026-11-25")]
    assert told_of(DONE_A_YEAR_AGO, *ticks) == [
        ("opened", "overdue"),
        ("updated", "overdue"),
        ("updated", "overdue"),
    ]


def test_done_ends_the_problem_and_sets_the_next_date() -> None:
    duty, told = played(
        DONE_A_YEAR_AGO,
        tick("2026-09-18"),
        recorded("2026-09-20 15:00"),
        tick("2027-09-20"),
        tick("2027-09-28"),
    )
    assert [(one.phase, one.reason) for one in told] == [
        ("opened", "overdue"),
        ("ended", "overdue"),
        ("opened", "overdue"),
    ]
    assert duty.told is not None


def test_nobody_home_is_visited_again_twice_and_then_told() -> None:
    home = [recorded(f"2026-09-{day} 19:00", "nobody-home") for day in ("09", "12", "15")]
    duty, told = played(DONE_A_YEAR_AGO, *home[:2], tick("2026-09-19"))
    assert told == []
    now = standing(
        GAS, SHANGHAI, first_due_ns=0, register_done_ns=duty.register_done_ns, visits=duty.visits
    )
    assert (now.tries, now.revisit_ns) == (2, local("2026-09-16"))
    assert told_of(duty, home[2]) == [("opened", "unreached")]


def test_a_revisit_puts_the_due_date_off_and_is_overdue_itself() -> None:
    tried = recorded("2026-09-10 19:00", "nobody-home")
    assert told_of(DONE_A_YEAR_AGO, tried, tick("2026-09-18"), tick("2026-09-20")) == []
    assert told_of(DONE_A_YEAR_AGO, tried, tick("2026-09-21")) == [("opened", "overdue")]


def test_a_try_before_the_due_date_takes_nothing_from_it() -> None:
    duty, _ = played(DONE_A_YEAR_AGO, recorded("2026-08-01 19:00", "nobody-home"))
    assert told_of(duty, tick("2026-09-17")) == []
    assert told_of(duty, tick("2026-09-18")) == [("opened", "overdue")]


def test_a_try_when_it_is_late_already_ends_nothing() -> None:
    found = told_of(
        DONE_A_YEAR_AGO,
        tick("2026-09-18"),
        recorded("2026-09-19 19:00", "nobody-home"),
        tick("2026-09-25"),
    )
    assert found == [("opened", "overdue")]


def test_refused_is_told_at_once_long_before_it_is_due() -> None:
    found = told_of(
        DONE_A_YEAR_AGO,
        recorded("2026-03-01 10:00", "refused"),
        recorded("2026-03-03 10:00", "nobody-home"),
        tick("2026-03-20"),
        recorded("2026-03-21 10:00"),
    )
    assert found == [("opened", "refused"), ("ended", "refused")]


def test_refused_while_overdue_is_said_of_the_same_problem_late_since_it_was_late() -> None:
    refused = recorded("2026-09-19 10:00", "refused")
    found = told_of(DONE_A_YEAR_AGO, tick("2026-09-18"), refused)
    assert found == [("opened", "overdue"), ("updated", "refused")]
    now = standing(
        GAS,
        SHANGHAI,
        first_due_ns=0,
        register_done_ns=DONE_A_YEAR_AGO.register_done_ns,
        visits=[refused.visit],
    )
    assert (now.wake_ns, now.reason) == (local("2026-09-18"), "refused")


def test_the_same_visit_told_twice_is_one() -> None:
    once, _ = played(DONE_A_YEAR_AGO, recorded("2026-09-01 10:00"))
    twice, told = played(once, recorded("2026-09-01 10:00", at="2026-09-05"))
    assert (twice, told) == (once, [])


def test_a_visit_that_was_told_late_takes_back_an_order_that_came_too_early() -> None:
    found = told_of(
        DONE_A_YEAR_AGO, tick("2026-09-18"), recorded("2026-09-12 10:00", at="2026-09-19")
    )
    assert found == [("opened", "overdue"), ("ended", "overdue")]


def test_an_older_doing_that_is_told_late_does_not_set_the_clock_back() -> None:
    duty, _ = played(DONE_A_YEAR_AGO, recorded("2026-09-01 10:00"))
    after, told = played(duty, recorded("2024-02-01 10:00", at="2026-09-02"))
    assert told == []
    assert played(after, tick("2026-09-30"))[1] == []


def test_swept_with_too_little_coverage_is_not_swept() -> None:
    base = Duty(first_due_ns=local("2026-09-02"))
    asked = [(None, "never"), (0.84, "never"), (0.85, "overdue")]
    for covered, reason in asked:
        now = standing(
            SWEEPING,
            SHANGHAI,
            first_due_ns=base.first_due_ns,
            register_done_ns=None,
            visits=[visit("2026-09-01 05:00", "done", covered)],
        )
        assert now.reason == reason


OUTCOMES = ("done", "nobody-home", "refused", "hazard", "unheard-of")
VISITS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(OUTCOMES)), max_size=7, unique=True
).map(
    lambda drawn: [
        Visit(id=f"v{n}", made_ns=local("2025-01-01") + day * DAY // 2, outcome=outcome)
        for n, (day, outcome) in enumerate(drawn)
    ]
)
BASES = st.builds(
    Duty,
    first_due_ns=st.integers(0, 800).map(lambda day: local("2025-01-01") + day * DAY),
    register_done_ns=st.none() | st.integers(0, 800).map(lambda d: local("2025-01-01") + d * DAY),
)
END = local("2027-09-01")


def final(kind: DutyKind, duty: Duty, told_at: list[Tick | Recorded]) -> tuple[object, ...]:
    for one in told_at:
        duty, _ = step(kind, SHANGHAI, duty, one)
    now = standing(
        kind,
        SHANGHAI,
        first_due_ns=duty.first_due_ns,
        register_done_ns=duty.register_done_ns,
        visits=duty.visits,
    )
    return now, duty.told is None, duty.told and duty.told.reason


@settings(deadline=None)
@given(BASES, VISITS, st.randoms(use_true_random=False))
def test_visits_told_in_any_order_end_where_those_told_in_order_do(
    duty: Duty, visits: list[Visit], chance: st.DataObject
) -> None:
    """In order: each at the time it was made, with a tick every twenty days between. Else: whenever, with
    ticks between."""
    made = sorted(visits, key=lambda one: (one.made_ns, one.id))
    in_order: list[Tick | Recorded] = [
        *(Recorded(one, one.made_ns) for one in made),
        *(Tick(local("2025-01-01") + day * DAY) for day in range(0, 970, 20)),
    ]
    in_order.sort(key=lambda one: one.at_ns)
    late = list(visits)
    chance.shuffle(late)  # type: ignore[attr-defined]
    told_late: list[Tick | Recorded] = []
    for n, one in enumerate(late):
        at = max(END - (len(late) - n) * 30 * DAY, one.made_ns)
        told_late += [Tick(at - DAY), Recorded(one, at)]
    ended = Tick(END)
    assert final(GAS, duty, [*told_late, ended]) == final(GAS, duty, [*in_order, ended])


def test_each_order_of_three_visits_by_hand() -> None:
    tries = [
        Visit(id="a", made_ns=local("2026-09-09 19:00"), outcome="nobody-home"),
        Visit(id="b", made_ns=local("2026-09-12 19:00"), outcome="refused"),
        Visit(id="c", made_ns=local("2026-09-13 09:00"), outcome="done"),
    ]
    ends = {
        final(GAS, DONE_A_YEAR_AGO, [Recorded(one, local("2026-09-14")) for one in order])
        for order in permutations(tries)
    }
    ((now, quiet, reason),) = ends
    assert (quiet, reason) == (True, None)
    assert now == standing(
        GAS, SHANGHAI, first_due_ns=0, register_done_ns=local("2026-09-13 09:00"), visits=()
    )


@settings(deadline=None)
@given(BASES, VISITS, st.lists(st.integers(0, 970), max_size=12))
def test_a_problem_is_opened_and_ended_in_turns_and_words_in_between_are_of_an_open_one(
    duty: Duty, visits: list[Visit], days: list[int]
) -> None:
    happenings: list[Tick | Recorded] = [Recorded(one, one.made_ns) for one in visits]
    happenings += [Tick(local("2025-01-01") + day * DAY) for day in days]
    happenings.sort(key=lambda one: one.at_ns)
    is_open = False
    for phase, _ in told_of(duty, *happenings):
        assert is_open == (phase != "opened")
        is_open = phase != "ended"


def test_an_outcome_that_the_document_no_longer_knows_is_kept_and_does_nothing() -> None:
    duty, told = played(DONE_A_YEAR_AGO, recorded("2026-09-01 10:00", "unheard-of"))
    assert told == []
    assert len(duty.visits) == 1
    assert told_of(duty, tick("2026-09-18")) == [("opened", "overdue")]


def test_without_again_an_open_problem_is_never_told_twice() -> None:
    kind = DutyKind(
        name="plain", zh="-", en="-", on="asset", every=Span(1, "days"), again=None,
        outcomes={"done": Outcome(then="next")},
    )  # fmt: skip
    duty, first = step(kind, SHANGHAI, NEVER_DONE, tick("2026-10-02"))
    _, second = step(kind, SHANGHAI, duty, tick("2036-10-02"))
    assert ([one.phase for one in first], second) == (["opened"], ())
