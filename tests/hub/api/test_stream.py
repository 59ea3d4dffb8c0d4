"""The stream under a real uvicorn, over real sockets, on both databases. Looks happen when a test says so."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from hub.api.stream import ALIVE_BEATS, PAGE
from hub.store import domain_events, tokens
from tests.hub.api.listening import PATIENCE_S, Got, Live, live_at, quiet_connection
from tests.hub.detections import DISTRICT, at

OTHER = "haizhu"


@pytest.fixture
def live(migrated_url: str, tmp_path: Path) -> Iterator[Live]:
    with live_at(migrated_url, tmp_path) as made:
        yield made


def test_events_arrive_as_they_happen_with_number_type_and_the_data_of_a_webhook(
    live: Live,
) -> None:
    token = live.token()
    live.tell("work-order/before")
    with live.listening(token) as listener:
        live.tell("work-order/a", "work-order/b")
        live.beats.tick()
        first, second = listener.event(), listener.event()
    assert first == Got(
        2,
        "order.moved",
        {
            "type": "order.moved",
            "timestamp": at(0),
            "district": DISTRICT,
            "n": 2,
            "subject": "work-order/a",
            "data": {"subject": "work-order/a"},
        },
    )
    assert second is not None
    assert (second.id, second.data and second.data["subject"]) == (3, "work-order/b")


def test_whoever_reconnects_misses_nothing_and_hears_nothing_twice(live: Live) -> None:
    """Connections that break anywhere, while others write."""
    token, draw, whole = live.token(), random.Random(14), 3 * PAGE

    def write() -> None:
        sizes = random.Random(15)
        told = 0
        while told < whole:
            some = min(sizes.randint(1, 12), whole - told)
            live.tell(*(f"work-order/{told + n}" for n in range(some)))
            told += some
            live.beats.tick()

    heard: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        while len(heard) < whole:
            with live.listening(token, "?after=0", heard[-1] if heard else None) as listener:
                heard += listener.ids(min(draw.randint(1, 40), whole - len(heard)))
        writing.result(timeout=PATIENCE_S)
    assert heard == list(range(1, whole + 1))


def test_the_last_id_counts_before_the_number_in_the_address(live: Live) -> None:
    token = live.token()
    live.tell("a", "b", "c", "d")
    with live.listening(token, "?after=1") as listener:
        assert listener.ids(3) == [2, 3, 4]
    with live.listening(token, "?after=1", last_id=3) as listener:
        assert listener.ids(1) == [4]


def test_a_reader_of_some_types_is_told_how_far_the_stream_has_come(live: Live) -> None:
    token = live.token()
    with live.listening(token, "?after=0&type=order.&type=duty.late") as listener:
        live.tell("x", kind="order.opened")
        live.tell("y", kind="roster.changed")
        live.tell("z", kind="duty.late")
        live.tell(*"uvw", kind="orders.counted")
        live.beats.tick()
        assert [(got.id, got.event) for _ in range(2) if (got := listener.event())] == [
            (1, "order.opened"),
            (3, "duty.late"),
        ]
        live.beats.tick(ALIVE_BEATS)
        alive = listener.block()
    assert alive == Got(6, None, None)


def test_another_district_is_not_heard(live: Live) -> None:
    ours, theirs = live.token(), live.token("mei", OTHER)
    with live.listening(ours, "?after=0") as here, live.listening(theirs, "?after=0") as there:
        live.tell("work-order/theirs", district=OTHER)
        live.tell("work-order/ours", "work-order/ours-2")
        live.beats.tick(2)
        assert here.ids(2) == [1, 2]
        heard = there.event()
        assert heard is not None
        assert heard.data is not None
        assert heard.data["subject"] == "work-order/theirs"


def test_what_cannot_be_begun_is_refused_before_the_answer(live: Live) -> None:
    mine = {"Authorization": f"Bearer {live.token()}"}
    live.tell("a", "b", "c")
    with live.database.write() as conn:
        domain_events.prune(conn, DISTRICT, before=at(1), through=1)
    assert live.refused({})[0] == 401
    assert live.refused({"Authorization": "Bearer nobody"})[0] == 401
    assert live.refused(mine, "?afetr=1") == (422, "afetr: Extra inputs are not permitted")
    assert live.refused({**mine, "Last-Event-ID": "two"})[0] == 422
    forgotten = live.refused(mine, "?after=0")
    assert forgotten[0] == 410
    assert "there are 2 to 3" in forgotten[1]
    assert live.refused({**mine, "Last-Event-ID": "9"}) == (
        410,
        "events behind 9 are not kept; there are 2 to 3; read the lists again, and begin behind 3",
    )


def test_head_tells_what_the_stream_is_and_ends(live: Live) -> None:
    headers = {"Authorization": f"Bearer {live.token()}"}
    got = httpx.head(f"{live.address}/v1/stream", headers=headers, timeout=PATIENCE_S)
    assert (got.status_code, got.content) == (200, b"")
    assert got.headers["Content-Type"].startswith("text/event-stream")


def test_a_stream_ends_when_its_token_is_revoked(live: Live) -> None:
    with live.listening(live.token()) as listener:
        assert listener.block() is not None
        live.beats.tick(ALIVE_BEATS)
        assert listener.block() == Got(0, None, None)
        with live.database.write() as conn:
            tokens.revoke_token(conn, district=DISTRICT, name="lin", at=at(1))
        live.beats.tick(ALIVE_BEATS)
        assert listener.block() is None


def test_one_look_serves_all_streams_and_nobody_looks_for_nobody(live: Live) -> None:
    token = live.token()

    def looks() -> int:
        return sum("audit_head.told > " in one for one in live.statements)

    assert live.beats.slept == 0
    with (
        live.listening(token) as one,
        live.listening(token) as two,
        live.listening(token) as three,
    ):
        all_three = (one, two, three)
        for listener in all_three:
            listener.block()
        live.beats.tick(ALIVE_BEATS)
        for listener in all_three:
            assert listener.block() == Got(0, None, None)
        assert looks() == ALIVE_BEATS
        idle = [one for one in live.statements if "domain_event" in one]
        live.beats.tick(ALIVE_BEATS)
        for listener in all_three:
            assert listener.block() == Got(0, None, None)
        assert [one for one in live.statements if "domain_event" in one] == idle


def test_more_streams_than_the_hub_gives_are_told_to_come_back(
    migrated_url: str, tmp_path: Path
) -> None:
    with live_at(migrated_url, tmp_path, most=1) as live:
        token = live.token()
        with live.listening(token) as listener:
            listener.block()
            status, told = live.refused({"Authorization": f"Bearer {token}"})
        assert (status, "open" in told) == (503, True)


def test_a_slow_reader_costs_pages_not_a_queue(live: Live) -> None:
    """It takes nothing for a while. What the hub reads for it then is what sockets hold, not what happened;
    and at its own pace it gets everything."""
    token, whole, big = live.token(), 400, "x" * 30_000
    for start in range(0, whole, 50):
        live.tell(*(f"{big}/{n}" for n in range(start, start + 50)))

    def pages() -> int:
        return sum("domain_event.n > " in one for one in live.statements)

    with quiet_connection(live.address, token, "?after=0") as bare:
        bare.recv(1000)
        read, same = pages(), 0
        while same < 20:  # a request through the same loop is time enough to read on, if it would
            httpx.get(f"{live.address}/healthz", timeout=PATIENCE_S)
            now = pages()
            read, same = now, same + 1 if now == read else 0
        assert read * PAGE < whole
        bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        text = bytearray()
        while f"id: {whole}\n".encode() not in text[-200:]:
            text += bare.recv(1 << 20)
    ids = [int(line[4:]) for line in text.split(b"\n") if line.startswith(b"id: ")]
    assert ids[-whole:] == list(range(1, whole + 1))


def test_events_that_are_forgotten_under_a_slow_reader_end_its_stream(live: Live) -> None:
    token, big = live.token(), "x" * 30_000
    for _ in range(6):
        live.tell(*[big] * 50)
    with live.listening(token, "?after=0") as listener:
        heard = listener.ids(1)
        with live.database.write() as conn:
            domain_events.prune(conn, DISTRICT, before=at(9))
        while (got := listener.event()) is not None:
            heard.append(got.id)
    assert heard == list(range(1, len(heard) + 1))
    assert len(heard) < 300
    assert live.refused({"Authorization": f"Bearer {token}"}, f"?after={heard[-1]}")[0] == 410


def test_streams_end_cleanly_when_the_hub_stops(migrated_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with live_at(migrated_url, tmp_path) as live:
            token, begun = live.token(), threading.Event()

            def listen() -> list[int]:
                with live.listening(token) as listener:
                    listener.block()
                    begun.set()
                    ids = []
                    while (got := listener.event()) is not None:
                        ids.append(got.id)
                    return ids

            heard = pool.submit(listen)
            assert begun.wait(PATIENCE_S)
            live.tell("a")
            live.beats.tick()
        assert heard.result(timeout=PATIENCE_S) in ([1], [])  # and no broken connection


def test_the_stream_is_documented(live: Live) -> None:
    documented = httpx.get(f"{live.address}/openapi.json", timeout=PATIENCE_S).json()
    told = documented["paths"]["/v1/stream"]["get"]
    assert "text/event-stream" in told["responses"]["200"]["content"]
    assert {one["name"].lower() for one in told["parameters"]} == {"after", "type", "last-event-id"}
