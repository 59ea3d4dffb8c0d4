"""What people change about an order besides its state, and what they may not."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import httpx

from tests.fakes.clock import START_UTC_NS
from tests.hub.api.conftest import Desk
from tests.hub.detections import at
from tests.hub.photos import photo

ORDERS = "/v1/work-orders"
HOUR_NS = 3600 * 10**9
HERE = {"lon": 113.27, "lat": 23.16}


def post(
    desk: Desk, order: dict[str, Any], what: str, body: dict[str, Any], who: dict[str, str]
) -> httpx.Response:
    headers = {**who, "If-Match": f'"{order["version"]}"'}
    return desk.client.post(
        f"{ORDERS}/{order['id']}/{what}", json={"reason": "because", **body}, headers=headers
    )


def got(desk: Desk, order: dict[str, Any]) -> dict[str, Any]:
    found = desk.client.get(f"{ORDERS}/{order['id']}", headers=desk.as_("viewer")).json()
    assert isinstance(found, dict)
    return found


def actions(desk: Desk, order: dict[str, Any]) -> list[str]:
    path = f"{ORDERS}/{order['id']}/audit"
    return [
        one["action"] for one in desk.client.get(path, headers=desk.as_("viewer")).json()["items"]
    ]


def test_an_extension_lengthens_from_the_same_start(desk: Desk) -> None:
    order = desk.report().json()
    longer = post(desk, order, "extensions", {"amount": 3}, desk.as_("dispatcher"))
    assert longer.status_code == 200
    assert (order["due_at"], longer.json()["due_at"]) == (at(120), at(300))
    assert (longer.json()["extended"], longer.json()["version"]) == (1, order["version"] + 1)
    assert actions(desk, order) == ["opened", "extended"]


def test_late_more_time_takes_another_unit(desk: Desk) -> None:
    order = desk.report().json()
    desk.now_ns += HOUR_NS * 119 // 60
    more = {"amount": 3}
    for who in (desk.as_("dispatcher"), desk.as_("dispatcher", "own", unit="sanitation-3")):
        refused = post(desk, order, "extensions", more, who)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:edile:problem:forbidden")
        assert "another unit" in refused.json()["detail"]
    other = desk.as_("dispatcher", "other", unit="inspection")
    assert post(desk, order, "extensions", more, other).status_code == 200


def test_late_shelving_takes_another_unit_and_the_clock_stands_meanwhile(desk: Desk) -> None:
    order = desk.report().json()
    desk.now_ns += HOUR_NS
    until = at(60 + 600)
    shelved = desk.move(order, "shelved", desk.as_("dispatcher"), until=until).json()
    assert (shelved["state"], shelved["shelved_until"]) == ("shelved", until)
    assert "due_at" not in shelved
    desk.now_ns += 5 * HOUR_NS
    back = desk.move(shelved, "dispatched", desk.as_("dispatcher")).json()
    assert (back["due_at"], "shelved_until" in back) == (at(120 + 300), False)
    desk.now_ns += HOUR_NS * 50 // 60
    refused = desk.move(back, "shelved", desk.as_("dispatcher"), until=at(10_000))
    assert (refused.status_code, "another unit" in refused.json()["detail"]) == (403, True)


def test_nothing_is_shelved_for_ever_or_into_the_past(desk: Desk) -> None:
    order = desk.report().json()
    for wrong in ({}, {"until": at(-1)}, {"until": "tomorrow"}):
        refused = desk.move(order, "shelved", desk.as_("dispatcher"), **wrong)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/until")
    refused = desk.move(order, "returned", desk.as_("dispatcher"), until=at(9))
    assert refused.status_code == 422


def test_another_class_brings_its_own_time_from_the_old_start(desk: Desk) -> None:
    order = desk.report().json()
    desk.now_ns += HOUR_NS
    body = {"class_code": "E0102", "catalogue": "edile-local"}
    changed = post(desk, order, "class", body, desk.as_("dispatcher")).json()
    assert (changed["class_code"], changed["policy"]["name"]) == ("E0102", "over-capacity")
    assert (changed["opened_at"], changed["due_at"]) == (at(0), at(240))
    assert changed["priority"] == "high"


def test_a_stage_is_met_once_and_the_resolution_is_a_move(desk: Desk) -> None:
    order = desk.report(class_code="06001").json()
    met = post(desk, order, "milestones", {"stage": "accept"}, desk.as_("operator")).json()
    stages = {one["name"]: one for one in met["stages"]}
    assert stages["accept"]["met_at"] == at(0)
    assert met["version"] == order["version"] + 1  # another body, another ETag
    for stage in ("accept", "resolve", "nonsense"):
        again = post(desk, met, "milestones", {"stage": stage}, desk.as_("operator"))
        assert (again.status_code, again.json()["type"]) == (409, "urn:edile:problem:conflict")


def test_merging_keeps_both_and_parting_gives_everything_back(desk: Desk) -> None:
    first = desk.report(place=HERE, evidence=["ab" * 32]).json()
    desk.now_ns += HOUR_NS
    second = desk.report(place={"lon": 113.30, "lat": 23.16}, evidence=["cd" * 32]).json()
    assert first["id"] != second["id"]
    who = desk.as_("dispatcher")
    void = post(desk, first, "merge", {"into": second["id"]}, who).json()
    assert (void["state"], void["merged_into"], void["number"]) == (
        "void",
        second["id"],
        first["number"],
    )
    whole = got(desk, second)
    assert (whole["merged"], whole["evidence"]) == ([first["id"]], ["ab" * 32, "cd" * 32])
    assert [one["observed_at"] for one in whole["sightings"]] == [at(0), at(60)]
    assert whole["due_at"] == at(120)  # the earlier start
    parted = post(desk, void, "unmerge", {}, who).json()
    for one, was in ((parted, first), (got(desk, second), second)):
        same = ("state", "number", "evidence", "due_at", "observed_at", "opened_at")
        assert {name: one[name] for name in same} == {name: was[name] for name in same}
        assert "merged_into" not in one
    assert actions(desk, first) == ["opened", "merged", "unmerged"]
    assert actions(desk, second) == ["opened", "merged-part", "unmerged-part"]


def test_what_cannot_be_merged_is_said(desk: Desk) -> None:
    who = desk.as_("dispatcher")
    order, other = desk.report().json(), desk.report().json()
    done = desk.move(other, "resolved", who).json()
    for into, status in ((order["id"], 409), (done["id"], 409), ("0" * 24, 404)):
        refused = post(desk, order, "merge", {"into": into}, who)
        assert refused.status_code == status, into
    assert post(desk, order, "unmerge", {}, who).status_code == 409


def test_a_contractor_does_not_close_what_its_own_people_did(desk: Desk) -> None:
    """Who works for the same contractor counts as the handler."""
    order = desk.report(unit="clean-co").json()
    order = desk.move(order, "resolved", desk.as_("operator", "wu", unit="clean-co")).json()
    closed = desk.move(order, "closed", desk.as_("operator", "wu"))
    assert closed.status_code == 403
    assert desk.move(order, "closed", desk.as_("operator", "inspector")).status_code == 200


def bring(desk: Desk, content: bytes, who: dict[str, str]) -> str:
    name = sha256(content).hexdigest()
    headers = {**who, "Content-Type": "image/jpeg"}
    put = desk.client.request("PUT", f"/v1/photos/{name}", content=content, headers=headers)
    assert put.status_code == 201, put.text
    return name


def test_a_resolution_needs_a_new_photo_of_this_place_and_of_after_the_order(desk: Desk) -> None:
    who = desk.as_("operator")
    order = desk.report(class_code="99999", place=HERE).json()
    assert order["policy"]["name"] == "reported"
    desk.now_ns += HOUR_NS
    place = (HERE["lon"], HERE["lat"])
    taken = START_UTC_NS + HOUR_NS // 2
    before = bring(desk, photo(1, utc_ns=START_UTC_NS - HOUR_NS, place=place), who)
    far = bring(desk, photo(2, utc_ns=taken, place=(113.29, 23.16)), who)
    blind = bring(desk, photo(3, utc_ns=taken), who)
    timeless = bring(desk, photo(4, place=place), who)
    told = {
        before: "before the order was sent out",
        far: "from the place",
        blind: "does not say where",
        timeless: "does not say when",
        "ef" * 32: "not uploaded yet",
    }
    for name, why in told.items():
        refused = desk.move(order, "resolved", who, evidence=[name])
        assert refused.status_code == 422, name
        assert refused.json()["type"] == "urn:edile:problem:evidence-lacking"
        assert why in refused.json()["errors"][0]["detail"]
    assert desk.move(order, "resolved", who).status_code == 422
    good = bring(desk, photo(5, utc_ns=taken, place=place), who)
    done = desk.move(order, "resolved", who, evidence=[before, good])
    assert done.status_code == 200
    # The same photo, stored anew, proves nothing at the unit's next order.
    other = desk.report(class_code="99999", place=HERE).json()
    if other["id"] == order["id"]:
        other = desk.report(class_code="99999", place={"lon": 113.2704, "lat": 23.16}).json()
    desk.now_ns += HOUR_NS
    twin = bring(desk, photo(5, utc_ns=desk.now_ns, place=place, quality=40), who)
    refused = desk.move(other, "resolved", who, evidence=[twin])
    assert refused.status_code == 422
    assert good[:12] in refused.json()["errors"][0]["detail"]


def test_a_photo_is_what_its_name_says_and_a_picture(desk: Desk) -> None:
    headers = {**desk.as_("operator"), "Content-Type": "image/jpeg"}
    content = photo()
    wrong = desk.client.request("PUT", f"/v1/photos/{'0' * 64}", content=content, headers=headers)
    assert wrong.status_code == 422
    for bad, media in ((b"%PDF-1.7", "image/jpeg"), (content, "text/html"), (content, "image/png")):
        name = sha256(bad).hexdigest()
        sent = {**headers, "Content-Type": media}
        got_back = desk.client.request("PUT", f"/v1/photos/{name}", content=bad, headers=sent)
        assert got_back.status_code == 422, (bad[:8], media)


def hand_over(
    desk: Desk, orders: list[dict[str, Any]], key: str | None = None, **more: Any
) -> httpx.Response:
    headers = desk.as_("dispatcher") | ({"Idempotency-Key": key} if key else {})
    body = {"reason": "areas of 2027", "orders": orders, **more}
    return desk.client.post(f"{ORDERS}:hand-over", json=body, headers=headers)


def test_a_list_of_orders_is_handed_over_and_what_changed_since_is_named(desk: Desk) -> None:
    first, second = desk.report().json(), desk.report(detail="another").json()
    moved = post(desk, second, "moves", {"to": "void"}, desk.as_("dispatcher"))
    assert moved.status_code == 200
    unit = first["owner"]["unit"]
    listed = [{"order": one["id"], "owner": unit, "to_unit": "greening-1", "area": "a-1"}
              for one in (first, second)]  # fmt: skip
    for key in ("k-1", "k-1", None):
        done = hand_over(desk, listed, key)
        assert done.status_code == 200
        what = "moved" if key else "already"
        assert done.json()["orders"] == [
            {"order": first["id"], "number": first["number"], "what": what},
            {"order": second["id"], "number": second["number"], "what": "refused",
             "why": "it is void by now"},
        ]  # fmt: skip
    assert got(desk, first)["owner"]["unit"] == "greening-1"
    assert actions(desk, first) == ["opened", "moved"]


def test_a_list_says_why_and_is_of_a_size(desk: Desk) -> None:
    one = {"order": desk.report().json()["id"], "to_unit": "greening-1"}
    for orders, reason, pointer in (
        ([one], " ", "/reason"),
        ([], "so", "/orders"),
        ([one] * 501, "so", "/orders"),
    ):
        refused = hand_over(desk, orders, reason=reason)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
