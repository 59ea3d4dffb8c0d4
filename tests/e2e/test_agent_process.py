"""The agent as a process: killed, stopped, started twice, given bad things to live with."""

from __future__ import annotations

import random
import signal
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from contract.names import parse_event_id
from edge_agent.store.database import connect
from tests.fakes.gateway_site import GatewaySite, Indicator

pytestmark = pytest.mark.e2e
KILLS, MANY_KILLS = 20, 300
SETTLED, BARE = 30, 15  # frames of 20 ms


@pytest.fixture
def site(tmp_path: Path) -> Iterator[GatewaySite]:
    site = GatewaySite(tmp_path)
    yield site
    site.close()


def gross_weights(site: GatewaySite) -> list[int]:
    return [int(one["data"]["gross_kg"]) for one in site.events("edile.weigh.ticket")]


def notices(site: GatewaySite, kind: str) -> list[str | None]:
    told = [one["data"] for one in site.events("edile.gateway.notice")]
    return [one.get("device") for one in told if one["kind"] == kind]


def kill_between_weighings(site: GatewaySite, kills: int, seed: int) -> None:
    """One truck for each kill, at an instant between arrival and the bare deck after it."""
    draw = random.Random(seed)
    weights = [2_000 + 100 * number for number in range(kills)]
    with Indicator(site.link) as indicator:
        site.start()
        for kg in weights:
            indicator.show(0, BARE)
            indicator.show(kg, draw.randint(1, SETTLED + 10))
            gone = draw.random() < 0.3
            if gone:
                indicator.show(kg, SETTLED)
                indicator.show(0, draw.randint(1, BARE))
            site.end(signal.SIGKILL)
            site.start()
            if not gone:
                indicator.show(kg, SETTLED)
        indicator.show(0, BARE)
        assert site.end() == 0
    assert gross_weights(site) == weights, f"seed {seed}"


def test_kill_9_in_the_middle_of_weighing_loses_no_ticket_and_makes_none_twice(
    site: GatewaySite,
) -> None:
    kill_between_weighings(site, KILLS, seed=7)


@pytest.mark.long
def test_many_kills_in_a_row_lose_nothing(site: GatewaySite) -> None:
    kill_between_weighings(site, MANY_KILLS, seed=random.SystemRandom().randrange(10**6))


def test_sequences_are_gapless_and_each_start_names_where_the_last_ended(site: GatewaySite) -> None:
    with Indicator(site.link) as indicator:
        for _ in range(3):
            site.start()
            indicator.show(0, BARE)
            site.end(signal.SIGKILL)
    ids = [parse_event_id(one["id"]) for one in site.events()]
    for epoch in {one.epoch for one in ids}:
        for lane in ("urgent", "routine"):
            mine = [one.seq for one in ids if (one.epoch, one.lane) == (epoch, lane)]
            assert mine == list(range(1, len(mine) + 1))
    started = [one["data"] for one in site.events() if one["data"].get("kind") == "started"]
    assert [one.get("previous", {}).get("epoch") for one in started] == [
        None,
        *dict.fromkeys(one.epoch for one in ids),
    ][:3]


def test_sigterm_flushes_what_was_just_weighed(site: GatewaySite) -> None:
    with Indicator(site.link) as indicator:
        site.start()
        indicator.show(0, BARE)
        indicator.show(12_340, SETTLED)
        indicator.show(0, 3)
        assert site.end() == 0
    assert gross_weights(site) == [12_340]
    assert not (site.data_dir / "dirty").exists()
    assert "Traceback" not in site.log.read_text()


def test_a_second_agent_is_refused_with_the_pid_of_the_first(
    site: GatewaySite, tmp_path: Path
) -> None:
    with Indicator(site.link) as indicator:
        first = site.start()
        indicator.show(0, BARE)
        same_folder = site.edile("agent", "run", "--config", "gw.toml")
        elsewhere = site.config.read_text().replace('data_dir = "data"', 'data_dir = "other"')
        (site.folder / "other.toml").write_text(elsewhere)
        same_port = site.edile("agent", "run", "--config", "other.toml")
        assert site.end() == 0
    for refused, what in ((same_folder, "data folder"), (same_port, "port")):
        assert refused.returncode == 2
        last = refused.stderr.splitlines()[-1]
        assert what in last
        assert f"pid {first.pid};" in last
        assert "Traceback" not in refused.stderr


