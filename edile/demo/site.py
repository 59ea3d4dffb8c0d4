"""The demo's compaction station: one folder with keys, a hub's database, and a gateway's gw.toml.

Everything is set up by the same commands that an installer would type. Thresholds are short, so
that minutes show what takes hours on site.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edile.demo.programs import Program, run_once
from simulators.fleet import FLEET, FleetTruck

DISTRICT, SLOT, HUB_ID = "baiyun", "cs-017", "baiyun-hub"
KID = f"{SLOT}#1"
UNIT = "Baiyun Sanitation, Brigade 2"
WEIGHBRIDGE, READER = "wb-1", "rd-1"


@dataclass(frozen=True, slots=True)
class Site:
    """Where things are. `token` opens the hub's REST for the person who watches."""

    folder: Path
    port: int
    token: str

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


def set_up(folder: Path, port: int) -> Site:
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
    command_key = run_once(folder, "hub", "key", "show", *options)
    (folder / "hub-command.pub").write_text(command_key, encoding="utf-8")
    token = run_once(
        folder, "hub", "token", "add", "--name", "demo", "--role", "admin", *options
    ).split()[-1]
    site = Site(folder, port, token)
    (folder / "gw.toml").write_text(gateway_file(site.url), encoding="utf-8")
    run_once(folder, "agent", "check", "--config", "gw.toml")
    return site


def hub_options(folder: Path) -> tuple[str, ...]:
    return (
        *("--database", f"sqlite:///{folder / 'hub' / 'hub.db'}"),
        *("--data-dir", str(folder / "hub"), "--hub-id", HUB_ID, "--district", DISTRICT),
    )


def gateway_file(url: str) -> str:
    vehicles = "\n".join(_vehicle(truck) for truck in FLEET)
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
url = "{url}"
command_key = "hub-command.pub"
heartbeat_s = 10

[[devices]]
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

[roles.station]
weighbridge = "{WEIGHBRIDGE}"
reader = "{READER}"
stable_s = 1.0
drift_s = 3.0
silent_s = 3.0
garbled_s = 3.0
recover_s = 1.0
pairing_s = 30.0

{vehicles}
"""


def _vehicle(truck: FleetTruck) -> str:
    tare = f'stored_tare_kg = "{truck.tare_kg}"\n' if truck.stored_tare else ""
    return (
        f'[[roles.station.vehicles]]\nplate = "{truck.plate}"\ntag = "{truck.tag}"\n'
        f'carrier = "{truck.carrier}"\n{tare}'
    )
