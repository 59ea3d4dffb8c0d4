"""What cameras looked at: kept when a gateway tells it, added up for whoever asks by REST or on the hub's machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.envelope import Moment, encode_event
from contract.gateway_view import LooksPage
from contract.names import ClockState, EventId, source_of
from contract.payloads.camera import CameraLooks, LookCount
from contract.payloads.waste import Window
from contract.timestamps import rfc3339
from hub import desk
from hub.store import gateways
from hub.store.camera_looks import KEPT_S, keep
from hub.store.tables import camera_looks
from tests.fakes.clock import START_UTC_NS
from tests.hub.assembled import Hub, assembled
from tests.hub.detections import DISTRICT, at
from tests.hub.signing_box import EPOCH, SLOT

HOUR_NS = 3_600 * 10**9
SHOPS = LookCount(
    every_min=30, preset="shop-fronts", hours=("07:00-21:00",), seen=1, not_seen=1,
    last="seen", last_at=at(-10),
)  # fmt: skip


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with assembled(migrated_url, tmp_path) as made:
        yield made


def window(hours_ago: int, *looks: LookCount, camera: str = "cam-1", full: int = 0) -> CameraLooks:
    end_ns = START_UTC_NS - hours_ago * HOUR_NS
    span = Window(start=rfc3339(end_ns - HOUR_NS), end=rfc3339(end_ns))
    return CameraLooks(camera=camera, window=span, looks=looks, full_looks=full)


def tell(hub: Hub, *told: CameraLooks) -> None:
    first = hub.box.last + 1
    hub.box.records(*told)
    assert hub.sync(first, hub.box.last).status_code == 200


def shown(hub: Hub, query: str = "", status: int = 200) -> LooksPage:
    path = f"/v1/gateways/{SLOT}/looks{query}"
    answer = hub.client.get(path, headers=hub.bearer["viewer"])
    assert answer.status_code == status, answer.text
    return (
        msgspec.json.decode(answer.content, type=LooksPage)
        if status == 200
        else LooksPage(items=[])
    )


def test_windows_of_a_day_are_added_up_by_camera_and_preset(hub: Hub) -> None:
    dark = msgspec.structs.replace(
        SHOPS, seen=0, not_seen=0, could_not_look=2, reasons={"dark": 2}, last="could-not-look",
        last_at=at(-1),
    )  # fmt: skip
    covered = msgspec.structs.replace(
        dark, could_not_look=1, reasons={"covered": 1}, last_at=at(-70)
    )
    tell(hub, window(2, SHOPS, full=180), window(1, covered, full=170), window(0, dark, full=9))
    tell(hub, window(1, camera="cam-2", full=3))
    one, other = shown(hub).items
    assert (one.slot, one.camera, one.windows, one.full_looks) == (SLOT, "cam-1", 3, 359)
    assert one.last_window_end == at(0)
    (line,) = one.looks
    assert (line.seen, line.not_seen, line.could_not_look) == (1, 1, 3)
    assert line.reasons == {"covered": 1, "dark": 2}
    assert (line.last, line.last_at) == ("could-not-look", at(-1))
    assert (other.camera, other.looks, other.full_looks) == ("cam-2", [], 3)


def test_only_windows_that_ended_in_the_hours_asked_for(hub: Hub) -> None:
    tell(hub, window(30, SHOPS), window(2, SHOPS))
    assert shown(hub).items[0].windows == 1
    assert shown(hub, "?hours=48").items[0].windows == 2
    assert shown(hub, "?hours=1").items == []
    shown(hub, "?hours=0", 422)
    shown(hub, "?hours=200", 422)


def test_another_districts_gateway_is_none(hub: Hub) -> None:
    with hub.database.write() as conn:
        pem = hub.box.key.public.to_pem()
        gateways.add_key(conn, kid="xx-1#1", public_pem=pem, district="other", unit=None, at=at(0))
        keep(conn, "xx-1", "e.routine.1", window(0, SHOPS), at(0))
    told = desk.perform(hub.database, hub.config, "looks", {"hours": 24, "slot": None})
    assert told.text.startswith("no camera")
    for slot in ("cs-404", "xx-1"):
        path = f"/v1/gateways/{slot}/looks"
        assert hub.client.get(path, headers=hub.bearer["viewer"]).status_code == 404
    assert hub.client.get(f"/v1/gateways/{SLOT}/looks").status_code == 401


def test_the_same_event_again_counts_once_and_old_windows_are_forgotten(hub: Hub) -> None:
    days = KEPT_S // 86_400
    tell(hub, window(24 * days + 30, SHOPS), window(24 * days - 1, SHOPS), window(0, SHOPS))
    assert hub.sync(1, hub.box.last).status_code == 200
    with hub.database.read() as conn:
        kept = list(conn.scalars(sa.select(camera_looks.c.until).order_by(camera_looks.c.until)))
    assert kept == [at(-(24 * days - 1) * 60), at(0)]


def test_a_box_without_the_time_looked_when_it_was_heard(hub: Hub) -> None:
    unset: ClockState = "unset"
    raw = encode_event(
        window(0, SHOPS), event_id=EventId(EPOCH, "routine", 1), source=source_of(DISTRICT, SLOT),
        subject="camera/cam-1", moment=Moment("boot-1", 1, 5 * 10**9, unset),
    )  # fmt: skip
    hub.box.records_raw(raw.replace(at(0)[:10].encode(), b"1970-01-01"))
    assert hub.sync(1, 1).status_code == 200
    assert shown(hub).items[0].last_window_end == at(0)


def test_a_window_that_is_no_time_is_the_events_fault_alone(hub: Hub) -> None:
    wrong = CameraLooks(camera="cam-1", window=Window(start="noon", end="tea"), looks=(SHOPS,))
    first = hub.box.last + 1
    hub.box.records(wrong, window(0, SHOPS))
    answers = [hub.sync(first, hub.box.last).status_code for _ in range(4)]
    assert answers[-1] == 200
    assert [one.camera for one in shown(hub).items] == ["cam-1"]


def test_on_the_hubs_machine_it_is_a_line_for_each_preset(hub: Hub) -> None:
    blind = msgspec.structs.replace(
        SHOPS, preset=None, hours=(), seen=0, not_seen=0, could_not_look=3,
        reasons={"dark": 2, "covered": 1}, last=None, last_at=None,
    )  # fmt: skip
    tell(hub, window(0, SHOPS, blind, full=12))
    values = {"hours": 24, "slot": None}
    told = desk.perform(hub.database, hub.config, "looks", values)
    assert [line.split() for line in told.text.splitlines()] == [
        f"{SLOT} cam-1 shop-fronts 07:00-21:00 seen 1 not seen 1 could not look 0 "
        f"last seen {at(-10)[:16]}Z".split(),
        f"{SLOT} cam-1 as it stands seen 0 not seen 0 could not look 3 (covered 1, dark 2)".split(),
        f"{SLOT} cam-1 by itself 12 looks at the whole view until {at(0)[:16]}Z".split(),
    ]
    none = desk.perform(hub.database, hub.config, "looks", {"hours": 24, "slot": "cs-404"})
    assert (none.status, none.text) == (0, "no camera told of a look within 24 h")
