"""Work orders over REST: reporting, moving, ETags, paging, filters, idempotency."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from hub.dispatching import dispatch
from tests.hub.api.conftest import Desk
from tests.hub.detections import at, detection, name_unit

ORDERS = "/v1/work-orders"


def pages(desk: Desk, query: str = "", between: Any = None) -> list[str]:
    """Ids of all pages, following Link; `between` runs after each page."""
    found: list[str] = []
    url = f"{ORDERS}?{query}"
    while url:
        got = desk.client.get(url, headers=desk.as_("viewer"))
        assert got.status_code == 200, got.text
        body = got.json()
        found += [one["id"] for one in body["items"]]
        link = got.links.get("next", {}).get("url", "")
        assert bool(link) == (body["next"] is not None)
        url = link
        if between:
            between()
    return found


def filled(desk: Desk, number: int = 12) -> None:
    with desk.database.write() as conn:
        name_unit(conn, "cs-017", "sanitation-3")
        for n in range(number):
            slot, kind = ("cs-017", "over-capacity") if n % 3 else ("cs-018", "untared-tip")
            dispatch(
                conn,
                detection(
                    n,
                    slot=slot,
                    kind=kind,
                    problem_id=f"p-{n}",
                    object=f"weighbridge/wb-{n % 2}",
                    lon=113 + n / 100,
                    lat=23.0,
                    minute=n,
                ),
            )


def test_a_report_becomes_an_order_with_number_place_and_deadline(desk: Desk) -> None:
    made = desk.report(
        place={"lon": 113.27, "lat": 23.16},
        evidence=["ab" * 32],
        observed_at="2026-09-21T14:00:00+08:00",
    )
    assert made.status_code == 201
    order = made.json()
    assert made.headers["Location"] == f"{ORDERS}/{order['id']}"
    assert made.headers["ETag"] == '"1"'
    assert (order["number"], order["state"], order["owner"]) == (
        "2026-000001",
        "dispatched",
        {"unit": "sanitation-3"},
    )
    assert (order["observed_at"], order["opened_at"], order["due_at"]) == (
        "2026-09-21T06:00:00.000Z",
        at(0),
        at(2 * 60),  # what the policy of 09006 gives
    )
    assert order["sightings"][0]["source"] == "/baiyun/token/dispatcher"
    got = desk.client.get(made.headers["Location"], headers=desk.as_("viewer"))
    assert got.json() == order


def test_a_report_without_unit_waits_in_the_no_owner_queue_until_a_unit_is_named(
    desk: Desk,
) -> None:
    order = desk.report(unit=None).json()
    assert order["state"] == "no-owner"
    refused = desk.move(order, "dispatched", desk.as_("dispatcher"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit")
    moved = desk.move(order, "dispatched", desk.as_("dispatcher"), unit="contractor-1").json()
    assert (moved["state"], moved["owner"]["unit"]) == ("dispatched", "contractor-1")


def test_an_order_goes_to_closed_by_two_people_and_its_history_says_so(desk: Desk) -> None:
    order = desk.report().json()
    desk.now_ns += 60 * 10**9
    order = desk.move(
        order, "resolved", desk.as_("operator", "lin"), reason="cleared", evidence=["cd" * 32]
    ).json()
    refused = desk.move(order, "closed", desk.as_("operator", "lin"))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:edile:problem:forbidden")
    closed = desk.move(order, "closed", desk.as_("operator", "mei"), reason="looked: gone")
    assert closed.status_code == 200
    assert closed.headers["ETag"] == f'"{closed.json()["version"]}"' == '"3"'
    assert closed.json()["evidence"] == ["cd" * 32]
    history = desk.client.get(f"{ORDERS}/{order['id']}/audit", headers=desk.as_("viewer")).json()[
        "items"
    ]
    assert [(h["actor"], h.get("from_state"), h["to_state"], h.get("reason")) for h in history] == [
        ("token/dispatcher", None, "dispatched", None),
        ("token/lin", "dispatched", "resolved", "cleared"),
        ("token/mei", "resolved", "closed", "looked: gone"),
    ]


def test_rework_is_counted_and_does_not_reset_the_deadline(desk: Desk) -> None:
    order = desk.report().json()
    due = order["due_at"]
    for _ in range(2):
        desk.now_ns += 3600 * 10**9
        order = desk.move(order, "resolved", desk.as_("operator", "lin")).json()
        order = desk.move(
            order, "dispatched", desk.as_("operator", "mei"), reason="still there"
        ).json()
    assert (order["rework"], order["state"], order["due_at"]) == (2, "dispatched", due)
    assert "resolved_at" not in order


def test_an_illegal_move_is_a_409_that_names_the_legal_ones(desk: Desk) -> None:
    refused = desk.move(desk.report().json(), "closed", desk.as_("admin"))
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:edile:problem:illegal-move"
    assert refused.json()["legal"] == [
        "dispatched",
        "resolved",
        "returned",
        "shelved",
        "void",
    ]


def test_a_move_needs_the_etag_that_is_current(desk: Desk) -> None:
    order = desk.report().json()
    url, who = f"{ORDERS}/{order['id']}/moves", desk.as_("operator")
    body = {"to": "resolved", "reason": "seen"}
    assert desk.client.post(url, json=body, headers=who).status_code == 428
    for wrong in ('"7"', 'W/"1"', '"abc"', "1"):
        stale = desk.client.post(url, json=body, headers={**who, "If-Match": wrong})
        assert (stale.status_code, stale.headers["ETag"]) == (412, '"1"')
    assert desk.client.post(url, json=body, headers={**who, "If-Match": "*"}).status_code == 200


def test_a_refused_move_changes_nothing(desk: Desk) -> None:
    order = desk.report().json()
    url = f"{ORDERS}/{order['id']}"
    before = (
        desk.client.get(url, headers=desk.as_("viewer")).json(),
        desk.client.get(f"{url}/audit", headers=desk.as_("viewer")).json(),
    )
    for body in (
        {"to": "closed", "reason": "x"},
        {"to": "resolved", "reason": " "},
        {"to": "resolved", "reason": "x", "unit": "u"},
    ):
        who = {**desk.as_("admin"), "If-Match": "*"}
        assert desk.client.post(f"{url}/moves", json=body, headers=who).status_code in (409, 422)
    after = (
        desk.client.get(url, headers=desk.as_("viewer")).json(),
        desk.client.get(f"{url}/audit", headers=desk.as_("viewer")).json(),
    )
    assert after == before


REPORT_MISTAKES: list[tuple[dict[str, object], str]] = [
    ({"class_code": " "}, "/class_code"),
    ({"detail": ""}, "/detail"),
    ({"place": {"lon": 200, "lat": 23}}, "/place/lon"),
    ({"place": {"lon": 113}}, "/place"),
    ({"place": {"lon": "east"}}, "/place/lon"),
    ({"evidence": ["ab" * 32, "nonsense"]}, "/evidence/1"),
    ({"observed_at": "yesterday"}, "/observed_at"),
    ({"priority": "huge"}, "/priority"),
    ({"colour": "red"}, ""),
]


def test_a_mistake_in_a_report_is_pointed_at(desk: Desk) -> None:
    for changes, pointer in REPORT_MISTAKES:
        refused = desk.report(**changes)
        assert refused.status_code == 422
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer], changes
    assert pages(desk) == []


def test_another_districts_order_is_not_there(desk: Desk) -> None:
    order = desk.report().json()
    foreign = desk.as_("admin", "zhao", "tianhe")
    url = f"{ORDERS}/{order['id']}"
    unknown = desk.client.get(f"{ORDERS}/{'0' * 24}", headers=foreign)
    for got in (
        desk.client.get(url, headers=foreign),
        desk.client.get(f"{url}/audit", headers=foreign),
        desk.client.post(
            f"{url}/moves", json={"to": "void", "reason": "x"}, headers={**foreign, "If-Match": "*"}
        ),
    ):
        assert got.status_code == unknown.status_code == 404
        assert got.json()["type"] == unknown.json()["type"]
    assert desk.client.get(ORDERS, headers=foreign).json()["items"] == []


def test_get_answers_304_to_who_has_it_and_head_answers_without_a_body(desk: Desk) -> None:
    order = desk.report().json()
    who = desk.as_("viewer")
    for url in (f"{ORDERS}/{order['id']}", ORDERS, f"{ORDERS}/{order['id']}/audit"):
        got = desk.client.get(url, headers=who)
        again = desk.client.get(
            url, headers={**who, "If-None-Match": f'"x", {got.headers["ETag"]}'}
        )
        weak = desk.client.get(url, headers={**who, "If-None-Match": f"W/{got.headers['ETag']}"})
        assert weak.status_code == 304
        assert (again.status_code, again.content) == (304, b"")
        assert desk.client.get(url, headers={**who, "If-None-Match": '"x"'}).status_code == 200
        head = desk.client.head(url, headers=who)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["ETag"] == got.headers["ETag"]
        assert head.headers["Content-Length"] == str(len(got.content))


def test_a_repeated_post_with_its_key_gets_the_first_reply_and_makes_one_order(desk: Desk) -> None:
    body = {"class_code": "09006", "detail": "stall"}
    who = {**desk.as_("operator"), "Idempotency-Key": "k-1"}
    first = desk.client.post(ORDERS, json=body, headers=who)
    desk.now_ns += 60 * 10**9
    again = desk.client.post(ORDERS, json=body, headers=who)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Location"] == first.headers["Location"]
    assert len(pages(desk)) == 1
    other = desk.client.post(ORDERS, json={**body, "detail": "other"}, headers=who)
    assert (other.status_code, other.json()["type"]) == (422, "urn:edile:problem:key-reused")
    colleague = {**desk.as_("operator", "mei"), "Idempotency-Key": "k-1"}
    assert desk.client.post(ORDERS, json=body, headers=colleague).json()["id"] != first.json()["id"]


def test_a_move_can_be_repeated_with_its_key_although_the_etag_has_moved_on(desk: Desk) -> None:
    order = desk.report().json()
    who = {**desk.as_("operator"), "Idempotency-Key": "m-1"}
    first = desk.move(order, "resolved", who)
    again = desk.move(order, "resolved", who)
    assert (first.status_code, again.status_code, again.content) == (200, 200, first.content)


def test_a_refused_post_does_not_use_its_key_up(desk: Desk) -> None:
    who = {**desk.as_("operator"), "Idempotency-Key": "k-1"}
    assert desk.client.post(ORDERS, json={"class_code": "09006"}, headers=who).status_code == 422
    assert (
        desk.client.post(
            ORDERS, json={"class_code": "09006", "detail": "x"}, headers=who
        ).status_code
        == 201
    )


def test_a_key_is_forgotten_after_a_day(desk: Desk) -> None:
    body = {"class_code": "09006", "detail": "stall"}
    who = {**desk.as_("operator"), "Idempotency-Key": "k-1"}
    desk.client.post(ORDERS, json=body, headers=who)
    desk.now_ns += 25 * 3600 * 10**9
    later = desk.client.post(ORDERS, json={**body, "detail": "other"}, headers=who)
    assert later.status_code == 201
    assert len(pages(desk)) == 2


def test_pages_concatenated_are_the_list_whatever_their_size(desk: Desk) -> None:
    filled(desk, 23)
    whole = pages(desk, "limit=500")
    assert len(whole) == len(set(whole)) == 23
    rng = random.Random(20260921)
    for limit in [1, 22, 23, 24, *(rng.randrange(2, 22) for _ in range(4))]:
        assert pages(desk, f"limit={limit}") == whole


def test_orders_opened_while_paging_neither_repeat_nor_hide_a_row(desk: Desk) -> None:
    filled(desk, 9)
    whole = pages(desk, "limit=500")
    assert pages(desk, "limit=2", between=desk.report) == whole


FILTERS: list[tuple[str, int]] = [
    ("", 12),
    ("state=dispatched", 8),
    ("state=no-owner", 4),
    ("state=dispatched&state=no-owner", 12),
    ("state=closed", 0),
    ("kind=untared-tip", 4),
    ("class_code=E0102", 8),
    ("unit=sanitation-3", 8),
    ("unit=nobody", 0),
    ("object=weighbridge/wb-1", 6),
    ("source=/baiyun/cs-018", 4),
    ("source=/baiyun/cs-018&state=no-owner&since=2026-01-01T00:00:00Z", 4),
    ("source=/baiyun/cs-099", 0),
    ("area=nowhere", 0),
    (f"since={at(6)}", 6),
    (f"until={at(6)}", 6),
    ("since=2026-09-21T21:26:40%2B08:00", 12),
    (f"since={at(3)}&until={at(5)}&unit=sanitation-3", 1),
    ("time=opened&since=2026-01-01T00:00:00Z", 12),
    ("time=closed&since=2026-01-01T00:00:00Z", 0),
    ("bbox=113.00,22.9,113.055,23.1", 6),
    ("bbox=113.00,23.1,113.055,24", 0),
    ("bbox=113.10,22,-170,24", 2),
]


def test_a_filter_gives_those_that_fit_also_in_pages(desk: Desk) -> None:
    filled(desk)
    for query, number in FILTERS:
        found = pages(desk, f"{query}&limit=5".lstrip("&"))
        assert len(found) == len(set(found)) == number, query


QUERY_MISTAKES: list[tuple[str, str]] = [
    ("limit=0", "limit"),
    ("limit=501", "limit"),
    ("stat=closed", "stat"),
    ("state=open", "state"),
    ("since=yesterday", "since"),
    ("bbox=1,2,3", "bbox"),
    ("bbox=1,2,3,nan", "bbox"),
    ("cursor=%25%25", "cursor"),
    ("cursor=WzEyLCJubyJd", "cursor"),
]


def test_a_query_that_makes_no_sense_is_refused_by_name(desk: Desk) -> None:
    for query, pointer in QUERY_MISTAKES:
        refused = desk.client.get(f"{ORDERS}?{query}", headers=desk.as_("viewer"))
        assert refused.status_code == 422
        assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]


def test_a_cursor_is_good_only_for_its_own_filters(desk: Desk) -> None:
    filled(desk)
    cursor = desk.client.get(
        f"{ORDERS}?limit=2&kind=untared-tip", headers=desk.as_("viewer")
    ).json()["next"]
    refused = desk.client.get(f"{ORDERS}?limit=2&cursor={cursor}", headers=desk.as_("viewer"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "cursor")


@pytest.mark.parametrize("query", ["", "since=2026-01-01T00:00:00Z"])
def test_a_cursor_that_somebody_made_up_is_refused(desk: Desk, query: str) -> None:
    filled(desk)
    who = desk.as_("viewer")
    cursor = desk.client.get(f"{ORDERS}?limit=2&{query}", headers=who).json()["next"]
    seq, observed_at, mark = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    other = None if observed_at else at(3)
    for made in ((10**30, observed_at, mark), (-1, observed_at, mark), (seq, other, mark)):
        told = base64.urlsafe_b64encode(json.dumps(made).encode()).decode()
        refused = desk.client.get(f"{ORDERS}?limit=2&{query}&cursor={told}", headers=who)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "cursor")


def test_a_long_history_comes_in_pages(desk: Desk) -> None:
    order = desk.report().json()
    for _ in range(3):
        order = desk.move(order, "resolved", desk.as_("operator", "lin")).json()
        order = desk.move(order, "dispatched", desk.as_("operator", "mei")).json()
    url, who = f"{ORDERS}/{order['id']}/audit", desk.as_("viewer")
    whole = desk.client.get(url, headers=who).json()
    assert (len(whole["items"]), whole["next"]) == (7, None)
    found, next_url = [], f"{url}?limit=3"
    while next_url:
        got = desk.client.get(next_url, headers=who)
        found += got.json()["items"]
        next_url = got.links.get("next", {}).get("url", "")
    assert found == whole["items"]
    cursor = desk.client.get(f"{url}?limit=3", headers=who).json()["next"]
    other = desk.report().json()
    refused = desk.client.get(f"{ORDERS}/{other['id']}/audit?cursor={cursor}", headers=who)
    assert refused.status_code == 422
