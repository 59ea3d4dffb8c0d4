"""What docs/cameras.md tells to write is what a camera may say."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.camera_source import parse_source
from edge_agent.config.values import Findings

DOCS = (Path(__file__).parents[3] / "docs" / "cameras.md").read_text(encoding="utf-8")


def test_the_tables_to_copy_are_understood() -> None:
    first, turning, filming = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    (device,) = tomllib.loads(first)["devices"]
    findings = Findings(Path("gw.toml"), {}, Path())
    plain = findings.read(CameraConfig, device, ("devices", 0))
    turned = findings.read(CameraConfig, {**device, **tomllib.loads(turning)}, ("devices", 0))
    filmed = findings.read(CameraConfig, {**device, **tomllib.loads(filming)}, ("devices", 0))
    assert findings.mistakes == []
    assert plain is not None
    assert turned is not None
    assert turned.ptz is not None
    assert turned.ptz.home == "street"
    assert filmed is not None
    assert filmed.clip is not None
    assert filmed.clip.reach_s == 150


def test_every_source_of_the_table_is_one() -> None:
    table = DOCS.split("| `source` |", 1)[1].split("\n\n", 1)[0]
    sources = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert len(sources) == 8
    for source in sources:
        assert parse_source(source.replace("HOST", "cam").replace("PATH", "x"))


def test_the_defaults_that_are_named_are_the_defaults() -> None:
    config = CameraConfig(id="cam-1", source="v4l2:/dev/video0")
    assert f"`fps` ({config.fps:g})" in DOCS
    assert f"`look_every_s` ({config.look_every_s:g} s)" in DOCS
    assert f"A\nchange that lasts {config.view.settle_s:g} s" in DOCS


def test_the_pictures_are_there() -> None:
    for name in re.findall(r"\]\((pictures/[^)]+)\)", DOCS):
        assert (Path(__file__).parents[3] / "docs" / name).stat().st_size < 80_000
