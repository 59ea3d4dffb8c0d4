"""The queue before the models: newest wins, everyone has a turn, and a stuck job can be seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from edge_agent.vision.detector import LookQueue


class Desk:
    """A queue with a clock that is moved by hand; jobs write down what they were."""

    def __init__(self) -> None:
        self.now_ns, self.done = 0, list[str]()
        self.queue = LookQueue(lambda: self.now_ns)

    def put(self, camera: str, name: str) -> bool:
        return self.queue.put(camera, lambda: self.done.append(name))

    def run_all(self) -> list[str]:
        while self.queue.run_next(wait=False):
            pass
        return self.done


def test_a_newer_frame_takes_the_place_of_the_older() -> None:
    desk = Desk()
    assert not desk.put("cam-1", "old")
    assert desk.put("cam-1", "new")
    assert desk.run_all() == ["new"]


def test_a_busy_camera_does_not_keep_the_others_waiting() -> None:
    desk = Desk()
    for turn in range(3):
        for _ in range(10):
            desk.put("busy", f"busy {turn}")
        for camera in ("b", "c"):
            desk.put(camera, f"{camera} {turn}")
        desk.queue.run_next(wait=False)
    assert desk.done == ["busy 0", "b 1", "c 2"]


@given(st.lists(st.sampled_from("abcd"), max_size=60))
def test_no_camera_is_served_twice_while_another_waits(puts: list[str]) -> None:
    desk = Desk()
    for number, camera in enumerate(puts):
        desk.put(camera, camera)
        if number % 3 == 2:
            desk.queue.run_next(wait=False)
    waiting = len(set(desk.queue._jobs))
    before = len(desk.done)
    desk.run_all()
    assert len(set(desk.done[before:])) == waiting == len(desk.done) - before


def test_what_waits_for_a_closed_camera_is_not_done() -> None:
    desk = Desk()
    desk.put("cam-1", "late")
    desk.queue.withdraw("cam-1")
    assert desk.run_all() == []


def test_a_job_that_hangs_is_seen_by_its_time() -> None:
    desk = Desk()
    seen = []

    def hang() -> None:
        desk.now_ns += 40 * 10**9
        seen.append(desk.queue.stuck_s())

    desk.queue.put("cam-1", hang)
    assert desk.queue.stuck_s() == 0.0
    desk.queue.run_next(wait=False)
    assert seen == [40.0]
    assert desk.queue.stuck_s() == 0.0


def test_at_the_end_nothing_is_run_any_more() -> None:
    desk = Desk()
    desk.put("cam-1", "late")
    desk.queue.end()
    desk.queue.run()
    assert desk.done == []
