from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contract.names import LANES, Lane, lane_key
from edge_agent.store.outbox import LaneProgress
from edge_agent.uplink.drain import LIVE_WINDOW, choose, waiting


def lane(epoch: str, name: Lane, events: int, *, current: bool = False) -> LaneProgress:
    return LaneProgress(epoch, name, last_seq=events, stored=0, archived=0, is_current=current)


OLD_URGENT, OLD = lane("A", "urgent", 3), lane("A", "routine", 500)
OLDER = lane("0", "routine", 2)
NEW_URGENT, NEW = lane("B", "urgent", 1, current=True), lane("B", "routine", 9, current=True)
MASS = lane("B", "routine", LIVE_WINDOW + 1, current=True)


def order(*lanes: LaneProgress) -> list[tuple[str, str]]:
    """(epoch.lane, kind) in which whole lanes go, each sent out entirely before the next look."""
    left, gone = list(lanes), []
    while (choice := choose(left)) is not None:
        gone.append((lane_key(choice.lane.epoch, choice.lane.lane), choice.kind))
        left.remove(choice.lane)
    return gone


def test_urgent_then_news_then_backlog_oldest_first() -> None:
    assert order(OLDER, OLD_URGENT, OLD, NEW_URGENT, NEW) == [
        ("A.urgent", "urgent"),
        ("B.urgent", "urgent"),
        ("B.routine", "live"),
        ("0.routine", "backlog"),
        ("A.routine", "backlog"),
    ]


def test_a_running_epoch_that_fell_far_behind_is_backlog_too() -> None:
    assert order(OLD, MASS) == [("B.routine", "backlog"), ("A.routine", "backlog")]


def test_a_blocked_lane_lets_others_pass() -> None:
    choice = choose([OLD_URGENT, NEW], blocked={"A.urgent"})
    assert choice is not None
    assert choice.lane == NEW


@given(
    st.lists(
        st.builds(
            LaneProgress,
            epoch=st.sampled_from("ABCD"),
            lane=st.sampled_from(LANES),
            last_seq=st.integers(0, 3_000),
            stored=st.integers(0, 3_000),
            archived=st.just(0),
            is_current=st.booleans(),
        )
    )
)
def test_nothing_is_chosen_only_when_nothing_waits(lanes: list[LaneProgress]) -> None:
    choice = choose(lanes)
    assert (choice is None) == (not any(waiting(one) for one in lanes))
    if choice is not None:
        assert waiting(choice.lane) > 0
        urgent = any(waiting(one) for one in lanes if one.lane == "urgent")
        assert (choice.kind == "urgent") == urgent
