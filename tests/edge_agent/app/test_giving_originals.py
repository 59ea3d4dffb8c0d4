"""The command `send-original`: what is said to whoever asked, for each thing that may be the matter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from contract.payloads.evidence import EvidenceOriginal
from edge_agent.app.giving_originals import send_original
from edge_agent.errors import DeviceRefused, StoreFull
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer
from tests.edge_agent.store.pictures import Taken, sha, word, work
from tests.edge_agent.store.stores import hub_has, later, open_store, waiting
from tests.fakes.clock import FakeClock

ONE = Taken.number(1)
ASKED = {"sha256": ONE.name, "requested_by": "token/li-na", "reason": "objection 4"}


def ask(folder: Path, *orders: Mapping[str, Any]) -> tuple[list[str | None], list[dict[str, Any]]]:
    """What was said to each, and the events about originals; DeviceRefused."""

    async def scene() -> tuple[list[str | None], list[dict[str, Any]]]:
        writer = Writer(open_store(folder, unclean=True))
        try:
            give = send_original(writer, FakeClock())
            said = [(await give(args)).detail for args in orders]
            events = await writer.call(lambda store: waiting(store, "urgent"))
        finally:
            await writer.close()
        return said, [one for one in events if one["type"] == EvidenceOriginal.wire_type]

    return asyncio.run(scene())


def recorded(folder: Path) -> None:
    store = open_store(folder)
    store.commit([work(word(taken=ONE), word("p-1", "ended"))])
    store.close()


def test_what_will_follow_is_said_and_who_asked_and_why_is_an_event(tmp_path: Path) -> None:
    recorded(tmp_path)
    (first, second), events = ask(tmp_path, ASKED, ASKED | {"sha256": sha(ONE.masked)})
    assert first == f"{ONE.name}, {len(ONE.original)} bytes, will follow"
    assert second == f"{ONE.name} was given before, by {events[0]['id']}"
    assert [one["subject"] for one in events] == [f"evidence/{ONE.name}"] * 2
    assert events[0]["data"] == {
        "evidence": [{"sha256": ONE.name, "media_type": "image/jpeg"}],
        "size_bytes": len(ONE.original),
        "requested_by": "token/li-na",
        "reason": "objection 4",
    }


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({}, "missing required field"),
        (ASKED | {"sha256": "AB" * 32}, "64 characters"),
        (ASKED | {"reason": "\t"}, "none of them empty"),
        (ASKED | {"sha256": "ab" * 32}, "no sealed original of abab"),
        (ASKED | {"everything": True}, "unknown field"),
    ],
)
def test_a_request_that_cannot_be_granted_is_refused_with_the_reason(
    tmp_path: Path, args: Mapping[str, Any], why: str
) -> None:
    recorded(tmp_path)
    with pytest.raises(DeviceRefused, match=f"send-original: .*{why}"):
        ask(tmp_path, args)


def test_one_that_is_gone_is_named(tmp_path: Path) -> None:
    recorded(tmp_path)
    store = open_store(tmp_path)
    hub_has(store)
    store.maintain(later(31))
    store.close()
    with pytest.raises(DeviceRefused, match=f"the original {ONE.name} is gone"):
        ask(tmp_path, ASKED)


def test_a_full_disk_is_told_to_whoever_asked() -> None:
    class Full:
        async def call(self, fn: Callable[[Store], object]) -> object:
            raise StoreFull("nothing more may be dropped")

    with pytest.raises(DeviceRefused, match="the disk is full: nothing more may be dropped"):
        asyncio.run(send_original(Full(), FakeClock())(ASKED))  # type: ignore[arg-type]
