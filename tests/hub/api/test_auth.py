"""Route by role: who gets in, who does not, and that there is no other way in."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from fastapi import FastAPI

from hub.store import tokens
from hub.store.engine import Database
from tests.hub.api.conftest import Desk
from tests.hub.detections import DISTRICT, at
from tests.hub.photos import photo


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What these tests say does not depend on the database."""
    return sqlite_database


ROLES = ["viewer", "operator", "dispatcher", "admin"]
BODY = {"class_code": "09006", "detail": "stall"}
OPEN = {
    "/healthz",
    "/readyz",
    "/docs",
    "/docs/start.js",
    "/docs/openapi-3.0.json",
    "/docs/{name}",
    "/openapi.json",
    "/bug",
}
"""Nobody has to say who they are; /bug is the tests' own."""

ENDLESS = {("GET", "/v1/stream")}
"""Whoever gets in gets no end: who may is asked by HEAD here, and in test_stream.py."""

ROUTES = [
    ("GET", "/v1/work-orders", "viewer"),
    ("HEAD", "/v1/work-orders", "viewer"),
    ("GET", "/v1/work-orders/{id}", "viewer"),
    ("HEAD", "/v1/work-orders/{id}", "viewer"),
    ("GET", "/v1/work-orders/{id}/audit", "viewer"),
    ("HEAD", "/v1/work-orders/{id}/audit", "viewer"),
    ("HEAD", "/v1/stream", "viewer"),
    ("GET", "/v1/kpis", "viewer"),
    ("HEAD", "/v1/kpis", "viewer"),
    ("GET", "/v1/kpis/statements/{name}", "viewer"),
    ("HEAD", "/v1/kpis/statements/{name}", "viewer"),
    ("GET", "/metrics", "viewer"),
    ("HEAD", "/metrics", "viewer"),
    ("GET", "/version", "viewer"),
    ("HEAD", "/version", "viewer"),
    ("POST", "/v1/work-orders", "operator"),
    ("POST", "/v1/work-orders/{id}/moves", "operator"),
    ("POST", "/v1/work-orders/{id}/milestones", "operator"),
    ("PUT", "/v1/photos/{sha256}", "operator"),
    ("POST", "/v1/work-orders/{id}/extensions", "dispatcher"),
    ("POST", "/v1/work-orders/{id}/class", "dispatcher"),
    ("POST", "/v1/work-orders/{id}/merge", "dispatcher"),
    ("POST", "/v1/work-orders/{id}/unmerge", "dispatcher"),
    ("POST", "/v1/work-orders:hand-over", "dispatcher"),
    ("POST", "/v1/policies:try", "dispatcher"),
]
PHOTO = photo()
WHY: dict[str, object] = {"reason": "as the caller says"}


def body_for(desk: Desk, path: str, order_id: str) -> dict[str, object]:
    """What the route takes, so that a role that may gets through."""
    match path.rpartition("/")[2]:
        case "moves":
            return {"to": "returned", **WHY}
        case "milestones":
            return {"stage": "accept", **WHY}
        case "extensions":
            return {"amount": 1, **WHY}
        case "class":
            return {"class_code": "06010", **WHY}
        case "merge":
            return {"into": desk.report().json()["id"], **WHY}
        case "unmerge":
            into = {"into": desk.report().json()["id"], **WHY}
            headers = {**desk.as_("admin"), "If-Match": "*"}
            path = f"/v1/work-orders/{order_id}/merge"
            assert desk.client.post(path, json=into, headers=headers).status_code == 200
            return WHY
        case "work-orders:hand-over":
            return {"orders": [{"order": order_id, "to_unit": "greening-1"}], **WHY}
        case "policies:try":
            return {"policies": {}}
        case _:
            return BODY


def test_every_role_gets_exactly_where_it_may(desk: Desk) -> None:
    for method, path, needed in ROUTES:
        for role in [None, *ROLES]:
            staged = {"class_code": "06001"} if path.endswith("milestones") else {}
            order = desk.report(**staged).json()
            headers = {"If-Match": "*", **(desk.as_(role) if role else {})}
            options: dict[str, Any] = {}
            if method == "POST":
                options = {"json": body_for(desk, path, order["id"])}
            if path.endswith("/kpis"):
                options = {"params": {"since": at(0), "until": at(1440)}}
            if method == "PUT":
                options, headers = {"content": PHOTO}, {**headers, "Content-Type": "image/jpeg"}
            named = {"sha256": sha256(PHOTO).hexdigest(), "name": "filing"}
            where = path.format(id=order["id"], **named)
            got = desk.client.request(method, where, headers=headers, **options)
            may = role is not None and ROLES.index(role) >= ROLES.index(needed)
            expected = (200, 201) if may else (401,) if role is None else (403,)
            assert got.status_code in expected, (method, path, role)


def test_the_matrix_has_every_documented_route(desk: Desk, app_of_desk: FastAPI) -> None:
    documented = {
        (method.upper(), path)
        for path, methods in app_of_desk.openapi()["paths"].items()
        for method in methods
        if path not in OPEN
    }
    matrix = {
        (method, path.replace("{id}", "{order_id}"))
        for method, path, _ in ROUTES
        if method != "HEAD"
    }
    assert documented == matrix | ENDLESS


@pytest.mark.parametrize(
    ("to", "operator"), [("resolved", True), ("returned", True), ("void", False)]
)
def test_what_ends_or_assigns_an_order_takes_a_dispatcher(
    desk: Desk, to: str, operator: bool
) -> None:
    got = desk.move(desk.report().json(), to, desk.as_("operator"))
    assert got.status_code == (200 if operator else 403)


@pytest.mark.parametrize(
    "value", ["Bearer edile_00", "Bearer ", "Basic bGluOng=", "EMT x", "bearer"]
)
def test_what_is_no_live_token_is_401(desk: Desk, value: str) -> None:
    got = desk.client.get("/version", headers={"Authorization": value})
    assert got.status_code == 401


def test_a_revoked_token_ends_at_once(desk: Desk) -> None:
    who = desk.as_("viewer")
    assert desk.client.get("/version", headers=who).status_code == 200
    with desk.database.write() as conn:
        tokens.revoke_token(conn, district=DISTRICT, name="viewer", at=at(1))
    assert desk.client.get("/version", headers=who).status_code == 401


def test_the_use_of_a_token_is_remembered_to_ten_minutes(desk: Desk) -> None:
    def used() -> str | None:
        with desk.database.read() as conn:
            return tokens.list_tokens(conn)[0].last_used_at

    for minute, remembered in [(0, 0), (9, 0), (10, 10)]:
        desk.now_ns = (
            desk.now_ns
            if minute == 0
            else desk.now_ns + (minute - (9 if minute == 10 else 0)) * 60 * 10**9
        )
        desk.client.get("/version", headers=desk.as_("viewer"))
        assert used() == at(remembered)


def test_headers_that_a_proxy_adds_identify_nobody(desk: Desk) -> None:
    forged = {
        "X-Forwarded-User": "admin",
        "X-SSL-Client-Verify": "SUCCESS",
        "X-SSL-Client-S-DN": "CN=admin",
    }
    assert desk.client.get("/version", headers=forged).status_code == 401
