"""The agent as a process: killed, stopped, started twice, given bad things to live with."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from contract.keys import PrivateKey
from contract.names import parse_event_id
from edge_agent.store.database import connect
from tests.fakes.gateway_site import GatewaySite, Indicator

pytestmark = pytest.mark.e2e
KILLS, MANY_KILLS = 8, 300
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
    assert "wb-1: " in checked.stderr, "a port that is not there now is worth a note"


def test_a_ring_without_bytes_says_so(site: GatewaySite) -> None:
    exported = site.edile("raw", "export", "--config", "gw.toml", "--device", "nobody")
    assert (exported.returncode, exported.stdout) == (0, "")
    assert "no raw bytes of device nobody are kept here" in exported.stderr


def test_status_says_whether_it_runs(site: GatewaySite) -> None:
    off = site.edile("agent", "status", "--config", "gw.toml")
    site.start()
    on = site.edile("agent", "status", "--config", "gw.toml")
    site.end()
    assert (off.returncode, on.returncode) == (1, 0)
    assert "not running" in off.stdout
    assert "wb-1" in on.stdout


def test_a_ticket_is_verified_voided_and_corrected_with_and_without_the_agent(
    site: GatewaySite,
) -> None:
    config = ("--config", "gw.toml")
    by = ("--reason", "weighed twice", "--actor", "Li Na", *config)
    with Indicator(site.link) as indicator:
        site.start()
        for kg in (0, 8_000, 0, 9_000, 0):
            indicator.show(kg, SETTLED)
        exported = site.edile("outbox", "export", *config)
        events = [json.loads(line) for line in exported.stdout.splitlines()]
        tickets = [one for one in events if one["type"] == "edile.weigh.ticket.v1"]
        first, second = (one["data"]["ticket_no"] for one in tickets)

        good = site.edile("ticket", "verify", first, *config)
        waits = site.edile("why", tickets[0]["id"], *config)
        voided = site.edile("ticket", "void", first, *by)
        again = site.edile("ticket", "void", first, *by)
        assert site.end() == 0
    corrected = site.edile("ticket", "correct", second, "--tare-kg", "7000", *by)
    twice = site.edile("ticket", "correct", second, "--plate", "粤A12345", *by)
    missing = site.edile("ticket", "verify", "wb-1-nope", *config)
    folder = site.data_dir / "evidence"
    record = next(one for one in folder.rglob("*") if one.name == tickets[0]["data"]["raw_sha256"])
    record.write_bytes(record.read_bytes().replace(b"yaohua", b"yaohUa"))
    forged = site.edile("ticket", "verify", tickets[0]["id"], *config)

    assert (good.returncode, "8000 kg" in good.stdout) == (0, True), good
    assert (waits.returncode, "waits here for the hub" in waits.stdout) == (0, True), waits
    assert "last error" in waits.stdout
    assert (voided.returncode, f"{first}.r1" in voided.stdout) == (0, True), voided
    assert (again.returncode, "void already" in again.stderr) == (2, True), again
    assert (corrected.returncode, f"{second}.r1" in corrected.stdout) == (0, True), corrected
    assert (twice.returncode, f"{second}.r2" in twice.stdout) == (0, True), twice
    assert (missing.returncode, "no such ticket" in missing.stderr) == (2, True)
    assert (forged.returncode, "SHA-256" in forged.stdout) == (1, True), forged
    told = {one["data"]["ticket_no"]: one["data"] for one in site.events("edile.weigh.ticket")}
    assert told[first]["settlement"] == tickets[0]["data"]["settlement"]
    assert told[f"{first}.r1"]["revision"]["actor"] == "Li Na"
    assert (told[f"{second}.r2"]["net_kg"], told[f"{second}.r2"]["vehicle"]["plate"]) == (
        "2000",
        "粤A12345",
    )


def test_what_is_stored_can_be_looked_at_beside_the_running_agent(site: GatewaySite) -> None:
    config = ("--config", "gw.toml")
    nothing = site.edile("outbox", "status", *config)
    with Indicator(site.link) as indicator:
        site.start()
        indicator.show(0, BARE)
        status = site.edile("outbox", "status", *config)
        peek = site.edile("outbox", "peek", *config, "-n", "1")
        raw = site.edile("raw", "export", *config, "--out", "raw.jsonl")
        unknown = site.edile("why", "0000000000000.urgent.1", *config)
        nonsense = site.edile("why", "nonsense", *config)
        assert site.end() == 0
    assert (nothing.returncode, "no store" in nothing.stderr) == (2, True)
    assert "1 urgent" in status.stdout
    assert "edile.gateway.notice.v1" in peek.stdout
    assert raw.returncode == 0
    first = json.loads((site.folder / "raw.jsonl").read_text().splitlines()[0])
    assert (first["device"], bytes.fromhex(first["raw"])[:1]) == ("wb-1", b"\x02")
    assert (unknown.returncode, nonsense.returncode) == (1, 2)
    assert "Traceback" not in nonsense.stderr


def test_keygen_makes_a_private_file_once_and_prints_what_the_hub_needs(site: GatewaySite) -> None:
    made = site.edile("agent", "keygen", "--out", "new.pem", "--alg", "ES256", "--kid", "cs-017#2")
    again = site.edile("agent", "keygen", "--out", "new.pem")
    wrong = site.edile("agent", "keygen", "--out", "other.pem", "--alg", "HS256")
    file = site.folder / "new.pem"
    assert made.stdout == PrivateKey.from_pem(file.read_bytes()).public.to_pem()
    assert "edile hub key add --kid 'cs-017#2'" in made.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (again.returncode, "never overwritten" in again.stderr) == (2, True)
    assert (wrong.returncode, (site.folder / "other.pem").exists()) == (2, False)