def test_a_taken_status_port_is_refused_with_the_pid_that_has_it(site: GatewaySite) -> None:
    first = site.start()
    port = site.status_port()
    other = site.config.read_text().replace(
        'data_dir = "data"', f'data_dir = "o"\nstatus_port = {port}'
    )
    (site.folder / "other.toml").write_text(other.replace("/wb?", "/wb2?"))
    refused = site.edile("agent", "run", "--config", "other.toml")
    assert refused.returncode == 2
    assert f"pid {first.pid};" in refused.stderr.splitlines()[-1]
    assert site.end() == 0


def test_a_missing_port_is_reported_once_and_does_not_stop_the_agent(site: GatewaySite) -> None:
    for _ in range(2):
        site.start()
        site.wait(lambda: site.device_is("lost"), "the device is lost")
        assert site.end() == 0
    with Indicator(site.link):
        site.start()
        backlog = 3 + 1 + 1  # three starts, lost, back
        site.wait(lambda: site.status()["outbox"]["urgent"] == backlog, "the device is back")
        assert site.end() == 0
    assert notices(site, "device-lost") == ["wb-1"]
    assert notices(site, "device-back") == ["wb-1"]


def test_a_store_of_a_newer_schema_is_refused_and_left_alone(site: GatewaySite) -> None:
    site.start()
    site.end()
    connection = connect(str(site.data_dir / "edile.db"))
    connection.pragma("user_version", 99)
    connection.close()
    before = (site.data_dir / "edile.db").read_bytes()
    refused = site.edile("agent", "run", "--config", "gw.toml")
    assert refused.returncode == 2
    assert "99" in refused.stderr.splitlines()[-1]
    assert "Traceback" not in refused.stderr
    assert (site.data_dir / "edile.db").read_bytes() == before


def test_the_database_of_another_program_is_refused_and_left_alone(site: GatewaySite) -> None:
    site.data_dir.mkdir()
    foreign = sqlite3.connect(site.data_dir / "edile.db")
    with foreign:
        foreign.execute("CREATE TABLE photos (id INTEGER)")
    foreign.close()
    before = (site.data_dir / "edile.db").read_bytes()
    refused = site.edile("agent", "run", "--config", "gw.toml")
    assert refused.returncode == 2
    assert "another program" in refused.stderr.splitlines()[-1]
    assert (site.data_dir / "edile.db").read_bytes() == before


class CaptivePortal(BaseHTTPRequestHandler):
    """What a hotel's network answers instead of the hub."""

    def do_POST(self) -> None:
        body = b"<html><body>Please log in to the free Wi-Fi</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        return


def test_a_hub_that_answers_html_loses_nothing_and_is_told_clearly(tmp_path: Path) -> None:
    server = HTTPServer(("127.0.0.1", 0), CaptivePortal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site = GatewaySite(tmp_path, hub_url=f"http://127.0.0.1:{server.server_port}")
    try:
        with Indicator(site.link) as indicator:
            site.start()
            indicator.show(0, BARE)
            indicator.show(9_000, SETTLED)
            indicator.show(0, BARE)
            site.wait(lambda: site.status()["hub"]["failures"] > 0, "the hub was tried")
            told = site.status()["hub"]["last_error"]
            assert site.end() == 0
    finally:
        site.close()
        server.shutdown()
        server.server_close()
        thread.join()
    assert "text/html" in told
    assert gross_weights(site) == [9_000]


def test_a_wrong_file_stops_the_agent_with_one_line_for_each_mistake(site: GatewaySite) -> None:
    site.config.write_text(
        site.config.read_text().replace("baud=9600", "baud=1").replace("yaohua-tf0", "x")
    )
    for words in (("agent", "run"), ("agent", "check")):
        refused = site.edile(*words, "--config", "gw.toml")
        assert refused.returncode == 2
        assert "devices[0].link" in refused.stderr
        assert "devices[0].dialect" in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not site.data_dir.exists()


def test_checking_a_good_file_says_what_it_is(site: GatewaySite) -> None:
    checked = site.edile("agent", "check", "--config", "gw.toml")
    assert checked.returncode == 0, checked.stderr
    assert "gw.toml: ok" in checked.stdout
    assert "wb-1" in checked.stdout
    assert "station" in checked.stdout


def test_status_says_whether_it_runs(site: GatewaySite) -> None:
    off = site.edile("agent", "status", "--config", "gw.toml")
    site.start()
    on = site.edile("agent", "status", "--config", "gw.toml")
    site.end()
    assert (off.returncode, on.returncode) == (1, 0)
    assert "not running" in off.stdout
    assert "wb-1" in on.stdout
