"""Asking for an unmasked original: an admin, with a reason, on record; and who may look at it then."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract.payloads.base import PhotoRef
from contract.payloads.evidence import EvidenceOriginal
from contract.payloads.gateway import CommandResult
from contract.timestamps import rfc3339
from hub import desk
from hub.store import audit
from tests.fakes.clock import START_UTC_NS
from tests.hub.api.commanded import log, told, with_admin
from tests.hub.api.test_evidence import put
from tests.hub.assembled import Hub
from tests.hub.signing_box import SLOT
from tests.hub.store.test_blobs import jpeg

MASKED, ORIGINAL = jpeg(640, 480, b"\xff\xfe\x00\x04mm"), jpeg(640, 480, b"\xff\xfe\x00\x04oo")
PHOTO, NAME = sha256(MASKED).hexdigest(), sha256(ORIGINAL).hexdigest()
WHY = {"reason": "objection 4 of the shop"}


@pytest.fixture
def hub(migrated_url: str, tmp_path: Path) -> Iterator[Hub]:
    with with_admin(migrated_url, tmp_path) as made:
        yield made


def ask(hub: Hub, who: str = "admin", name: str = PHOTO, **body: Any) -> httpx.Response:
    path = f"/v1/evidence/{name}/original"
    return hub.client.post(path, json=WHY | body, headers=hub.bearer[who])


def give(hub: Hub) -> None:
    """The gateway answers, and brings the original."""
    payload = EvidenceOriginal(
        evidence=(PhotoRef(sha256=NAME),), size_bytes=len(ORIGINAL),
        requested_by="token/li-na", reason=WHY["reason"],
    )  # fmt: skip
    first = hub.box.last + 1
    hub.box.records(payload, CommandResult(command=f"{SLOT}-1", outcome="done"))
    assert hub.sync(first, hub.box.last).status_code == 200
    assert put(hub, ORIGINAL, 0, whole=ORIGINAL, media="image/jpeg").status_code == 201


def test_an_admin_asks_by_the_photo_and_the_gateway_that_brought_it_is_told(hub: Hub) -> None:
    put(hub, MASKED, 0, whole=MASKED, media="image/jpeg")
    answer = ask(hub)
    assert answer.status_code == 202, answer.text
    expires = rfc3339(START_UTC_NS + 7 * 86_400 * 10**9)
    assert answer.json() == {"id": f"{SLOT}-1", "slot": SLOT, "expires": expires}
    wanted = {"sha256": PHOTO, "requested_by": "token/li-na", "reason": WHY["reason"]}
    assert told(hub) == [{"op": "send-original", **wanted}]
    asked = ("token/li-na", "original-requested", f"evidence/{PHOTO}", WHY["reason"])
    assert log(hub)[-1] == asked
    with hub.database.read() as conn:
        assert audit.verify(conn) == []


def test_the_originals_own_name_needs_the_gateway_with_it(hub: Hub) -> None:
    assert ask(hub, name=NAME).status_code == 404
    assert ask(hub, name=NAME, slot="cs-404").status_code == 404
    assert ask(hub, name=NAME, slot=SLOT).status_code == 202
    assert [one["sha256"] for one in told(hub)] == [NAME]


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("dispatcher", {}, 403),
        ("viewer", {}, 403),
        ("admin", {"reason": " "}, 422),
        ("admin", {"expires_in_s": 0}, 422),
        ("admin", {"expires_in_s": 8 * 86_400}, 422),
        ("admin", {"requested_by": "somebody else"}, 422),
    ],
)
def test_without_the_role_or_the_reason_nobody_is_asked(
    hub: Hub, who: str, body: dict[str, Any], status: int
) -> None:
    put(hub, MASKED, 0, whole=MASKED, media="image/jpeg")
    before = log(hub)
    assert ask(hub, who, **body).status_code == status
    assert told(hub) == []
    assert log(hub) == before


def test_nobody_gets_round_it_by_the_route_for_any_command(hub: Hub) -> None:
    path, args = f"/v1/gateways/{SLOT}/commands", {"sha256": NAME, "requested_by": "x", **WHY}
    body = {"op": "send-original", "args": args}
    assert hub.client.post(path, json=body, headers=hub.bearer["dispatcher"]).status_code == 403
    assert told(hub) == []
    assert hub.client.post(path, json=body, headers=hub.bearer["admin"]).status_code == 202
    (one,) = told(hub)
    assert one["requested_by"] == "token/li-na"
    nameless = body | {"args": {"sha256": NAME.upper(), **WHY}}
    assert hub.client.post(path, json=nameless, headers=hub.bearer["admin"]).status_code == 422


def test_only_an_admin_looks_at_the_original_and_that_is_on_record(hub: Hub) -> None:
    put(hub, MASKED, 0, whole=MASKED, media="image/jpeg")
    ask(hub)
    give(hub)
    path = f"/v1/evidence/{NAME}"
    for who in ("viewer", "dispatcher"):
        assert hub.client.get(path, headers=hub.bearer[who]).status_code == 403
    assert log(hub)[-1][1] == "original-requested"
    got = hub.client.get(path, headers=hub.bearer["admin"])
    assert (got.status_code, got.content) == (200, ORIGINAL)
    assert log(hub)[-1][:3] == ("token/li-na", "original-viewed", f"evidence/{NAME}")
    shown = hub.client.get(f"/v1/evidence/{PHOTO}", headers=hub.bearer["viewer"])
    assert shown.content == MASKED
    assert log(hub)[-1][1] == "evidence-viewed"


def test_the_desk_asks_and_lists_what_became_of_it(hub: Hub) -> None:
    def at_the_desk(operation: str, **values: Any) -> desk.Answer:
        return desk.perform(hub.database, hub.config, operation, values)

    assert at_the_desk("originals-list").text == "nobody has asked for an original"
    wanted = {"sha256": PHOTO, "by": "Li Na", "slot": None, **WHY}
    unknown = at_the_desk("original-ask", **wanted)
    assert (unknown.status, "name the gateway" in unknown.text) == (2, True)
    put(hub, MASKED, 0, whole=MASKED, media="image/jpeg")
    for wrong in ({"sha256": "abc"}, {"reason": ""}, {"slot": "cs-404"}):
        assert at_the_desk("original-ask", **wanted | wrong).status == 2
    asked = at_the_desk("original-ask", **wanted)
    assert (asked.status, asked.text.startswith(f"{SLOT}-1: {SLOT} is asked")) == (0, True)
    assert [one["requested_by"] for one in told(hub)] == ["desk/Li Na"]
    assert "not answered yet" in at_the_desk("originals-list").text
    give(hub)
    request, given = at_the_desk("originals-list").text.splitlines()
    assert request.startswith(f"{SLOT}-1")
    assert request.endswith("done")
    assert given.startswith(NAME)
    assert given.endswith(WHY["reason"])
