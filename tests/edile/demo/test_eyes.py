"""What the demo writes down for its two cameras is what a gateway takes; its voice is heard."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from shapely.geometry import Point, shape

from contract.keys import PrivateKey
from edge_agent.app.hosting import load
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.gateway import GatewayConfig
from edge_agent.config.street_classes import REFERENCE
from edile.demo import voice
from edile.demo.eye_card import POINT_CAMERA, STREET_CAMERA
from edile.demo.eyes import (
    CODES,
    LABELS,
    POINT_AT,
    POLICIES,
    STREET_AT,
    STREET_LOOK_S,
    STREET_SCALE,
    Eyes,
    model_missing,
)
from edile.demo.programs import free_port
from edile.demo.site import AREA_UNIT, Site, gateway_file, roster_file
from hub.owners.areas import read_duty_areas
from simulators.camera.live import Frame, LiveCamera
from simulators.camera.playing import Player
from simulators.camera.serving import served
from simulators.camera.table import PLACES, WEATHERS


@pytest.fixture
def eyes(tmp_path: Path) -> Eyes:
    return Eyes(tmp_path, 7, "city-appearance", 18_001, 18_002)


def read_back(folder: Path, eyes: Eyes) -> GatewayConfig:
    key = PrivateKey.generate()
    (folder / "box.key").write_bytes(key.to_pem())
    (folder / "box.key").chmod(0o600)
    (folder / "hub-command.pub").write_text(key.public.to_pem())
    (folder / "roster.toml").write_text(roster_file(), encoding="utf-8")
    eyes.write()
    file = folder / "gw.toml"
    file.write_text(gateway_file(Site(folder, 1, 2, "token", eyes)), encoding="utf-8")
    return load(file)


def test_the_gateway_takes_cameras_loudspeaker_and_roles(tmp_path: Path, eyes: Eyes) -> None:
    config = read_back(tmp_path, eyes)
    cameras = {one.id: one for one in config.devices if isinstance(one, CameraConfig)}
    assert cameras[STREET_CAMERA].source == "http://127.0.0.1:18001/stream"
    assert cameras[STREET_CAMERA].look_every_s == STREET_LOOK_S
    point, street = config.roles["disposal_point"], config.roles["streetscape"]
    zones = {one.name for one in cameras[POINT_CAMERA].zones}
    assert {name for one in point.bins for name in (one.zone, one.before)} <= zones
    assert {one.label for one in street.classes} == {one.label for one in REFERENCE}
    waits = {one.label: one.open_s for one in street.classes}
    assert waits["vendor_stall"] == 120.0 / STREET_SCALE
    assert point.stream_of_class["bag_food"] == "food"


def test_without_a_model_the_gateway_has_no_cameras(tmp_path: Path, eyes: Eyes) -> None:
    text = gateway_file(Site(tmp_path, 1, 2, "token", None))
    assert "camera" not in text
    assert model_missing("no-such-model") is not None
    assert model_missing("waste-class") is None


def test_both_places_lie_in_the_duty_area_and_no_far_one_does(eyes: Eyes) -> None:
    content = eyes.areas(AREA_UNIT)
    (duty,) = read_duty_areas("areas.geojson", content.encode())
    assert duty.unit == AREA_UNIT
    ground = shape(json.loads(content)["features"][0]["geometry"])
    assert all(ground.contains(Point(at)) for at in (STREET_AT, POINT_AT))
    assert not ground.contains(Point(STREET_AT[0] + 0.01, STREET_AT[1]))


def test_each_class_has_a_policy_that_asks_for_a_second_look() -> None:
    shipped = Path(__file__).parents[3] / "hub" / "policies" / "shipped"
    texts = [(shipped / f"{name}.yaml").read_text(encoding="utf-8") for name in POLICIES]
    for code in CODES:
        (policy,) = [text for text in texts if f'"{code}"' in text]
        assert "edge-relook" in policy
    assert LABELS["06010"] == "waste_heap"
    assert STREET_AT != POINT_AT


class Silent(LiveCamera):
    def frame(self, t: float) -> Frame:
        return Frame(t, None)


def test_what_the_loudspeaker_plays_people_hear(tmp_path: Path, eyes: Eyes) -> None:
    eyes.write()
    truth = io.StringIO()
    place = PLACES["disposal-point"]
    world = place.world(1, 60, place.scene(1, (64, 36), 10.0, WEATHERS["sun"]))
    player = Player(Silent(world), 1.0, truth)
    with served(player, "127.0.0.1", 0) as port:
        assert voice.main(f"http://127.0.0.1:{port}/prompt", str(tmp_path / "wrong.txt")) == 0
    player.play(1.0)
    (line,) = map(json.loads, truth.getvalue().splitlines())
    assert line["kind"] == "prompt"
    assert line["words"].startswith("请分类投放")


def test_nobody_there_to_hear_is_a_failed_player(
    tmp_path: Path, eyes: Eyes, capsys: pytest.CaptureFixture[str]
) -> None:
    eyes.write()
    url = f"http://127.0.0.1:{free_port()}/prompt"
    assert voice.main(url, str(tmp_path / "beside.txt")) == 1
    assert url in capsys.readouterr().err
