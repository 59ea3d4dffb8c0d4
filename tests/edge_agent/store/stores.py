"""A store in a folder, works to put into it, and a look at what it would send."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

from contract.envelope import Moment
from contract.names import Lane, lane_key
from contract.payloads.air import AirSummary
from contract.payloads.gateway import CommandResult
from contract.sync import Tombstone
from edge_agent.ports import Conclusion, NewEvidence, Work
from edge_agent.store.database import Connect, Limits, Store, connect
from edge_agent.store.files import Files, SystemFiles

_epochs = count(1000)
NOW = Moment("boot-1", 10**9, 1_790_000_000 * 10**9, "ntp")
DAY_NS = 86_400 * 10**9


def later(days: float) -> Moment:
    return NOW._replace(utc_ns=NOW.utc_ns + int(days * DAY_NS))


def open_store(
    folder: Path,
    *,
    unclean: bool = False,
    limits: Limits = Limits(),
    how: Connect = connect,
    files: Files = SystemFiles(),
) -> Store:
    return Store.open(
        folder,
        connect=how,
        files=files,
        limits=limits,
        entropy=lambda bits: next(_epochs),
        source="/baiyun/cs-017",
        moment=NOW,
        unclean=unclean,
        versions={"agent": "1"},
    )


def routine(name: str = "air-1", *, photo: bytes | None = None, media: str = "image/jpeg") -> Work:
    summary = AirSummary(
        sensor=name, quantity="pm10", unit="ug/m3", window_s=300, n=30, min="1", max="9", mean="5",
        p95="8", last="5",
    )  # fmt: skip
    evidence = () if photo is None else (NewEvidence(photo, media),)
    return Work(NOW, (Conclusion(summary, "sensor/a", evidence=evidence),))


def urgent(name: str = "c-1") -> Work:
    return Work(NOW, (Conclusion(CommandResult(command=name, outcome="done"), "gateway"),))


def hub_has(
    store: Store, *, stored: bool = True, archived: bool = True, generation: str = "g1"
) -> None:
    """The hub answers that it has everything of every lane."""
    ends = {lane_key(one.epoch, one.lane): one.last_seq for one in store.lanes()}
    store.apply_reply(
        stored=ends if stored else {},
        archived=ends if archived else {},
        generation=generation,
        receipt=None,
        moment=NOW,
    )


def waiting(store: Store, lane: Lane, epoch: str | None = None) -> list[dict[str, Any]]:
    """What the uplink would send of one lane, decoded."""
    batch = store.next_batch(
        store.epoch if epoch is None else epoch, lane, max_events=10**6, max_bytes=10**9
    )
    return [] if batch is None else [json.loads(item) for item in batch.items]


def everything(store: Store) -> list[dict[str, Any]]:
    return [item for one in store.lanes() for item in waiting(store, one.lane, one.epoch)]


def notices(store: Store, kind: str) -> list[dict[str, Any]]:
    return [
        item["data"]
        for item in everything(store)
        if "gap" not in item and item["data"].get("kind") == kind
    ]


def tombstone(item: dict[str, Any]) -> Tombstone | None:
    if "gap" not in item:
        return None
    return Tombstone(gap=tuple(item["gap"]), reason=item["reason"])
