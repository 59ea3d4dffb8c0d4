"""Each kind of mistake in gw.toml is named with its line, key, expectation and what was found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from contract.keys import PrivateKey
from edge_agent.config.gateway import GatewayConfig, Kinds, load_gateway, override_roles
from edge_agent.errors import ConfigError, Mistake, StopError


@dataclass(frozen=True)
class Scale:
    id: str
    link: str = field(metadata={"pattern": r"serial:.+", "doc": "serial:PATH?baud=N"})
    capacity_kg: Decimal = field(metadata={"min": 1})
    parity: Literal["none", "even"] = "none"
    baud: int = field(default=9600, metadata={"min": 300, "max": 115_200})
    damping: float | None = None
    tested: bool = False


@dataclass(frozen=True)
class Vehicle:
    tag: str
    tare_kg: Decimal | None = None


@dataclass(frozen=True)
class Yard:
    scale: str
    vehicles: tuple[Vehicle, ...] = ()
    limits: dict[str, Decimal] = field(default_factory=dict)
    settle_s: float = 2.0


KINDS = Kinds(
    devices={"scale": Scale},
    roles={"yard": Yard},
    role_devices={"yard": lambda yard: {yard.scale}},
)
GOOD = """[gateway]
district = "baiyun"
slot = "cs-017"
data_dir = "data"
simulation = true

[identity]
kid = "cs-017#3"
key_file = "box.pem"

[hub]
id = "baiyun-hub"
url = "http://127.0.0.1:8080"
command_key = "hub.pub"

[[devices]]
id = "wb-1"
driver = "scale"
link = "serial:/dev/ttyUSB0"
capacity_kg = "40000.5"

[roles.yard]
scale = "wb-1"
vehicles = [{ tag = "0001", tare_kg = 12000 }, { tag = "0002" }]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    key = PrivateKey.generate()
    (tmp_path / "box.pem").write_bytes(key.to_pem())
    (tmp_path / "box.pem").chmod(0o600)
    (tmp_path / "hub.pub").write_text(key.public.to_pem())
    file = tmp_path / "gw.toml"
    file.write_text(GOOD)
    return file


def mistakes(file: Path, text: str | None = None) -> list[Mistake]:
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_gateway(file, KINDS)
    assert str(caught.value).count("\n") == len(caught.value.mistakes) - 1
    return caught.value.mistakes


