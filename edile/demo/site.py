"""The demo's compaction station: one folder with keys, a hub's database, and a gateway's gw.toml.

Everything is set up by the same commands that an installer would type. Thresholds are short, so
that minutes show what takes hours on site.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edile.demo import eyes as eyes_of
from edile.demo.eyes import Eyes
from edile.demo.programs import DemoFailed, Program, free_port, run_once
from edile.demo.staff import ROLES
from simulators.fleet import FLEET, FleetTruck

DISTRICT, SLOT, HUB_ID = "baiyun", "cs-017", "baiyun-hub"
KID = f"{SLOT}#1"
UNIT = "Baiyun Sanitation, Brigade 2"
AREA_UNIT = "brigade-2"
WEIGHBRIDGE, READER = "wb-1", "rd-1"
SENSORS = (("renke-pm", 1), ("sonbest-sm7901", 3))
"""(register map, address) of the sensors on the demo's one bus: air-1, air-2."""
LOOKED_AT = frozenset({"air-alarm", "indicator-silent", "indicator-garbled"})
"""Kinds of problems of which the device that saw them is asked whether they are gone; here within seconds
of somebody saying so, on site at a moment of the next hour."""
LOOK_BETWEEN = "0 min and 0.05 min"
TERMINALS = 40
BADGES, AREAS = 240, 12
"""A day's people, and where they work."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are. `token` opens the hub's REST for the person who watches, `staff` for those who
    see to orders, by name. `eyes` None: no cameras."""

    folder: Path
    port: int
    terminals_port: int
    token: str
    eyes: Eyes | None
    staff: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "gateway"

    @property
    def truth(self) -> Path:
        return self.folder / "truth.jsonl"

    def hub(self) -> Program:
        arguments = ("hub", "serve", *hub_options(self.folder), "--port", str(self.port))
        backup = ("--backup-every", "10s", "--backup-to", str(self.folder / "backups"))
        return Program("hub", (*arguments, *backup), self.folder)

    def agent(self) -> Program:
        return Program("agent", ("agent", "run", "--config", "gw.toml"), self.folder)

    @property
    def air_truth(self) -> Path:
        return self.folder / "air.jsonl"

    @property
    def terminals_truth(self) -> Path:
        return self.folder / "terminals.jsonl"

    def sensors(self, seed: int, minutes: float) -> Program:
        maps = [part for name, address in SENSORS for part in ("--map", f"{name}@{address}")]
        play = (
            "--link",
            "air",
            "--truth",
            str(self.air_truth),
            "--minutes",
            f"{minutes:g}",
            "--stay",
        )
        arguments = ("sim", "sensors", *maps, *play, "--seed", str(seed))
        return Program("sensors", arguments, self.folder)

    def terminals(self, seed: int, minutes: float) -> Program:
        where = ("--connect", f"127.0.0.1:{self.terminals_port}", "--every", "2")
        play = ("--truth", str(self.terminals_truth), "--minutes", f"{minutes:g}")
        arguments = ("sim", "terminals", *where, "--count", str(TERMINALS), *play)
        return Program("terminals", (*arguments, "--seed", str(seed)), self.folder)

    @property
    def attendance_score(self) -> Path:
        return self.folder / "attendance" / "score.json"

    def attendance(self, seed: int) -> Program:
        """A district day through the role that runs on gateways, faster than it passes."""
        size = ("--badges", str(BADGES), "--areas", str(AREAS), "--seed", str(seed))
        arguments = ("attendance", "rehearse", *size, "--out", "attendance", "--json")
        return Program("attendance", arguments, self.folder)

    def simulator(self, seed: int, minutes: float) -> Program:
        links = (
            "--link",
            "wb",
            "--reader-link",
            "rd",
            "--truth",
            str(self.truth),
            "--hold",
            "--stay",
        )
        what = ("--scenario", "demo", "--seed", str(seed), "--minutes", f"{minutes:g}")
        return Program("simulator", ("sim", "weighbridge", *links, *what), self.folder)


