"""What is drawn for whoever puts a camera up lies where gw.toml says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from contract.keys import PrivateKey
from edge_agent.config.devices.camera import CameraConfig, LineConfig, MaskConfig, ZoneConfig
from edge_agent.vision.boxes import Found
from edge_agent.vision.view_drawing import LINE, THING, ZONE, drawn_view
from edile.cli import main
from tests.edge_agent.vision.street import jpeg, street

SQUARE = ((0.2, 0.2), (0.6, 0.2), (0.6, 0.6), (0.2, 0.6))
CONFIG = CameraConfig(
    id="cam-1",
    source="v4l2:x",
    zones=(ZoneConfig("pavement", SQUARE),),
    lines=(LineConfig("gate", (0.75, 0.9), (0.75, 0.5)),),
    masks=(MaskConfig("windows", ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1))),),
)


def near(picture: np.ndarray, x: float, y: float, colour: tuple[int, int, int]) -> bool:
    """Whether a pixel of that colour lies within three of the place."""
    high, wide = picture.shape[:2]
    row, column = round(y * high), round(x * wide)
    part = picture[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4].reshape(-1, 3)
    return bool((np.abs(part.astype(int) - colour).max(axis=1) < 12).any())


def test_zones_lines_and_things_are_drawn_where_they_are() -> None:
    plain = np.full((400, 800, 3), 128, np.uint8)
    drawn = drawn_view(plain, CONFIG, [Found("bag", 0.9, (0.3, 0.7, 0.4, 0.95))])
    assert near(drawn, 0.4, 0.2, ZONE)
    assert near(drawn, 0.2, 0.35, ZONE)
    assert near(drawn, 0.75, 0.85, LINE)
    assert near(drawn, 0.75 + 25 / 800, 0.7, LINE)  # the arrow points to the right of who looks up
    assert near(drawn, 0.35, 0.95, THING)
    assert not near(drawn, 0.9, 0.25, ZONE)
    assert (plain == 128).all()


GW = """
[gateway]
district = "baiyun"
slot = "cs-017"
data_dir = "data"
[identity]
kid = "cs-017#1"
key_file = "box.pem"
[hub]
id = "hub"
url = "http://127.0.0.1:9"
command_key = "hub.pub"
[[devices]]
id = "cam-1"
driver = "camera"
source = "{source}"
rotate = 90
zones = [{{name = "pavement", points = [[0, 0.5], [1, 0.5], [1, 1]]}}]
"""


def viewed(folder: Path, *arguments: str, source: str = "folder:pictures") -> int:
    key = PrivateKey.generate()
    (folder / "box.pem").write_bytes(key.to_pem())
    (folder / "box.pem").chmod(0o600)
    (folder / "hub.pub").write_text(key.public.to_pem())
    pictures = folder / "pictures"
    pictures.mkdir()
    (pictures / "1.jpg").write_bytes(jpeg(street()))
    (folder / "gw.toml").write_text(GW.format(source=source))
    with pytest.raises(SystemExit) as left:
        main(["vision", "view", "--config", str(folder / "gw.toml"), *arguments])
    return int(left.value.code or 0)


def test_the_command_takes_a_picture_from_the_camera_and_turns_it_upright(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "view.png"
    assert viewed(tmp_path, "--camera", "cam-1", "--out", str(out)) == 0
    assert "360 x 640, 1 zones, 0 masks" in capsys.readouterr().out
    written = cv2.imread(str(out))
    assert written is not None
    assert written.shape == (640, 360, 3)


def test_a_camera_that_is_not_there_is_one_line_and_no_library_says_more(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    address = "rtsp://me:s3cret@127.0.0.1:9/a"
    assert viewed(tmp_path, "--camera", "cam-1", "--out", "x.png", source=address) == 2
    said = capfd.readouterr().err
    assert said.startswith("cam-1: rtsp://127.0.0.1:9/a cannot be opened")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--camera", "cam-9", "--out", "x.png"), "no camera 'cam-9'; there are cam-1"),
        (("--camera", "cam-1", "--out", "x.png", "--look"), "names no detector"),
        (("--camera", "cam-1", "--out", "x.png", "--picture", "none.jpg"), "No such file"),
        (("--camera", "cam-1", "--out", "x.xyz"), "x.xyz: this format cannot be written"),
        (("--camera", "cam-1", "--out", "/nowhere/x.png"), "/nowhere/x.png: cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert viewed(tmp_path, *arguments) == 2
    assert said in capsys.readouterr().err