def edited(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_good_file_becomes_frozen_typed_values(file: Path) -> None:
    config = load_gateway(file, KINDS)
    assert config.devices == (Scale("wb-1", "serial:/dev/ttyUSB0", Decimal("40000.5")),)
    vehicles = (Vehicle("0001", Decimal(12000)), Vehicle("0002"))
    assert config.roles == {"yard": Yard("wb-1", vehicles)}
    assert config.gateway.data_dir == file.parent / "data"
    assert config.hub.ca_file is None


def test_a_byte_order_mark_of_another_editor_is_taken(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_gateway(file, KINDS).gateway.slot == "cs-017"


@pytest.mark.parametrize(
    "url", ["https://hub.example", "mqtts://hub.example?version=5", "mqtt://127.0.0.1:1884"]
)
def test_the_hub_is_behind_https_or_a_broker(file: Path, url: str) -> None:
    file.write_text(edited("http://127.0.0.1:8080", url))
    assert load_gateway(file, KINDS).hub.url == url


CASES = [
    ('slot = "cs-017"', 'slot = "CS 17"', 3, "gateway.slot", "text", "'CS 17'"),
    ('slot = "cs-017"', "slot = 17", 3, "gateway.slot", "text", "17"),
    ('slot = "cs-017"', "", 1, "gateway.slot", "text", "nothing"),
    ("simulation = true", 'simulation = "yes"', 5, "gateway.simulation", "true or false", "'yes'"),
    ("simulation = true", "simulation = 1", 5, "gateway.simulation", "true or false", "1"),
    ("simulation = true", "time_scale = 10", 5, "gateway.time_scale", "simulation = true", "10.0"),
    ("simulation = true", "sealed_hours = 2161", 5, "gateway.sealed_hours", "no more than", "2161"),
    ("simulation = true", "simulatoin = true", 5, "gateway.simulatoin", "'simulation'", "simulatoin"),
    ('kid = "cs-017#3"', 'kid = "cs-017"', 8, "identity.kid", "slot#number", "'cs-017'"),
    ('kid = "cs-017#3"', 'kid = "cs-018#3"', 8, "identity.kid", "slot 'cs-017'", "'cs-018#3'"),
    ('"box.pem"', '"none.pem"', 9, "identity.key_file", "private key", "no file"),
    ('"box.pem"', '"hub.pub"', 9, "identity.key_file", "private key", "something else"),
    ('"box.pem"', '"."', 9, "identity.key_file", "private key", "the folder"),
    ('"hub.pub"', '"box.pem"', 14, "hub.command_key", "public key", "something else"),
    ("http://127.0.0.1:8080", "http://hub.example", 13, "hub.url", "https://", "hub.example"),
    ("http://127.0.0.1:8080", "mqtt://hub.example", 13, "hub.url", "mqtts:// for hub.example", "mqtt:"),
    ("http://127.0.0.1:8080", "mqtts://hub.example?v=5", 13, "hub.url", "version=5", "?v=5"),
    ("http://127.0.0.1:8080", "hub.example", 13, "hub.url", "https://", "hub.example"),
    ('id = "baiyun-hub"', 'id = "baiyun-hub"\nca_file = "box.pem"', 13, "hub.ca_file", "CA", "no cert"),
    ('driver = "scale"', 'driver = "scal"', 18, "devices[0].driver", "did you mean 'scale'", "'scal'"),
    ('driver = "scale"', "", 16, "devices[0].driver", "name of a driver", "missing"),
    ('"serial:/dev/ttyUSB0"', '"/dev/ttyUSB0"', 19, "devices[0].link", "serial:PATH", "/dev/ttyUSB0"),
    ('capacity_kg = "40000.5"', "capacity_kg = 40000.5", 20, "devices[0].capacity_kg", "decimal", "40000.5"),
    ('capacity_kg = "40000.5"', 'capacity_kg = "4e4"', 20, "devices[0].capacity_kg", "decimal", "'4e4'"),
    ('capacity_kg = "40000.5"', "capacity_kg = 0", 20, "devices[0].capacity_kg", "from 1", "0"),
    ('capacity_kg = "40000.5"', "", 16, "devices[0].capacity_kg", "decimal", "nothing"),
    ("[roles.yard]", "parity = 'odd'\n[roles.yard]", 22, "devices[0].parity", "one of even, none", "'odd'"),
    ("[roles.yard]", "baud = 96000000\n[roles.yard]", 22, "devices[0].baud", "300 to 115200", "96000000"),
    ("[roles.yard]", "damping = nan\n[roles.yard]", 22, "devices[0].damping", "a number", "nan"),
    ("[roles.yard]", "[roles.yrad]", 22, "roles.yrad", "did you mean 'yard'", "'yrad'"),
    ('scale = "wb-1"', 'scale = "wb-2"', 23, "roles.yard.scale", "did you mean 'wb-1'", "'wb-2'"),
    ('{ tag = "0002" }', "{ }", 24, "roles.yard.vehicles[1].tag", "text", "nothing"),
    ('{ tag = "0002" }', "7", 24, "roles.yard.vehicles[1]", "a table", "7"),
    ('vehicles = [{ tag = "0001", tare_kg = 12000 }, { tag = "0002" }]', "vehicles = 1", 24, "roles.yard.vehicles", "a list", "1"),
    ("[roles.yard]", "[roles.yard.limits]\nnet = 0.5\n[roles.yard]", 23, "roles.yard.limits.net", "decimal", "0.5"),
    ("[hub]", "[hubb]\n[hub]", 11, "hubb", "did you mean 'hub'", "'hubb'"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "key", "expected", "found"), CASES)
def test_one_mistake_is_named_with_its_place(
    file: Path, old: str, new: str, line: int, key: str, expected: str, found: str
) -> None:
    (one,) = mistakes(file, edited(old, new))
    assert (one.file, one.line, one.key) == (file, line, key)
    assert expected in one.expected
    assert found in one.found


def test_every_mistake_is_told_at_once_in_the_order_of_lines(file: Path) -> None:
    text = (
        edited('slot = "cs-017"', "slot = 1")
        .replace('id = "wb-1"', "id = 4")
        .replace("[hub]", "[hub]\nx = 1")
    )
    told = mistakes(file, text)
    assert [one.line for one in told] == [3, 12, 18, 24]
    assert [one.key for one in told] == [
        "gateway.slot",
        "hub.x",
        "devices[0].id",
        "roles.yard.scale",
    ]


def test_a_device_id_given_twice_is_refused_at_the_second(file: Path) -> None:
    second = '\n[[devices]]\nid = "wb-1"\ndriver = "scale"\nlink = "serial:/x"\ncapacity_kg = 5\n'
    (one,) = mistakes(file, GOOD + second)
    assert (one.line, one.key, one.found) == (27, "devices[1].id", "'wb-1' a second time")


def test_two_devices_on_one_port_are_refused(file: Path) -> None:
    link = "serial:/dev/ttyUSB0?baud=1200"
    second = f'\n[[devices]]\nid = "wb-2"\ndriver = "scale"\nlink = "{link}"\ncapacity_kg = 5\n'
    (one,) = mistakes(file, GOOD + second)
    assert (one.line, one.key) == (29, "devices[1].link")
    assert "'wb-1'" in one.found


def test_a_file_without_sections_names_all_that_is_missing(file: Path) -> None:
    keys = {one.key for one in mistakes(file, "")}
    assert keys == {
        "gateway.district", "gateway.slot", "gateway.data_dir", "identity.kid", "identity.key_file",
        "hub.id", "hub.url", "hub.command_key",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("[gateway]\nslot = \n", 2, "Invalid value"),
        ("[gateway]\nslot = 'a'\nslot = 'b'\n", 3, "overwrite"),
        ('[gateway]\nslot = "a\n', 2, "Illegal"),
        ("x = " + "[" * 2000, 1, ""),
    ],
)
def test_what_is_not_toml_is_told_with_its_line(
    file: Path, text: str, line: int, word: str
) -> None:
    (one,) = mistakes(file, text)
    assert (one.line, one.expected) == (line, "TOML")
    assert word in one.found


def test_bytes_that_are_not_utf8_are_told_with_their_line(file: Path) -> None:
    file.write_bytes(b'[gateway]\nslot = "\xb0\xd7"\n')
    (one,) = mistakes(file)
    assert (one.line, one.expected) == (2, "UTF-8 text")
    assert "0xb0" in one.found


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda file: file.unlink(), "no such file"),
        (lambda file: (file.unlink(), file.mkdir()), "this is a folder"),
        (lambda file: file.write_bytes(b"#" * (2 << 20)), "not a configuration file"),
    ],
)
def test_a_file_that_cannot_be_a_configuration_is_one_clear_line(
    file: Path, prepare: Callable[[Path], object], says: str
) -> None:
    prepare(file)
    with pytest.raises(StopError, match=says) as caught:
        load_gateway(file, KINDS)
    assert "\n" not in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_key_that_others_can_read_is_refused(file: Path) -> None:
    (file.parent / "box.pem").chmod(0o640)
    (one,) = mistakes(file)
    assert one.key == "identity.key_file"
    assert "chmod 600" in one.found


