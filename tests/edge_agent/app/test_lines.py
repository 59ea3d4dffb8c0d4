"""Which devices hang on a serial line of the box itself."""

from __future__ import annotations

import pytest

from edge_agent.app.building import is_line
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig


@pytest.mark.parametrize(
    ("link", "line"), [("serial:/dev/ttyUSB0?baud=9600", True), ("tcp:192.0.2.7:4001", False)]
)
def test_a_device_hangs_on_a_line_or_on_a_network(link: str, line: bool) -> None:
    prompts = (PromptConfig("wrong", track=1),)
    assert is_line(SpeakerConfig("sp-1", "dfplayer", prompts, link=link)) is line


def test_a_camera_hangs_on_no_line() -> None:
    assert not is_line(CameraConfig(id="cam-1", source="rtsp://192.0.2.8/stream"))
