"""Maps and shared Modbus lines in gw.toml: what is refused, and where it says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edge_agent.config.devices.air_sensor import AirSensorConfig
from edge_agent.config.devices.modbus_bus import (
    SCALE_PRESETS,
    check_buses,
    known_map,
    load_map,
    preset_names,
)
from edge_agent.config.devices.weigh_transmitter import WeighTransmitterConfig
from edge_agent.config.values import Findings
from edge_agent.errors import ConfigError, StopError

SENSOR = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map="sonbest-sm7901")
MAP = """about = "mine"
source = "a sheet"
[[points]]
quantity = "ammonia"
unit = "ppm"
register = 7
"""


def found(*devices: object, folder: Path = Path()) -> list[str]:
    findings = Findings(folder / "gw.toml", {}, folder)
    check_buses(devices, findings)
    return [f"{one.key}: {one.expected}" for one in findings.mistakes]


@pytest.mark.parametrize("name", preset_names())
def test_every_map_that_comes_with_edile_passes_the_gateways_own_judgement(name: str) -> None:
    assert load_map(name).points


@pytest.mark.parametrize("name", preset_names(SCALE_PRESETS))
def test_every_scale_map_does_too(name: str) -> None:
    config = WeighTransmitterConfig("wb-1", "serial:/dev/ttyUSB0", map=name)
    assert config.place().map.about
    assert config.settings()["map"].startswith("about")


def test_speed_and_address_are_those_of_the_map_unless_given() -> None:
    place = replace(SENSOR, map="siemens-qsa2700d").place()
    assert place.link == "serial:/dev/ttyUSB0?baud=19200&bytesize=8&parity=E&stopbits=1"
    assert (place.address, place.word_order) == (1, "ABCD")
    given = replace(SENSOR, link="serial:/dev/ttyUSB0?baud=2400", address=9, word_order="CDAB")
    assert (given.place().link, given.place().address) == (given.link, 9)
    assert given.place().word_order == "CDAB"
    assert replace(SENSOR, link="tcp:10.0.0.7:502").place().link == "tcp:10.0.0.7:502"


def test_devices_may_share_a_line_that_has_one_speed() -> None:
    scale = WeighTransmitterConfig("wb-1", SENSOR.link, map="dini-dgt4x", address=5)
    assert found(SENSOR, replace(SENSOR, id="air-2", address=2), scale) == []


def test_a_line_has_one_speed_one_adapter_and_each_address_once() -> None:
    other = replace(SENSOR, id="air-2", address=2)
    slow = replace(other, map="renke-pm")
    assert found(SENSOR, slow) == [
        "devices[1].link: one speed and framing for all devices of a line"
    ]
    assert found(SENSOR, replace(other, echo=True)) == [
        "devices[1].echo: one echo setting for all devices of a line"
    ]
    assert found(SENSOR, replace(other, address=1)) == [
        "devices[1].address: an address of its own on this line"
    ]
    assert found(SENSOR, replace(other, address=1, link="serial:/dev/ttyUSB1")) == []


def test_a_map_of_ones_own_is_read_from_its_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(MAP)
    config = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map_file=mine)
    assert config.place().map.points[0].quantity == "ammonia"
    assert found(config) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MAP.replace("ammonia", "amonia"), ":4: points[0].quantity: expected a quantity"),
        (MAP + "scale = 0.1\n", ":7: points[0].scale: expected a decimal number as text"),
        (MAP + "tpye = 3\n", ":7: points[0].tpye: expected a known key"),
        (MAP.replace("register = 7", 'register = "7"'), ":6: points[0].register: expected a whole"),
        (MAP.replace('unit = "ppm"\n', ""), "points[0].unit: expected text"),
        (MAP + "function = 6\n", ":7: points[0].function: expected one of 3, 4"),
        ("about = [", "(file): expected TOML"),
    ],
)
def test_a_wrong_map_is_told_with_its_own_file_line_and_key(
    tmp_path: Path, text: str, says: str
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load_map(mine)
    assert f"{mine}" in str(refused.value)
    assert says in str(refused.value)
    config = AirSensorConfig("air-1", "serial:/dev/ttyUSB0", map_file=mine)
    assert len(found(config)) == len(refused.value.mistakes)


def test_a_map_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StopError, match="no such file"):
        load_map(tmp_path / "gone.toml")
    with pytest.raises(ValueError, match="did you mean 'renke-pm'"):
        known_map("renke-mp")


@pytest.mark.parametrize("given", [{}, {"map": "sht20", "map_file": Path("x.toml")}])
def test_a_device_has_exactly_one_map(given: dict[str, object]) -> None:
    for kind in (AirSensorConfig, WeighTransmitterConfig):
        with pytest.raises(ValueError, match="exactly one"):
            kind("a", "serial:/dev/ttyUSB0", **given)  # type: ignore[arg-type]
