"""The agent as a process with a terminal server, killed in mid-stream under terminals that delete what
was acknowledged: nothing acknowledged is missing, nothing is there twice, the rest comes again."""

from __future__ import annotations

import asyncio
import io
import json
import random
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_agent.store.tracks import TrackLimits, TrackStore
from simulators.terminals.fleet import Fleet, Plan
from tests.fakes.gateway_site import GatewaySite

pytestmark = pytest.mark.e2e
COUNT, EVERY_S, LENGTH_S = 40, 0.2, 5.0
Said = tuple[str, int, float, float]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[GatewaySite]:
    site = GatewaySite(tmp_path)
    yield site
    site.close()


def with_terminals(site: GatewaySite, unknown: str = "refuse") -> int:
    """Adds a server and its roster; its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    roster = "".join(f"{13_900_000_000 + n},badge\n" for n in range(COUNT))
    (site.folder / "roster.csv").write_text(f"number,kind\n{roster}")
    server = (
        f'[[devices]]\nid = "terms-1"\ndriver = "jt808-server"\nlisten = "tcp:127.0.0.1:{port}"\n'
        f'roster_file = "roster.csv"\nunknown = "{unknown}"\n'
    )
    config = site.config.read_text()
    site.config.write_text(config.replace("[roles.station]", f"{server}[roles.station]"))
    return port


class Playing:
    """A fleet in a thread of its own; `truth` is complete when it has ended."""

    def __init__(self, port: int, seed: int, *, clones: int = 0) -> None:
        self.truth = io.StringIO()
        plan = Plan("jt808", COUNT, EVERY_S, LENGTH_S, seed, storms=0, blind=0.1, clones=clones)
        self._fleet = Fleet(plan, "127.0.0.1", port, self.truth, lambda _: None)
        self.counts = self._fleet.counts
        self._thread = threading.Thread(target=lambda: asyncio.run(self._play()))
        self._thread.start()

    async def _play(self) -> None:
        await self._fleet.play(asyncio.Event())

    def end(self) -> list[dict[str, object]]:
        self._thread.join(120)
        assert not self._thread.is_alive()
        return [json.loads(line) for line in self.truth.getvalue().splitlines()]


def acknowledged(truth: list[dict[str, object]]) -> list[Said]:
    return [
        (str(one["id"]), int(str(one["at"])), float(str(one["lat"])), float(str(one["lon"])))
        for one in truth
        if one["kind"] == "position" and one["acknowledged"]
    ]


def kept(site: GatewaySite) -> Counter[Said]:
    store = TrackStore.open(site.data_dir, TrackLimits(), unclean=False)
    found = store.since(0, 10**6)
    ordinals = [one.ordinal for one in found]
    assert ordinals == sorted(set(ordinals))
    store.close()
    return Counter(
        (one.terminal, (one.at_ns or 0) // 10**9, one.lat or 0.0, one.lon or 0.0) for one in found
    )


def kill_in_mid_stream(site: GatewaySite, kills: int, seed: int) -> None:
    draw, port = random.Random(seed), with_terminals(site)
    site.start()
    playing = Playing(port, seed)
    for _ in range(kills):
        before = playing.counts["acknowledged"] + draw.randint(20, 200)
        site.wait(lambda many=before: playing.counts["acknowledged"] > many, "reports arrive")
        site.end(signal.SIGKILL)
        site.start()
    truth = playing.end()
    assert site.end() == 0
    told, there = acknowledged(truth), kept(site)
    assert len(told) > 300, "too little happened"
    assert not Counter(told) - there, f"acknowledged and missing, seed {seed}"
    unanswered = [one for one in truth if one["kind"] == "position" and not one["acknowledged"]]
    assert unanswered == [], f"never acknowledged although the server is back, seed {seed}"
    assert there == Counter(told), f"there more often than it was reported, seed {seed}"


def test_kill_9_under_a_stream_of_reports_loses_nothing_that_was_acknowledged(
    site: GatewaySite,
) -> None:
    kill_in_mid_stream(site, 2, seed=11)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_many_kills_lose_nothing_that_was_acknowledged(site: GatewaySite, seed: int) -> None:
    kill_in_mid_stream(site, 6, seed)


def test_a_clone_is_told_to_the_hub_once_also_over_restarts_and_its_reports_stay_apart(
    site: GatewaySite,
) -> None:
    port = with_terminals(site)
    site.start()
    playing = Playing(port, 5, clones=1)
    site.wait(lambda: '"cloned-id"' in playing.truth.getvalue(), "the clone comes")
    acknowledged_then = playing.counts["acknowledged"]
    site.wait(lambda: playing.counts["acknowledged"] > acknowledged_then + 100, "it goes on")
    site.end(signal.SIGKILL)
    site.start()
    truth = playing.end()
    assert site.end() == 0
    (clone,) = [str(one["id"]) for one in truth if one["kind"] == "cloned-id"]
    notices = [one for one in site.events("edile.gateway.notice") if "terminal" in one["subject"]]
    assert [(one["subject"], one["data"]["kind"]) for one in notices] == [
        (f"terminal/{clone}", "clone-suspected")
    ]
    store = TrackStore.open(site.data_dir, TrackLimits(), unclean=False)
    assert {one.terminal for one in store.apart(10**6)} == {clone}
    doubted = {name for name, pin in store.pins().items() if pin.doubt}
    store.close()
    assert doubted == {clone}
