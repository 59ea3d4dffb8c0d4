"""Every row of DRIVERS can be configured by gw.toml and built, without opening anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.config.values import Findings
from edge_agent.drivers.parts import DriverParts
from edge_agent.drivers.table import DRIVERS, build_driver, transport_of
from tests.edge_agent.drivers.examples import EXAMPLES
from tests.fakes.clock import FakeClock


def test_every_driver_has_an_example_and_no_example_lacks_a_driver() -> None:
    assert set(EXAMPLES) == set(DRIVERS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_device_of_gw_toml_becomes_a_driver_of_its_name(name: str, tmp_path: Path) -> None:
    findings = Findings(tmp_path / "gw.toml", {}, tmp_path)
    config = findings.read(DRIVERS[name].config, EXAMPLES[name], ("devices", 0))
    assert not findings.mistakes
    assert config is not None
    assert config.driver == name
    parts = DriverParts(FakeClock(), transport_of, data_dir=tmp_path)
    assert build_driver(config, parts).device == EXAMPLES[name]["id"]
