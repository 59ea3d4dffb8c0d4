from __future__ import annotations

from typing import Any

from hub.owners.handover import HandOver, OpenOrder, hand_overs
from tests.hub.owners.town import NOON, SQUARES, TURN, area, block, owned_by, place

REDRAWN = [
    area("a-1", block(0, 0, 0.5), unit="grid-1"),
    area("a-2", block(0.5, 0, 1.5), unit="grid-2"),
    area("a-3", block(0, 1), unit="grid-3"),
]


def order(name: str, column: float, row: float, owner: str | None, **more: Any) -> OpenOrder:
    lon, lat = place(column, row)
    return OpenOrder(id=name, lon=lon, lat=lat, owner=owner, **more)


def test_only_orders_on_ground_that_changed_hands_are_listed_by_who_has_them() -> None:
    old, new = owned_by(*SQUARES), owned_by(*REDRAWN)
    orders = [
        order("stays", 0.2, 0.5, "grid-1"),
        order("b-moves", 0.8, 0.5, "grid-1"),
        order("a-moves", 0.501, 0.5, "grid-1", error_m=5),
        order("given-away-before", 0.8, 0.5, "greening"),
        order("already-there", 0.8, 0.5, "grid-2"),
        order("given-away-elsewhere", 0.2, 0.5, "greening"),
        order("nobody-any-more", 1.5, 1.5, "grid-4"),
        order("was-in-the-queue", 0.8, 0.5, None),
    ]
    found = hand_overs(old, new, NOON, orders)
    assert {key: [one.order for one in group] for key, group in found.items()} == {
        (None, "grid-2"): ["was-in-the-queue"],
        ("greening", "grid-2"): ["given-away-before"],
        ("grid-1", "grid-2"): ["a-moves", "b-moves"],
        ("grid-4", None): ["nobody-any-more"],
    }
    assert list(found) == sorted(found, key=lambda key: (key[0] or "", key[1] or ""))
    assert found["grid-1", "grid-2"][0] == HandOver(
        order="a-moves",
        owner="grid-1",
        from_unit="grid-1",
        to_unit="grid-2",
        area="a-2",
        version=1,
        near_border=True,
    )
    assert found["greening", "grid-2"][0].from_unit == "grid-1"


def test_one_document_with_its_day_of_redrawing_is_asked_before_and_after() -> None:
    turn = "2027-01-01T00:00:00+08:00"
    owned = owned_by(
        area("a-1", block(0, 0), unit="grid-1", valid_until=turn),
        area("a-1", block(0, 0), unit="grid-2", version=2, valid_from=turn),
    )
    orders = [order("o", 0.5, 0.5, "grid-1")]
    assert hand_overs(owned, owned, TURN, orders) == {}
    found = hand_overs(owned, owned, TURN, orders, before_ns=TURN - 1)
    assert list(found) == [("grid-1", "grid-2")]


def test_an_order_is_asked_by_its_class_and_overlay() -> None:
    waste = area("z-1", block(0, 0), unit="greening", classes=["06*"])
    gas = area("z-2", block(0, 0), unit="gas-office", overlay="gas")
    old, new = owned_by(*SQUARES), owned_by(*SQUARES, waste, gas)
    orders = [
        order("plain", 0.5, 0.5, "grid-1"),
        order("waste", 0.5, 0.5, "grid-1", class_code="06036"),
        order("gas", 0.5, 0.5, "grid-1", overlay="gas"),
    ]
    found = hand_overs(old, new, NOON, orders)
    assert {key: [one.order for one in group] for key, group in found.items()} == {
        ("grid-1", "gas-office"): ["gas"],
        ("grid-1", "greening"): ["waste"],
    }
