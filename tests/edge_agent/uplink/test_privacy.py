"""What leaves the gateway: the masked photo does, the original only after somebody asked and said why.

The real store and uplink, the real hub; whatever the hub was sent, and whatever is on its disk, is searched for
pieces of the originals.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
import zstandard

from contract.payloads.evidence import EvidenceOriginal
from edge_agent.ports import HubLink, HubRequest, HubResponse
from edge_agent.readings import ClipReading
from edge_agent.rules.footage import conclusion_of
from hub.commanding import issue
from hub.store.tables import command
from tests.edge_agent.store.pictures import Taken, sha, word
from tests.edge_agent.uplink.test_real_hub import SLOT, Box, Town, reached
from tests.fakes.clock import START_UTC_NS, FakeClock

pytestmark = pytest.mark.anyio
ONE, TWO = Taken.number(1, size=300_000), Taken.number(2, size=300_000)
PIECE_BYTES = 24
AVI = b"RIFF\0\0\0\0AVI "


class Overheard:
    """A link to the hub that keeps all that goes over it."""

    def __init__(self, link: HubLink) -> None:
        self._link = link
        self.sent: list[bytes] = []

    async def send(self, request: HubRequest) -> HubResponse:
        headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        body = request.body
        if body.startswith(zstandard.FRAME_HEADER):
            body = zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 24)
        self.sent += [request.path.encode(), headers.encode(), body]
        return await self._link.send(request)

    async def close(self) -> None:
        await self._link.close()


def pieces(content: bytes) -> Iterator[bytes]:
    """Closer together than the shortest part of an upload is long."""
    whole = range(64, len(content) - PIECE_BYTES, 4_000)
    return (content[at : at + PIECE_BYTES] for at in whole)


def on_disk(town: Town) -> list[bytes]:
    """Everything of the hub; the gateway's own folder is `box`."""
    files = [path for path in town.folder.rglob("*") if path.is_file()]
    return [path.read_bytes() for path in files if "box" not in path.relative_to(town.folder).parts]


def leaked(link: Overheard, town: Town, content: bytes) -> int:
    """How many pieces of `content` the hub has, or was sent."""
    everything = b"\0".join((*link.sent, *on_disk(town)))
    return sum(piece in everything for piece in pieces(content))


def has(town: Town, content: bytes) -> bool:
    path = town.config.data_dir / "evidence" / sha(content)[:2] / sha(content)
    return path.exists() and path.read_bytes() == content


def ask(town: Town, name: str, **args: str) -> str:
    """As the hub does when an admin asks; the command's id."""
    wanted = {"sha256": name, "requested_by": "token/li-na", "reason": "objection 4", **args}
    with town.database() as opened, opened.write() as conn:
        made = issue(
            conn, town.command_key, slot=SLOT, op="send-original", args=wanted, actor="token/li-na",
            now_ns=START_UTC_NS, expires_in_s=86_400,
        )  # fmt: skip
    assert made is not None
    return made.id


def outcome(town: Town, command_id: str) -> tuple[str | None, str | None]:
    with town.database() as opened, opened.read() as conn:
        query = sa.select(command.c.outcome, command.c.detail).where(command.c.id == command_id)
        row = conn.execute(query).one()
    return row.outcome, row.detail


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Town:
    return Town.make(tmp_path, clock)


@pytest.mark.parametrize("kind", ["asgi", "http", "mqtt 5"])
async def test_the_original_leaves_only_after_a_request_that_is_on_record(
    kind: str, town: Town, clock: FakeClock
) -> None:
    with reached(kind, town) as real:
        link = Overheard(real)
        box = Box(town, link, clock)
        await box.record(word("p-1", taken=ONE), word("p-2", taken=TWO))
        await box.talk(16)
        assert all(has(town, one) for one in (ONE.masked, ONE.thumbnail, TWO.masked))
        assert leaked(link, town, ONE.masked) > 0, "the search finds what did leave"
        assert leaked(link, town, ONE.original) == leaked(link, town, TWO.original) == 0

        order = ask(town, sha(ONE.masked))
        clock.tick(400)
        await box.talk(16)
        assert outcome(town, order) == (
            "done",
            f"{ONE.name}, {len(ONE.original)} bytes, will follow",
        )
        assert has(town, ONE.original)
        assert leaked(link, town, TWO.original) == 0
        await box.close()
    (told,) = [body for body in town.bodies() if EvidenceOriginal.wire_type.encode() in body]
    payload = msgspec.convert(msgspec.json.decode(told)["data"], EvidenceOriginal)
    assert (payload.requested_by, payload.reason) == ("token/li-na", "objection 4")
    assert [one.sha256 for one in payload.evidence] == [ONE.name]


