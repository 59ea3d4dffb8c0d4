"""Key figures over REST: periods, axes, what they open to, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from contract.timestamps import rfc3339
from hub.store import kpi_days, kpis
from hub.store.kpi_report import FIGURES
from tests.hub.api.conftest import Desk
from tests.hub.kpis.histories import BEGIN_NS, DAY_NS, DISTRICT, Town, town

PERIOD = {"since": "2026-02-25T00:00:00+08:00", "until": "2026-03-20T00:00:00+08:00"}


@pytest.fixture
def lived(desk: Desk) -> tuple[Desk, Town]:
    """A town's history, half of its days kept."""
    made = town(3, 400)
    desk.now_ns = made.now_ns
    with desk.database.write() as conn:
        made.write(conn)
        for day in kpi_days.missing(conn, DISTRICT, at=made.at())[::2]:
            kpi_days.rebuild(conn, DISTRICT, day)
    return desk, made


def asked(desk: Desk, **query: str) -> Any:
    got = desk.client.get("/v1/kpis", params={**PERIOD, **query}, headers=desk.as_("viewer"))
    assert got.status_code == 200, got.text
    return got.json()


def test_each_figure_has_its_counts_its_sql_and_the_published_value(
    lived: tuple[Desk, Town],
) -> None:
    desk, made = lived
    body = asked(desk)
    (part,) = body["parts"]
    since, until = rfc3339(BEGIN_NS), "2026-03-19T16:00:00.000Z"
    assert (body["since"], body["until"]) == ("2026-02-24T16:00:00.000Z", until)
    with desk.database.read() as conn:
        asked_of = {"since": body["since"], "until": until, "at": made.at()}
        whole = kpis.figures(conn, DISTRICT, **asked_of)["all"]  # type: ignore[arg-type]
    assert since < until
    assert part["values"]["filing_rate"] == whole.filing_rate
    assert part["values"]["resolved_in_time"] == whole.resolved_in_time_rate
    assert part["values"]["relapse_rate"] == whole.relapse_rate
    assert part["values"]["net_mean_s"] == pytest.approx(whole.net_mean_s)
    assert part["counts"]["void"] == whole.void
    for one in body["figures"]:
        names = [*one["numerator"], *one["denominator"]]
        assert {name.lstrip("-") for name in names} <= part["counts"].keys()
        text = desk.client.get(one["sql"], headers=desk.as_("viewer"))
        assert text.text == kpis.statement(one["sql"].rpartition("/")[2])


def test_by_unit_the_parts_add_up_to_the_district(lived: tuple[Desk, Town]) -> None:
    desk, _ = lived
    (whole,) = asked(desk)["parts"]
    for by in ("unit", "contractor", "area", "class"):
        parts = asked(desk, by=by)["parts"]
        assert len(parts) > 1
        for name in ("filed", "to_close", "closed", "open"):
            assert sum(one["counts"][name] for one in parts) == whole["counts"][name]


def test_a_figure_opens_to_the_orders_behind_it(lived: tuple[Desk, Town]) -> None:
    desk, _ = lived
    counted = {
        "opened": ("filed", "refused", "in_review", "merged"),
        "due": ("to_close",),
        "closed": ("closed",),
        "open": ("open",),
    }
    seen = 0
    for part in [*asked(desk)["parts"], *asked(desk, by="unit")["parts"]]:
        for name, link in part["orders"].items():
            got = desk.client.get(f"{link}&limit=500", headers=desk.as_("viewer"))
            assert got.status_code == 200, got.text
            number = sum(part["counts"][one] for one in counted[name])
            assert len(got.json()["items"]) == number, (part["part"], name)
            seen += number
    assert seen > 100
    assert all(one.of in counted for one in FIGURES)
    (nobody,) = [one for one in asked(desk, by="unit")["parts"] if one["part"] is None]
    assert nobody["orders"] == {}


def test_one_part_may_be_asked_for(lived: tuple[Desk, Town]) -> None:
    desk, _ = lived
    parts = {one["part"]: one for one in asked(desk, by="unit")["parts"]}
    assert asked(desk, unit="u-1")["parts"] == [parts["u-1"]]
    (bare,) = asked(desk, class_code="06010")["parts"]
    assert asked(desk, class_code="gbt47678-2026/06010", by="class")["parts"] == [bare]
    assert asked(desk, area="nowhere")["parts"] == []


MISTAKES: list[tuple[dict[str, str], str]] = [
    ({"since": "yesterday"}, "since"),
    ({"since": "2026-03-01T00:00:00"}, "since"),
    ({"until": "2026-02-01T00:00:00Z"}, "until"),
    ({"by": "street"}, "by"),
    ({"unit": "u-1", "by": "class"}, "by"),
    ({"unit": "u-1", "area": "a-1"}, "by"),
    ({"unti": "u-1"}, "unti"),
]


def test_what_makes_no_sense_is_refused_by_name(desk: Desk) -> None:
    for query, pointer in MISTAKES:
        got = desk.client.get("/v1/kpis", params={**PERIOD, **query}, headers=desk.as_("viewer"))
        assert (got.status_code, got.headers["Content-Type"]) == (422, "application/problem+json")
        assert [one["pointer"] for one in got.json()["errors"]] == [pointer]
    who = desk.as_("viewer")
    assert desk.client.get("/v1/kpis", headers=who).status_code == 422
    assert desk.client.get("/v1/kpis/statements/secrets", headers=who).status_code == 404
    assert desk.client.get("/v1/kpis", params=PERIOD).status_code == 401


def test_another_districts_figures_are_not_told(lived: tuple[Desk, Town]) -> None:
    desk, _ = lived
    who = desk.as_("viewer", district="elsewhere")
    assert desk.client.get("/v1/kpis", params=PERIOD, headers=who).json()["parts"] == []


def test_a_day_more_and_the_etag_changes(lived: tuple[Desk, Town]) -> None:
    desk, _ = lived
    who = desk.as_("viewer")
    first = desk.client.get("/v1/kpis", params=PERIOD, headers=who)
    again = {**who, "If-None-Match": first.headers["ETag"]}
    assert desk.client.get("/v1/kpis", params=PERIOD, headers=again).status_code == 304
    desk.now_ns += DAY_NS
    assert desk.client.get("/v1/kpis", params=PERIOD, headers=again).status_code == 200