def set_up(folder: Path, port: int, eyes: Eyes | None = None) -> Site:
    """Keys, database, accounts and gw.toml. DemoFailed with the words of the command that failed."""
    for name in ("hub", "backups", "gateway"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = hub_options(folder)
    run_once(folder, "hub", "migrate", *options)
    public = run_once(folder, "agent", "keygen", "--out", "box.key")
    (folder / "box.pub").write_text(public, encoding="utf-8")
    run_once(
        folder,
        *("hub", "key", "add", "--kid", KID, "--public", "box.pub", "--unit", UNIT, *options),
    )
    _publish_looks(folder, options, LOOKED_AT | (eyes_of.POLICIES if eyes else frozenset()))
    if eyes is not None:
        (folder / "areas.geojson").write_text(eyes.areas(AREA_UNIT), encoding="utf-8")
        _publish(folder, options, "areas", ["areas.geojson"])
        eyes.write()
    command_key = run_once(folder, "hub", "key", "show", *options)
    (folder / "hub-command.pub").write_text(command_key, encoding="utf-8")
    token = run_once(
        folder, "hub", "token", "add", "--name", "demo", "--role", "admin", *options
    ).split()[-1]
    staff = {
        name: run_once(
            folder, "hub", "token", "add", "--name", name, "--role", role, *options
        ).split()[-1]
        for name, role in ROLES.items()
    }
    site = Site(folder, port, free_port(), token, eyes, staff)
    (folder / "roster.toml").write_text(roster_file(), encoding="utf-8")
    (folder / "gw.toml").write_text(gateway_file(site), encoding="utf-8")
    run_once(folder, "agent", "check", "--config", "gw.toml")
    return site


def _publish_looks(folder: Path, options: Sequence[str], policies: Collection[str]) -> None:
    """These reference policies, with a look that comes soon."""
    run_once(folder, "hub", "policy", "shipped", "--to", "scenarios")
    files = [f"scenarios/{name}.yaml" for name in sorted(policies)]
    for name in files:
        text = (folder / name).read_text(encoding="utf-8")
        soon, found = re.subn(
            r"(?m)^( +between: )[^#\n]*?(?= *(#|$))", rf"\g<1>{LOOK_BETWEEN}", text
        )
        if found != 1:
            raise DemoFailed(f"{name} no longer says when the device looks again")
        (folder / name).write_text(soon, encoding="utf-8")
    _publish(folder, options, "policy", files)


def _publish(folder: Path, options: Sequence[str], kind: str, files: Sequence[str]) -> None:
    known = [*options[options.index("--database") :][:2]]
    run_once(folder, "hub", "rules", "publish", kind, *files, "--by", "the demo", *known)


def hub_options(folder: Path) -> tuple[str, ...]:
    return (
        *("--database", f"sqlite:///{folder / 'hub' / 'hub.db'}"),
        *("--data-dir", str(folder / "hub"), "--hub-id", HUB_ID, "--district", DISTRICT),
    )


def roster_file() -> str:
    """Every simulated terminal is ours."""
    rows = [f'[[terminals]]\nnumber = "{13_900_000_000 + n}"\n' for n in range(TERMINALS)]
    return "\n".join(rows)


def gateway_file(site: Site) -> str:
    """`edile agent check --config gw.toml` explains every key it refuses."""
    eyes = (site.eyes.devices(), site.eyes.roles()) if site.eyes else ()
    parts = (_gateway(site), _devices(site), STATION, ALARMS, *map(_vehicle, FLEET), *eyes)
    return "\n".join(parts)


def _gateway(site: Site) -> str:
    return f"""# gw.toml of the demo: `edile agent check --config gw.toml` explains every key it refuses.
[gateway]
district = "{DISTRICT}"
slot = "{SLOT}"
data_dir = "gateway"
simulation = true
health_every_s = 15

[identity]
kid = "{KID}"
key_file = "box.key"

[hub]
id = "{HUB_ID}"
url = "{site.url}"
command_key = "hub-command.pub"
heartbeat_s = 10
"""


def _devices(site: Site) -> str:
    sensors = "\n".join(
        f'[[devices]]\nid = "air-{n}"\ndriver = "air-sensor"\nlink = "serial:air?baud=9600"\n'
        f'map = "{name}"\naddress = {address}\nevery_s = 1.0\ntimeout_s = 0.4\nlost_after = 1000\n'
        for n, (name, address) in enumerate(SENSORS, 1)
    )
    return f"""[[devices]]
id = "{WEIGHBRIDGE}"
driver = "weighbridge"
dialect = "yaohua-tf0"
link = "serial:wb?baud=9600"
unit = "kg"
capacity_kg = "60000"
division_kg = "20"

[[devices]]
id = "{READER}"
driver = "card-reader"
link = "serial:rd?baud=9600"

{sensors}
[[devices]]
id = "terms-1"
driver = "jt808-server"
listen = "tcp:127.0.0.1:{site.terminals_port}"
roster_file = "roster.toml"
"""


STATION = f"""[roles.station]
weighbridge = "{WEIGHBRIDGE}"
reader = "{READER}"
sensors = ["air-1", "air-2"]
window_s = 30
stable_s = 1.0
drift_s = 3.0
silent_s = 3.0
garbled_s = 3.0
recover_s = 1.0
pairing_s = 30.0
"""
ALARMS = "\n".join(
    f'[[roles.station.alarms]]\nquantity = "{quantity}"\nabove = "{above}"\nclear = "{clear}"\nfor_s = 2.0\n'
    for quantity, above, clear in (("pm2_5", 150, 100), ("pm10", 250, 180), ("noise", 80, 72))
)


def _vehicle(truck: FleetTruck) -> str:
    tare = f'stored_tare_kg = "{truck.tare_kg}"\n' if truck.stored_tare else ""
    return (
        f'[[roles.station.vehicles]]\nplate = "{truck.plate}"\ntag = "{truck.tag}"\n'
        f'carrier = "{truck.carrier}"\n{tare}'
    )