async def test_nothing_leaves_after_restarts_and_a_damaged_store(
    town: Town, clock: FakeClock
) -> None:
    with reached("asgi", town) as real:
        link = Overheard(real)
        first = Box(town, link, clock)
        await first.record(word("p-1", taken=ONE))
        await first.talk(3)
        await first.writer.close()
        second = Box(town, link, clock)
        await second.record(word("p-2", taken=TWO))
        await second.talk(16)
        await second.writer.close()
        file = town.folder / "box" / "edile.db"
        file.write_bytes(bytes(file.stat().st_size))
        third = Box(town, link, clock)
        for _ in range(6):
            await third.writer.call(lambda store: store.maintain(clock.moment()))
        await third.talk(24)
        assert leaked(link, town, ONE.original) == leaked(link, town, TWO.original) == 0
        ask(town, TWO.name)
        clock.tick(400)
        await third.talk(16)
        assert has(town, TWO.original), "also after the salvage it is here for who asks"
        assert leaked(link, town, ONE.original) == 0
        await third.close()


@pytest.mark.parametrize(
    ("name", "more", "why"),
    [
        ("ab" * 32, {}, "no sealed original"),
        (sha(ONE.original)[:63], {}, "64 characters"),
        (sha(ONE.original), {"reason": " "}, "none of them empty"),
        (sha(ONE.original), {"requested_by": ""}, "none of them empty"),
        (sha(ONE.original), {"all": "yes"}, "unknown field `all`"),
    ],
)
async def test_a_request_without_who_why_or_what_is_refused_and_nothing_leaves(
    town: Town, clock: FakeClock, name: str, more: dict[str, str], why: str
) -> None:
    with reached("asgi", town) as real:
        link = Overheard(real)
        box = Box(town, link, clock)
        await box.record(word("p-1", taken=ONE))
        order = ask(town, name, **more)
        await box.talk(16)
        said, detail = outcome(town, order)
        assert said == "refused"
        assert why in (detail or "")
        assert leaked(link, town, ONE.original) == 0
        assert not any(EvidenceOriginal.wire_type.encode() in body for body in town.bodies())
        await box.close()


async def test_one_that_is_gone_is_refused_with_the_reason(town: Town, clock: FakeClock) -> None:
    with reached("asgi", town) as real:
        box = Box(town, Overheard(real), clock)
        await box.record(word("p-1", taken=ONE), word("p-1", "ended"))
        await box.talk(8)
        late = clock.moment()._replace(utc_ns=clock.moment().utc_ns + 91 * 86_400 * 10**9)
        await box.writer.call(lambda store: store.maintain(late))
        order = ask(town, ONE.name)
        clock.tick(400)
        await box.talk(8)
        said, detail = outcome(town, order)
        assert (said, "is gone: its time was over" in (detail or "")) == ("refused", True)
        assert not has(town, ONE.original)
        await box.close()


async def test_the_hub_asks_again_for_what_it_had_before(town: Town, clock: FakeClock) -> None:
    """Each request is on record; the file is not sent twice."""
    with reached("asgi", town) as real:
        link = Overheard(real)
        box = Box(town, link, clock)
        await box.record(word("p-1", taken=ONE))
        orders = []
        for _ in range(2):
            orders.append(ask(town, ONE.name))
            clock.tick(400)
            await box.talk(16)
        (first, _), (second, detail) = (outcome(town, one) for one in orders)
        assert (first, second) == ("done", "done")
        assert "was given before, by" in (detail or "")
        told = [body for body in town.bodies() if EvidenceOriginal.wire_type.encode() in body]
        assert len(told) == 2
        sent = sum(one.count(next(pieces(ONE.original))) for one in link.sent)
        assert sent == 1
        await box.close()


async def test_of_a_clip_the_masked_one_leaves_and_the_sealed_one_when_it_is_asked_for(
    town: Town, clock: FakeClock
) -> None:
    filmed = Taken(*(AVI + one for one in Taken.number(3, size=300_000)))
    now = clock.moment()
    clip = ClipReading(
        device="cam-1", moment=now, occasion="06010", problem_id="p-1", begin=now, end=now,
        frames=30, original=filmed.original, masked=filmed.masked, original_sha256=filmed.name,
    )  # fmt: skip
    conclusion = conclusion_of(clip)
    assert conclusion is not None
    with reached("asgi", town) as real:
        link = Overheard(real)
        box = Box(town, link, clock)
        await box.record(word("p-1"), conclusion)
        await box.talk(16)
        assert has(town, filmed.masked)
        assert leaked(link, town, filmed.original) == 0
        order = ask(town, sha(filmed.masked))
        clock.tick(400)
        await box.talk(16)
        assert outcome(town, order)[0] == "done"
        assert has(town, filmed.original)
        await box.close()
    (told,) = [body for body in town.bodies() if EvidenceOriginal.wire_type.encode() in body]
    assert b"video/x-msvideo" in told
