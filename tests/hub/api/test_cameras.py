"""Asking a gateway's camera: for a photo, or that its view is accepted; by whom and why, on record."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.payloads.gateway import CommandResult
from contract.timestamps import rfc3339
from hub import desk
from hub.store import audit
from tests.fakes.clock import START_UTC_NS
from tests.hub.api.commanded import log, told, with_admin
from tests.hub.assembled import Hub
from tests.hub.signing_box import SLOT

WHY = {"reason": "is the stall still there"}


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with with_admin(migrated_url, tmp_path) as made:
        yield made


def ask(hub: Hub, op: str, who: str, slot: str = SLOT, **body: Any) -> httpx.Response:
    path = f"/v1/gateways/{slot}/cameras/cam-1/{op}"
    return hub.client.post(path, json=WHY | body, headers=hub.bearer[who])


@pytest.mark.parametrize(("op", "who"), [("photo", "dispatcher"), ("accept-view", "admin")])
def test_who_asks_a_camera_and_why_is_in_the_log_and_goes_to_its_gateway(
    hub: Hub, op: str, who: str
) -> None:
    answer = ask(hub, op, who, preset="left")
    assert answer.status_code == 202, answer.text
    expires = rfc3339(START_UTC_NS + 600 * 10**9)
    assert answer.json() == {"id": f"{SLOT}-1", "slot": SLOT, "expires": expires}
    actor = {"dispatcher": "token/dispatcher", "admin": "token/li-na"}[who]
    wanted = {"camera": "cam-1", "preset": "left", "requested_by": actor, **WHY}
    assert told(hub) == [{"op": op, **wanted}]
    assert log(hub)[-1] == (actor, f"{op}-requested", f"camera/{SLOT}/cam-1", WHY["reason"])
    with hub.database.read() as conn:
        assert audit.verify(conn) == []


REFUSED: list[tuple[str, str, dict[str, Any], int]] = [
    ("photo", "viewer", {}, 403),
    ("accept-view", "dispatcher", {}, 403),
    ("photo", "dispatcher", {"reason": " "}, 422),
    ("photo", "dispatcher", {"expires_in_s": 0}, 422),
    ("photo", "dispatcher", {"expires_in_s": 90_000}, 422),
    ("photo", "dispatcher", {"requested_by": "somebody else"}, 422),
    ("photo", "dispatcher", {"slot": "cs-404"}, 404),
]


def test_without_the_role_or_the_reason_no_camera_looks(hub: Hub) -> None:
    before = log(hub)
    answers = [ask(hub, op, who, **body).status_code for op, who, body, _ in REFUSED]
    assert answers == [status for *_, status in REFUSED]
    assert told(hub) == []
    assert log(hub) == before


def test_the_desk_asks_and_lists_what_the_gateways_answered(hub: Hub) -> None:
    def at_the_desk(operation: str, **values: Any) -> desk.Answer:
        return desk.perform(hub.database, hub.config, operation, values)

    assert at_the_desk("cameras-asked").text == "nobody has asked anything of a camera"
    wanted = {"slot": SLOT, "camera": "cam-1", "preset": None, "by": "Li Na", **WHY}
    for wrong in ({"by": " "}, {"reason": ""}, {"slot": "cs-404"}, {"camera": ""}):
        assert at_the_desk("camera-photo", **wanted | wrong).status == 2
    asked = at_the_desk("camera-photo", **wanted)
    assert (asked.status, asked.text.startswith(f"{SLOT}-1: {SLOT} is asked")) == (0, True)
    assert at_the_desk("camera-accept-view", **wanted).status == 0
    assert [one["requested_by"] for one in told(hub)] == ["desk/Li Na"] * 2
    refused = CommandResult(command=f"{SLOT}-1", outcome="refused", detail="could not look: dark")
    hub.box.records(refused)
    assert hub.sync(hub.box.last, hub.box.last).status_code == 200
    second, first = at_the_desk("cameras-asked").text.splitlines()
    assert "accept-view" in second
    assert second.endswith("not answered yet")
    assert first.endswith("refused: could not look: dark")
    assert at_the_desk("originals-list").text == "nobody has asked for an original"
