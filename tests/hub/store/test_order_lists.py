"""Lists of work orders against the same list by hand: every filter, every page, by either way of fetching."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any, get_args

import pytest
import sqlalchemy as sa

from contract.timestamps import rfc3339
from hub.store.engine import Database
from hub.store.order_lists import FEW, Box, Last, OrderFilter, Time, list_orders
from hub.store.order_tables import sighting, work_order

DISTRICT, BEGIN_NS, HOUR_NS = "baiyun", 1_771_900_000 * 10**9, 3600 * 10**9
STATES = ("review", "no-owner", "dispatched", "resolved", "closed", "closed", "void")
ORDERS = 240
Order = dict[str, Any]


def town(luck: Random) -> tuple[list[Order], list[dict[str, Any]]]:
    """Orders by seq, and who told of them. Some were observed at the very same moment, some long before
    they were opened."""
    orders, words = [], []
    for n in range(1, ORDERS + 1):
        opened_ns = BEGIN_NS + n * HOUR_NS
        seen_ns = opened_ns - luck.choice((0, 0, 1, 40)) * HOUR_NS
        placed = luck.random() < 0.9
        orders.append(
            {
                "seq": n, "id": f"{luck.getrandbits(96):024x}", "number": f"2026-{n:06d}",
                "district": DISTRICT if luck.random() < 0.95 else "elsewhere",
                "class_code": luck.choice(("06010", "06041")), "catalogue": "gbt47678-2026",
                "kind": luck.choice(("litter", "06010")), "state": luck.choice(STATES),
                "priority": "normal", "dedupe_key": f"key-{n}", "area": luck.choice(("a-1", "a-2", None)),
                "object": luck.choice(("camera/1", "camera/2", None)),
                "owner_unit": luck.choice(("u-1", "u-2", None)), "policy_name": "litter",
                "policy_version": 1, "observed_at": rfc3339(seen_ns), "opened_at": rfc3339(opened_ns),
                "due_at": luck.choice((rfc3339(opened_ns + 9 * HOUR_NS), None)),
                "closed_at": luck.choice((rfc3339(opened_ns + HOUR_NS), None)),
                "lon": luck.uniform(-180, 180) if placed else None,
                "lat": luck.uniform(-60, 60) if placed else None,
            }
        )  # fmt: skip
        for source in luck.sample(("/b/cs-1", "/b/cs-2", "/b/token/ann"), luck.choice((1, 1, 2))):
            phases = luck.choice((("opened",), ("opened", "updated"), ("updated",)))
            words += [
                {
                    "district": orders[-1]["district"], "event_id": f"{source}#{n}.{phase}",
                    "order_id": orders[-1]["id"], "source": source, "problem_id": f"p-{n}",
                    "phase": phase, "observed_at": rfc3339(seen_ns),
                    "received_at": rfc3339(opened_ns),
                }
                for phase in phases
            ]  # fmt: skip
    return orders, words


def any_filter(luck: Random) -> OrderFilter:
    """One, two or three conditions."""
    since, until = (rfc3339(BEGIN_NS + luck.randrange(ORDERS) * HOUR_NS) for _ in range(2))
    west, east = luck.uniform(-180, 180), luck.uniform(-180, 180)
    south = luck.uniform(-60, 40)
    all_: dict[str, Any] = {
        "states": luck.choice((("closed",), ("dispatched",), ("review", "closed", "no-owner"))),
        "kind": "litter",
        "class_code": luck.choice(("06010", "09999")),
        "unit": luck.choice(("u-1", "u-9")),
        "area": "a-1",
        "object": "camera/1",
        "source": luck.choice(("/b/cs-1", "/b/token/ann", "/b/nobody")),
        "since": min(since, until),
        "until": max(since, until),
        "bbox": Box(west, south, east, south + 40),
    }
    chosen = luck.sample(sorted(all_), luck.choice((0, 1, 2, 3)))
    time: Time = luck.choice(get_args(Time))
    return OrderFilter(**{name: all_[name] for name in chosen}, time=time)


def by_hand(orders: list[Order], words: list[dict[str, Any]], wanted: OrderFilter) -> list[str]:
    def at(one: Order) -> str | None:
        found: str | None = one[f"{wanted.time}_at"]
        return found

    def fits(one: Order) -> bool:
        named = {"kind": wanted.kind, "class_code": wanted.class_code, "area": wanted.area}
        named |= {"owner_unit": wanted.unit, "object": wanted.object}
        told = {word["source"] for word in words if word["order_id"] == one["id"]}
        return (
            one["district"] == DISTRICT
            and all(value is None or one[name] == value for name, value in named.items())
            and (not wanted.states or one["state"] in wanted.states)
            and (wanted.source is None or wanted.source in told)
            and (wanted.since is None or (at(one) or "") >= wanted.since)
            and (wanted.until is None or (at(one) or "~") < wanted.until)
            and (wanted.bbox is None or inside(wanted.bbox, one["lon"], one["lat"]))
        )

    timed = wanted.since is not None or wanted.until is not None
    found = [one for one in orders if fits(one)]
    found.sort(key=lambda one: (at(one) if timed else "", one["seq"]), reverse=True)
    return [one["id"] for one in found]


def inside(box: Box, lon: float | None, lat: float | None) -> bool:
    if lon is None or lat is None or not box.south <= lat <= box.north:
        return False
    if box.west <= box.east:
        return box.west <= lon <= box.east
    return lon >= box.west or lon <= box.east


def pages(conn: sa.Connection, wanted: OrderFilter, few: int, limit: int) -> list[str]:
    found: list[str] = []
    after: Last | None = None
    while True:
        items, after = list_orders(conn, DISTRICT, wanted, after=after, limit=limit, few=few)
        found += [one.id for one in items]
        if after is None:
            return found
        assert len(items) == limit


@pytest.mark.parametrize("few", [0, FEW])
def test_every_filter_gives_what_one_would_pick_by_hand_page_after_page(
    database: Database, few: int
) -> None:
    luck = Random(7)
    orders, words = town(luck)
    with database.write() as conn:
        conn.execute(work_order.insert(), orders)
        conn.execute(sighting.insert(), words)
    lengths = []
    with database.read() as conn:
        for _ in range(150):
            wanted = any_filter(luck)
            expected = by_hand(orders, words, wanted)
            assert pages(conn, wanted, few, luck.choice((7, 50))) == expected, wanted
            lengths.append(len(expected))
    assert sum(length > 0 for length in lengths) > 60, "lists of nothing agree, too"
    assert sum(length > 50 for length in lengths) > 10


def test_an_order_opened_between_pages_neither_repeats_nor_hides_a_row(database: Database) -> None:
    luck = Random(3)
    orders, _ = town(luck)
    for wanted in (OrderFilter(), OrderFilter(since=rfc3339(0)), OrderFilter(class_code="06010")):
        seen: list[str] = []
        after: Last | None = None
        with database.write() as conn:
            conn.execute(work_order.delete())
            conn.execute(work_order.insert(), orders)
        expected, n = by_hand(orders, [], wanted), len(orders)
        while not seen or after is not None:
            with database.write() as conn:
                items, after = list_orders(conn, DISTRICT, wanted, after=after, limit=20)
                n += 1
                late = {"seq": n, "id": f"late-{n}", "number": f"late-{n}", "dedupe_key": f"l-{n}"}
                conn.execute(work_order.insert(), orders[-1] | late | {"district": DISTRICT})
            seen += [one.id for one in items]
        assert [one for one in seen if not one.startswith("late")] == expected


def test_a_time_alone_puts_the_list_in_the_order_of_observation() -> None:
    assert not OrderFilter(unit="u-1").timed
    assert replace(OrderFilter(), until=rfc3339(0)).timed
