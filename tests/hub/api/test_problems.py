"""Whoever refuses, it is problem+json."""

from __future__ import annotations

import pytest
from fastapi import FastAPI

from contract.problem_json import CONTENT, Problem
from hub.api.problems import SLUGS, refusal
from hub.api.wire import decode, pointer_of
from hub.errors import NotNow
from hub.store.engine import Database
from tests.hub.api.conftest import Desk


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What these tests say does not depend on the database."""
    return sqlite_database


ORDERS = "/v1/work-orders"


def test_every_kind_of_refusal_is_problem_json_with_its_own_type(desk: Desk) -> None:
    order = desk.report().json()
    moves, who = f"{ORDERS}/{order['id']}/moves", desk.as_("admin")
    move = {"to": "closed", "reason": "x"}
    asked = {
        "not-found": desk.client.get("/nowhere"),
        "method-not-allowed": desk.client.request("DELETE", ORDERS),
        "unauthenticated": desk.client.get(ORDERS),
        "forbidden": desk.client.post(ORDERS, json={}, headers=desk.as_("viewer")),
        "unsupported-media-type": desk.client.post(ORDERS, content=b"{}", headers=who),
        "bad-request": desk.client.post(
            ORDERS, content=b"{", headers={**who, "Content-Type": "application/json"}
        ),
        "invalid": desk.client.post(ORDERS, json={"class_code": 6}, headers=who),
        "too-large": desk.client.post(ORDERS, json={"detail": "x" * (1 << 20)}, headers=who),
        "precondition-required": desk.client.post(moves, json=move, headers=who),
        "precondition-failed": desk.client.post(
            moves, json=move, headers={**who, "If-Match": '"9"'}
        ),
        "illegal-move": desk.client.post(moves, json=move, headers={**who, "If-Match": "*"}),
        "internal": desk.client.get("/bug"),
    }
    status = {slug: code for code, slug in SLUGS.items()} | {"illegal-move": 409}
    for slug, got in asked.items():
        told = got.json()
        assert got.headers["Content-Type"] == CONTENT, slug
        assert (told["type"], told["status"], got.status_code) == (
            f"urn:edile:problem:{slug}",
            status[slug],
            status[slug],
        )
        assert told["title"]
        assert told["detail"]
        assert told["instance"] == got.request.url.path
    assert asked["method-not-allowed"].headers["Allow"]
    assert asked["unauthenticated"].headers["WWW-Authenticate"].startswith("Bearer")
    assert asked["too-large"].json()["limit"] == 1 << 20


def test_a_bug_tells_nothing_of_the_inside(desk: Desk) -> None:
    got = desk.client.get("/bug")
    assert got.status_code == 500
    assert "secret" not in got.text
    assert "Traceback" not in got.text


def test_weather_is_a_503_with_the_time_to_come_back(desk: Desk, app_of_desk: FastAPI) -> None:
    @app_of_desk.get("/full")
    def full() -> None:
        raise NotNow("the disk is full", retry_after_s=30)

    got = desk.client.get("/full")
    assert (got.status_code, got.headers["Retry-After"], got.headers["Content-Type"]) == (
        503,
        "30",
        CONTENT,
    )


def test_a_status_that_a_library_raises_keeps_its_headers(desk: Desk, app_of_desk: FastAPI) -> None:
    @app_of_desk.get("/often")
    def often() -> None:
        raise refusal(429, "too-many-requests", "60 a minute", headers={"Retry-After": "7"})

    got = desk.client.get("/often")
    assert (got.status_code, got.headers["Retry-After"], got.json()["type"]) == (
        429,
        "7",
        "urn:edile:problem:too-many-requests",
    )


def test_a_body_without_length_is_counted_as_it_arrives(desk: Desk) -> None:
    async def endless() -> object:
        for _ in range(20):
            yield b" " * (1 << 17)

    who = {**desk.as_("admin"), "Content-Type": "application/json"}
    got = desk.client.post(ORDERS, content=endless(), headers=who)
    assert (got.status_code, got.json()["type"]) == (413, "urn:edile:problem:too-large")


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("", ""),
        (".to", "/to"),
        (".place.lon", "/place/lon"),
        (".evidence[3]", "/evidence/3"),
        (".a[0].b[...]", "/a/0/b/..."),
    ],
)
def test_a_path_of_msgspec_becomes_a_json_pointer(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


def test_members_of_a_slug_travel_only_with_it() -> None:
    gap = refusal(409, "gap", "go on from 7", stored={"e.urgent": 7}).problem
    assert (
        decode(b'{"type":"urn:edile:problem:gap","title":"Conflict","status":409}', Problem).stored
        is None
    )
    assert gap.stored == {"e.urgent": 7}