def test_a_data_folder_that_is_a_file_is_refused(file: Path) -> None:
    (file.parent / "data").write_text("not a folder")
    (one,) = mistakes(file)
    assert (one.line, one.key, one.expected) == (4, "gateway.data_dir", "a folder")


def overridden(file: Path, wishes: dict[str, dict[str, object]]) -> dict[str, object]:
    config: GatewayConfig = load_gateway(file, KINDS)
    return override_roles(config, wishes, "desired state 7", KINDS)


def test_the_hub_changes_settings_of_a_role_and_leaves_the_others(file: Path) -> None:
    yard = overridden(file, {"yard": {"settle_s": 4}})["yard"]
    assert isinstance(yard, Yard)
    assert (yard.settle_s, yard.scale, len(yard.vehicles)) == (4.0, "wb-1", 2)


@pytest.mark.parametrize(
    ("wishes", "key"),
    [
        ({"yard": {"settle_s": "long"}}, "roles.yard.settle_s"),
        ({"yard": {"colour": "red"}}, "roles.yard.colour"),
        ({"yard": {"scale": "wb-9"}}, "roles.yard.scale"),
        ({"drone": {}}, "roles.drone"),
    ],
)
def test_what_the_hub_wants_is_judged_like_the_file(
    file: Path, wishes: dict[str, dict[str, object]], key: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        overridden(file, wishes)
    assert [one.key for one in caught.value.mistakes] == [key]
    assert "desired state 7" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "idle_s"),
    [("", 300), ("metered = true", 1800), ("metered = true\nheartbeat_s = 600", 600)],
)
def test_a_metered_link_is_asked_rarely_unless_the_file_says_otherwise(
    file: Path, lines: str, idle_s: int
) -> None:
    file.write_text(edited('command_key = "hub.pub"', f'command_key = "hub.pub"\n{lines}'))
    assert load_gateway(file, KINDS).hub.idle_s == idle_s
