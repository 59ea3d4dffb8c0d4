"""Each class of a street, from what a camera sees to a work order of a real hub; and cameras that cannot see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from contract.payloads.base import Payload, Place
from contract.payloads.gateway import GatewayNotice
from contract.payloads.problem import Problem
from contract.timestamps import rfc3339
from edge_agent.config.devices.camera import CameraConfig, ZoneConfig
from edge_agent.config.street_classes import REFERENCE, StreetClassConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.roles.table import ROLES
from hub.policies import load_shipped
from tests.edge_agent.rules.standing.street import SQUARE, problems, scene, thing
from tests.fakes.clock import START_UTC_NS
from tests.hub.assembled import Hub, assembled
from tests.hub.kept_tables import sqlite_tables

ZONES = tuple(ZoneConfig(name, SQUARE) for name in ("pavement", "roadway", "residential"))
CAMERA = CameraConfig(id="cam-1", source="file:street.mp4", zones=ZONES)
SEEN = {  # class: (label, zone it lies in)
    "06010": ("waste_heap", "pavement"),
    "06011": ("rubble_heap", "pavement"),
    "06014": ("rubble_heap", "roadway"),
    "06036": ("goods_on_pavement", "residential"),
    "06042": ("overflowing_bin", "pavement"),
    "07001": ("fly_posting", "pavement"),
    "09001": ("vendor_stall", "pavement"),
    "09005": ("shop_outside", "pavement"),
    "09006": ("goods_on_pavement", "pavement"),
    "09010": ("bike_misplaced", "pavement"),
}
POLICIES = {
    "06010": "exposed-waste",
    "06011": "accumulated-waste",
    "06014": "road-spillage",
    "06036": "heaped-things",
    "06041": "waste-not-sorted",
    "06042": "bin-overflow",
    "07001": "illegal-stickers",
    "09001": "unlicensed-vendor",
    "09005": "shop-outside",
    "09006": "street-occupied",
    "09010": "bikes-misplaced",
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    with assembled(sqlite_tables(tmp_path / "hub.db"), tmp_path) as made:
        made.box.lane = "urgent"
        yield made


def orders(hub: Hub, *told: Payload) -> list[dict[str, Any]]:
    """All there are after the gateway has told these."""
    first = hub.box.last + 1
    hub.box.records(*told)
    assert hub.sync(first, hub.box.last).status_code == 200
    answer = hub.client.get("/v1/work-orders?limit=50", headers=hub.bearer["viewer"])
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def seen_by_a_camera() -> Sequence[Payload]:
    """With the classes that gw.toml has when it says nothing."""
    role = ROLES["streetscape"].build(
        StreetscapeConfig(cameras=("cam-1",)),
        {"cam-1": CAMERA},
        None,  # type: ignore[arg-type]
    )
    street = [
        thing(label, 0.02 + 0.098 * n, size=0.05, zones=(zone,))
        for n, (label, zone) in enumerate(SEEN.values())
    ]
    return problems(
        told for n in range(20) for told in role.step(scene(20.0 * n, *street)).conclusions
    )


def test_each_class_that_a_camera_sees_becomes_one_order_of_its_own_policy(hub: Hub) -> None:
    unsorted = Problem(
        problem_id="dp-1/06041", phase="opened", class_code="06041", confidence=0.9, sightings=1,
        place=Place(zone="bins", camera="cam-1"), first_seen=rfc3339(START_UTC_NS),
        last_seen=rfc3339(START_UTC_NS),
    )  # fmt: skip
    found = orders(hub, *seen_by_a_camera(), unsorted)
    assert {one["class_code"]: one["policy"]["name"] for one in found} == POLICIES
    assert len(found) == len(POLICIES)
    shipped = load_shipped()
    for one in found:
        policy = shipped.named(one["policy"]["name"])
        assert policy is not None
        assert policy.texts.zh.ask
        assert policy.texts.en.ask
        assert (policy.verification.mode, policy.on_end) == ("edge-relook", "relook")


def test_a_mapping_of_ones_own_is_left_as_it_is() -> None:
    own = (StreetClassConfig("rubble_heap", "06011"), StreetClassConfig("suitcase", "06036"))
    config = StreetscapeConfig(cameras=("cam-1",), classes=own)
    role = ROLES["streetscape"].build(config, {"cam-1": CAMERA}, None)  # type: ignore[arg-type]
    told = [
        one
        for n in range(4)
        for label, x in (("rubble_heap", 0.1), ("suitcase", 0.6))
        for one in role.step(scene(20.0 * n, thing(label, x, zones=("roadway",)))).conclusions
    ]
    assert {one.class_code for one in problems(told)} == {"06011", "06036"}


def test_without_such_zones_nothing_changes() -> None:
    bare = CameraConfig(id="cam-1", source="file:street.mp4", zones=ZONES[:1])
    config = StreetscapeConfig(cameras=("cam-1",))
    role = ROLES["streetscape"].build(config, {"cam-1": bare}, None)  # type: ignore[arg-type]
    assert role._watch._classes.configs == REFERENCE  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("detail", "word"),
    [
        ("the view is covered: 9 % of the reference's edges", "Covered"),
        ("the view is turned: 10 % in place", "turned"),
        ("the view is defocused: sharpness 0.2", "defocused"),
        ("the view is frozen: the same picture for 30 s", "frozen"),
        ("the view is looped: a second time the same 40 s", "looped"),
        ("missed its look at preset shop-fronts: cannot turn", "missed its look"),
    ],
)
def test_a_camera_that_cannot_see_is_an_order_that_says_why_and_what_to_do(
    hub: Hub, detail: str, word: str
) -> None:
    lost = GatewayNotice(kind="view-lost", device="cam-1", detail=detail)
    (one,) = orders(hub, lost)
    assert (one["class_code"], one["policy"]["name"]) == ("E0909", "view-lost")
    assert (one["detail"], one["state"]) == (detail, "dispatched")
    policy = load_shipped().named("view-lost")
    assert policy is not None
    assert word in policy.texts.en.ask
    (over,) = orders(hub, GatewayNotice(kind="view-back", device="cam-1"))
    assert over["state"] == "closed"


def test_a_broken_sensor_and_a_blind_camera_are_different_matters(hub: Hub) -> None:
    found = orders(
        hub,
        GatewayNotice(kind="sensor-fault", device="air-1", part="pm2_5", detail="no value"),
        GatewayNotice(kind="view-lost", device="cam-1", detail="the view is covered"),
    )
    assert {one["class_code"]: one["policy"]["name"] for one in found} == {
        "E0902": "sensor-fault",
        "E0909": "view-lost",
    }
