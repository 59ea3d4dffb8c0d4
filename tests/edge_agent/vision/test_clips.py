"""The ring of the last seconds: bounded in time and bytes, whatever is put in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.clips import ClipRing

SECOND = 1_000_000_000


def test_it_gives_what_came_before_and_after_and_no_more_often_than_asked() -> None:
    ring = ClipRing(seconds=10, max_bytes=1_000_000, fps=2)
    for step in range(100):  # ten frames a second
        at_ns = step * SECOND // 10
        if ring.wants(at_ns):
            ring.put(at_ns, b"%d" % step)
    assert ring.between(3 * SECOND, 5 * SECOND) == tuple(
        (step * SECOND // 10, b"%d" % step) for step in (30, 35, 40, 45, 50)
    )


@given(
    st.lists(st.tuples(st.integers(0, 3 * SECOND), st.integers(0, 2_000)), max_size=80),
    st.integers(1, 3_000),
)
def test_it_never_holds_more_than_it_may(puts: list[tuple[int, int]], most: int) -> None:
    ring, at_ns = ClipRing(seconds=5, max_bytes=most, fps=10), 0
    for step_ns, size in puts:
        at_ns += step_ns
        if ring.wants(at_ns):
            ring.put(at_ns, bytes(size))
        held = ring.between(0, at_ns)
        assert sum(len(one) for _, one in held) == ring.bytes <= most
        assert all(at_ns - when <= 5 * SECOND for when, _ in held) or not ring.wants(at_ns)


def test_a_ring_of_no_seconds_wants_nothing() -> None:
    assert not ClipRing(seconds=0, max_bytes=10, fps=2).wants(0)


def test_what_is_cleared_is_gone() -> None:
    ring = ClipRing(seconds=5, max_bytes=100, fps=2)
    ring.put(0, b"x")
    ring.clear()
    assert ring.between(0, SECOND) == ()
    assert ring.bytes == 0
