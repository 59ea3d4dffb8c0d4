"""A shift of fifteen badges, sixty times faster than it passes, over real sockets: terminals, the agent, the
hub. The agent is killed in mid-shift; each shift has its verdict once, and positions leave only when
somebody asked for them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract.client import HubClient
from contract.geojson import read_areas
from contract.payloads.attendance import AttendanceException, AttendanceShift, AttendanceTrack
from contract.payloads.gateway import CommandResult, GatewayNotice
from contract.timestamps import rfc3339
from edge_agent.config.attendance import AttendanceConfig
from edge_agent.config.attendance_limits import AttendanceLimits
from edge_agent.store.tracks import TrackLimits, TrackStore
from edile.demo.programs import Program, free_port, run_once
from edile.demo.site import DISTRICT, HUB_ID, KID, SLOT, UNIT, hub_options

pytestmark = pytest.mark.e2e
pytest.importorskip("shapely")
BADGES, SCALE, MINUTES = 15, 60, 50
BEGINS_IN_S = 25  # that agent and terminals are there by then
MARGIN_S = 900 / SCALE
PATIENCE_S = 60.0
Data = Mapping[str, Any]


@dataclass
class District:
    """Hub, agent and terminals in one folder."""

    folder: Path
    port: int = field(default_factory=free_port)
    terminals_port: int = field(default_factory=free_port)
    token: str = ""

    def __post_init__(self) -> None:
        self._set_up()
        serve = ("hub", "serve", *hub_options(self.folder), "--port", str(self.port))
        self.hub = Program("hub", serve, self.folder)
        self.agent = Program("agent", ("agent", "run", "--config", "gw.toml"), self.folder)
        begin_ns = time.time_ns() + BEGINS_IN_S * 10**9
        self.begin_ns = begin_ns // 10**9 * 10**9
        self.badges = Program("badges", (*self._day(), "--truth", "truth.jsonl"), self.folder)
        run_once(self.folder, *self._day(), "--files-only")
        run_once(self.folder, "agent", "check", "--config", "gw.toml")

    def _set_up(self) -> None:
        (self.folder / "hub").mkdir()
        options = hub_options(self.folder)
        run_once(self.folder, "hub", "migrate", *options)
        public = run_once(self.folder, "agent", "keygen", "--out", "box.key")
        (self.folder / "box.pub").write_text(public)
        key = ("--kid", KID, "--public", "box.pub", "--unit", UNIT)
        run_once(self.folder, "hub", "key", "add", *key, *options)
        shown = run_once(self.folder, "hub", "key", "show", *options)
        (self.folder / "hub-command.pub").write_text(shown)
        made = run_once(
            self.folder, "hub", "token", "add", "--name", "li-na", "--role", "admin", *options
        )
        self.token = made.split()[-1]
        (self.folder / "gw.toml").write_text(gateway_file(self.port, self.terminals_port))

    def _day(self) -> tuple[str, ...]:
        return (
            *("sim", "terminals", "--scenario", "attendance-day", "--seed", "4"),
            *("--connect", f"127.0.0.1:{self.terminals_port}", "--badges", str(BADGES)),
            *("--areas", "4", "--every", "1", "--scale", str(SCALE), "--version", "2019"),
            *("--begin", rfc3339(self.begin_ns), "--shift-minutes", str(MINUTES)),
            *("--areas-out", "areas.geojson", "--roster-out", "shifts.json"),
            *("--terminals-out", "terminals.csv"),
        )

    def end(self) -> None:
        for one in (self.badges, self.agent, self.hub):
            one.stop()

    def told(self, shape: type[msgspec.Struct]) -> list[Data]:
        """What the hub has of that kind, in order."""
        wire_type: str = getattr(shape, "wire_type")  # noqa: B009 - every payload has one
        with HubClient(
            f"http://127.0.0.1:{self.port}", self.token, transport=httpx.HTTPTransport()
        ) as hub:
            return [
                msgspec.json.decode(one.event)["data"] for one in hub.every_event(type=wire_type)
            ]

    def ask(self, way: str, path: str, body: object = None) -> httpx.Response:
        return httpx.request(
            way,
            f"http://127.0.0.1:{self.port}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}"},
            trust_env=False,
        )

    def ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def wait(
        self, condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S
    ) -> None:
        """Real processes take real time: asks often, gives up late."""
        deadline = time.monotonic() + patience_s
        while not condition():
            self.hub.require_running()
            self.agent.require_running()
            logs = "\n".join(one.log_tail() for one in (self.agent, self.badges))
            assert time.monotonic() < deadline, f"waited in vain until {what}\n{logs}"
            time.sleep(0.2)

    def truth(self) -> list[Data]:
        lines = (self.folder / "truth.jsonl").read_text().splitlines()
        return [row for row in map(json.loads, lines) if row["kind"] == "shift"]


def gateway_file(port: int, terminals_port: int) -> str:
    limits, config = AttendanceLimits(), AttendanceConfig(devices=("terms-1",))
    seconds = (
        *("margin_s", "frozen_s", "dwell_s", "leave_s", "max_gap_s", "inside_gap_s"),
        *("unsure_gap_s", "ride_s", "late_after_s", "early_before_s"),
    )
    scaled = [f"{name} = {getattr(limits, name) / SCALE}" for name in seconds]
    scaled += [
        f"{name} = {getattr(limits, name) * SCALE}" for name in ("max_speed_kmh", "ride_kmh")
    ]
    # Terminals say whole seconds, and in one of them a bicycle goes this far here.
    scaled.append("reach_slack_m = 1000")
    patience = [
        f"{name} = {getattr(config, name) / SCALE}"
        for name in (
            *("verdict_after_s", "revise_quiet_s", "absent_after_s", "left_after_s"),
            *("silent_after_s",),
        )
    ]
    return "\n".join(
        (
            f'[gateway]\ndistrict = "{DISTRICT}"\nslot = "{SLOT}"\ndata_dir = "gateway"',
            f'simulation = true\n[identity]\nkid = "{KID}"\nkey_file = "box.key"',
            f'[hub]\nid = "{HUB_ID}"\nurl = "http://127.0.0.1:{port}"',
            'command_key = "hub-command.pub"\nheartbeat_s = 10',
            '[[devices]]\nid = "terms-1"\ndriver = "jt808-server"',
            f'listen = "tcp:127.0.0.1:{terminals_port}"\nroster_file = "terminals.csv"',
            '[roles.attendance]\ndevices = ["terms-1"]\nareas = ["areas.geojson"]',
            'rosters = ["shifts.json"]\nproxies = false\nspot_check_share = 0.0',
            *patience,
            "[roles.attendance.limits]",
            *scaled,
            "",
        )
    )


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    district = District(tmp_path)
    try:
        yield district
    finally:
        district.end()


@pytest.mark.timeout(300)
def test_a_shift_over_real_sockets_with_a_kill_in_its_middle(district: District) -> None:
    for one in (district.hub, district.agent, district.badges):
        one.start()
    district.wait(district.ready, "the hub is there")
    middle_ns = district.begin_ns + MINUTES * 60 * 10**9 // SCALE // 2
    district.wait(lambda: time.time_ns() > middle_ns, "half the shift has passed", 120)
    district.agent.kill()
    district.agent.start()
    district.wait(
        lambda: len(district.told(AttendanceShift)) >= BADGES, "every shift has its verdict", 120
    )
    district.badges.stop()
    assert_verdicts_are_true(district)
    assert_only_shifts_are_kept(district)
    assert_a_track_is_given_to_who_asks(district)
    assert_the_hubs_roster_is_taken_while_running(district)
    assert_the_gateways_own_settings_explain_its_verdicts(district)


def assert_verdicts_are_true(district: District) -> None:
    told = district.told(AttendanceShift)
    first = Counter(one["shift"] for one in told if not one.get("revision"))
    truth = {row["id"]: row for row in district.truth()}
    assert first == Counter(truth.keys()), "one verdict for each shift, none twice"
    last = {one["shift"]: one["verdict"] for one in told}
    known = {key: row["verdict"] for key, row in truth.items() if row["knowable"]}
    assert len(known) > BADGES // 2, "the day says too little"
    assert {key: last[key] for key in known} == known
    problems = district.told(AttendanceException)
    assert Counter(one["problem_id"] for one in problems if one["phase"] == "opened").keys() >= {
        one["problem_id"] for one in problems if one["phase"] == "ended"
    }


def assert_only_shifts_are_kept(district: District) -> None:
    end_ns = district.begin_ns + MINUTES * 60 * 10**9 // SCALE
    margin_ns = int((MARGIN_S + 1) * 10**9)  # terminals say whole seconds
    store = TrackStore.open(district.folder / "gateway", TrackLimits(), unclean=False)
    try:
        kept = [one.at_ns or 0 for one in store.since(0, 10**6)]
    finally:
        store.close()
    assert len(kept) > BADGES * 30
    assert district.begin_ns - margin_ns <= min(kept)
    assert max(kept) <= end_ns + margin_ns


def assert_a_track_is_given_to_who_asks(district: District) -> None:
    shift = next(one["shift"] for one in district.told(AttendanceShift) if one["minutes_inside"])
    wanted = {"op": "send-track", "args": {"shift": shift, "reason": "the worker objects"}}
    asked = district.ask("POST", f"/v1/gateways/{SLOT}/commands", wanted)
    assert asked.status_code == 202, asked.text
    district.wait(lambda: bool(district.told(AttendanceTrack)), "the track is at the hub")
    (given,) = district.told(AttendanceTrack)
    assert given["shift"] == shift
    assert "li-na" in given["requested_by"]
    sha256 = given["track"]["sha256"]
    path = f"/v1/evidence/{sha256}"
    district.wait(lambda: district.ask("GET", path).status_code == 200, "the positions came, too")
    lines = district.ask("GET", path).content
    assert len(lines.splitlines()) == given["n"] > 0
    (district.folder / "track.jsonl").write_bytes(lines)
    files = ("--roster", "shifts.json", "--areas", "areas.geojson", "--track", "track.jsonl")
    said = run_once(district.folder, "attendance", "explain", shift, *files)
    assert f"{given['n']} received" in said
    assert [one["outcome"] for one in district.told(CommandResult)] == ["done"]


def assert_the_hubs_roster_is_taken_while_running(district: District) -> None:
    """The same shifts, and one more that had begun: it is held, so the new roster is in force."""
    folder = district.folder
    before = Counter(one["shift"] for one in district.told(AttendanceShift))
    roster = json.loads((folder / "shifts.json").read_text())
    late = {**roster["shifts"][0], "key": "w-99/2026-01-01/1", "person": "w-99", "badges": []}
    roster["shifts"].append(late)
    areas = read_areas((folder / "areas.geojson").read_text(), kind="shift", origin="areas")
    wish = {"areas": msgspec.to_builtins(areas), "rosters": [roster]}
    (folder / "wish.json").write_text(json.dumps(wish))
    options = hub_options(folder)[:4]
    run_once(folder, "hub", "desired", "set", *options, "--slot", SLOT, "wish.json")

    def notices(kind: str) -> list[str]:
        found = [one for one in district.told(GatewayNotice) if one["kind"] == kind]
        return [str(one.get("detail")) for one in found]

    district.wait(lambda: bool(notices("config-applied")), "the hub's wishes are in force")
    district.wait(
        lambda: any("w-99/2026-01-01/1" in one for one in notices("roster-change-held")),
        "the shift that came too late is held",
    )
    assert Counter(one["shift"] for one in district.told(AttendanceShift)) == before


def assert_the_gateways_own_settings_explain_its_verdicts(district: District) -> None:
    last = {one["shift"]: one for one in district.told(AttendanceShift)}
    for key in sorted(last)[:2]:
        said = run_once(
            district.folder, "attendance", "explain", key, "--config", "gw.toml", "--json"
        )
        explained = json.loads(said)
        names = ("verdict", "minutes_inside", "minutes_expected")
        assert [explained[name] for name in names] == [last[key][name] for name in names]
