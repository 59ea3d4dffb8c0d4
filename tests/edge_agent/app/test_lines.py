"""Which devices hang on a line, and are tried again before the next truck has left."""

from __future__ import annotations

import pytest

from edge_agent.app.building import is_line
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.speaker import PromptConfig, SpeakerConfig


@pytest.mark.parametrize("link", ["serial:/dev/ttyUSB0?baud=9600", "tcp:192.0.2.7:4001"])
def test_a_loudspeaker_hangs_on_a_line_of_the_box_or_of_a_serial_server(link: str) -> None:
    prompts = (PromptConfig("wrong", track=1),)
    assert is_line(SpeakerConfig("sp-1", "dfplayer", prompts, link=link))


def test_a_camera_hangs_on_no_line() -> None:
    assert not is_line(CameraConfig(id="cam-1", source="rtsp://192.0.2.8/stream"))
