"""Health, readiness, metrics, version, and documentation that needs no internet."""

from __future__ import annotations

import re
from importlib.metadata import version

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from hub.api.docs_page import downgraded
from hub.store.engine import Database
from tests.hub.api.conftest import Desk
from tests.hub.detections import DISTRICT


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """What these tests say does not depend on the database."""
    return sqlite_database


ORDERS = "/v1/work-orders"


def test_alive_answers_without_a_token(desk: Desk) -> None:
    assert desk.client.get("/healthz").json() == {"status": "alive"}


def test_ready_names_what_is_not(desk: Desk) -> None:
    assert desk.client.get("/readyz").json() == {"status": "ready", "checks": ["backup"]}
    desk.faults["backup"] = "the last one is 3 days old"
    got = desk.client.get("/readyz")
    assert (got.status_code, got.json()["type"]) == (503, "urn:edile:problem:not-ready")
    assert "backup: the last one is 3 days old" in got.json()["detail"]


def test_version_is_the_installed_one(desk: Desk) -> None:
    told = desk.client.get("/version", headers=desk.as_("viewer")).json()
    assert (told["program"], told["version"]) == ("edile", version("edile"))


def test_metrics_count_answers_by_route_and_orders_by_state(desk: Desk) -> None:
    order = desk.report().json()
    desk.report(unit=None)
    for _ in range(3):
        desk.client.get(f"{ORDERS}/{order['id']}", headers=desk.as_("viewer"))
    for n in range(5):
        desk.client.get(f"/scan/{n}")
    got = desk.client.get("/metrics", headers=desk.as_("viewer"))
    assert got.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(got.text)
        for sample in family.samples
    }
    assert found["edile_work_orders", DISTRICT, "dispatched"] == 1
    assert found["edile_work_orders", DISTRICT, "no-owner"] == 1
    assert found["edile_http_requests_total", "/v1/work-orders/{order_id}", "200", "GET"] == 3
    assert found["edile_http_requests_total", "404", "GET", "unmatched"] == 5


def test_a_state_that_empties_leaves_the_metrics(desk: Desk) -> None:
    order = desk.report(unit=None).json()
    desk.client.get("/metrics", headers=desk.as_("viewer"))
    desk.move(order, "void", desk.as_("admin"))
    text = desk.client.get("/metrics", headers=desk.as_("viewer")).text
    assert 'state="void"' in text
    assert 'state="no-owner"' not in text


def test_the_documentation_loads_nothing_from_elsewhere(desk: Desk) -> None:
    page = desk.client.get("/docs")
    assert page.status_code == 200
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"} <= set(links)
    for link in links:
        assert "//" not in link
        assert desk.client.get(f"/{link}").status_code == 200, link
    start = desk.client.get("/docs/start.js").text
    assert "//" not in start
    assert "validatorUrl: null" in start
    assert desk.client.get("/docs/../problems.py").status_code == 404
    assert desk.client.get("/docs/index.html").status_code == 404


def test_openapi_describes_orders_moves_and_refusals_by_schema(desk: Desk) -> None:
    document = desk.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    listing, moving = (
        document["paths"][ORDERS]["get"],
        document["paths"][f"{ORDERS}/{{order_id}}/moves"]["post"],
    )
    schema = listing["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Page"}
    assert moving["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Move"
    }
    assert "application/problem+json" in moving["responses"]["default"]["content"]
    assert listing["security"]
    assert {parameter["name"] for parameter in listing["parameters"]} >= {
        "state",
        "bbox",
        "cursor",
        "limit",
    }
    references = set(
        re.findall(r'"#/components/schemas/([^"]+)"', desk.client.get("/openapi.json").text)
    )
    assert references <= set(document["components"]["schemas"])
    assert not any("ValidationError" in name for name in references)


def test_the_pages_rendition_is_openapi_3_0(desk: Desk) -> None:
    got = desk.client.get("/docs/openapi-3.0.json")
    assert got.json()["openapi"] == "3.0.3"
    assert '"type":"null"' not in got.text
    assert '"const"' not in got.text


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"nullable": True, "type": "string"}),
        (
            {"anyOf": [{"$ref": "#/x"}, {"type": "null"}]},
            {"nullable": True, "allOf": [{"$ref": "#/x"}]},
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
            {"nullable": True, "anyOf": [{"type": "string"}, {"type": "number"}]},
        ),
        ({"items": [{"const": "a"}]}, {"items": [{"enum": ["a"]}]}),
        ({"examples": ["a", "b"]}, {"example": "a"}),
        (
            {"properties": {"const": {"type": "string"}}},
            {"properties": {"const": {"type": "string"}}},
        ),
    ],
)
def test_newer_words_of_json_schema_are_said_in_older_ones(newer: object, older: object) -> None:
    assert downgraded(newer) == older


def test_two_apps_in_one_process_count_apart(desk: Desk, app_of_desk: FastAPI) -> None:
    first, second = app_of_desk.state.parts.metrics, type(app_of_desk.state.parts.metrics)()
    desk.client.get("/healthz")
    assert b"/healthz" in first.exposition({})
    assert b"/healthz" not in second.exposition({})
