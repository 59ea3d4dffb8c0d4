"""A camera in gw.toml: what is wrong is said at its line, and no login is repeated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.camera_source import SourceLink, parse_source, shown_source
from edge_agent.config.values import Findings

SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]
PLAIN: dict[str, Any] = {"id": "cam-1", "source": "rtsp://10.0.0.7/one"}


def read(**more: object) -> tuple[CameraConfig | None, list[str]]:
    findings = Findings(Path("gw.toml"), {}, Path("/etc/edile"))
    config = findings.read(CameraConfig, {**PLAIN, **more}, ("devices", 0))
    return config, [str(one) for one in findings.mistakes]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("rtsp://10.0.0.7:8554/a?b=1", SourceLink("rtsp", "rtsp://10.0.0.7:8554/a?b=1")),
        ("rtsp://me:p%40ss@cam/a", SourceLink("rtsp", "rtsp://cam/a", "me", "p@ss")),
        ("http://[fe80::1]:80/mjpg", SourceLink("mjpeg", "http://[fe80::1]:80/mjpg")),
        ("snapshot+https://cam/jpg", SourceLink("snapshot", "https://cam/jpg")),
        ("v4l2:/dev/video0", SourceLink("v4l2", "/dev/video0")),
        ("folder:/var/spool/pictures", SourceLink("folder", "/var/spool/pictures")),
        ("csi:1", SourceLink("csi", "1")),
    ],
)
def test_a_source_is_understood(text: str, link: SourceLink) -> None:
    assert parse_source(text) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cam",
        "ftp://x/y",
        "rtsp://me:12/34@cam/x",
        "rtsp://me:12?4@cam/x",
        "rtsp://me:12#4@cam/x",
        "rtsp://",
        "picamera:front",
        "http://a b/c",
        "rtsp://[::1/x",
        "file:",
    ],
)
def test_what_is_no_source_is_refused_with_what_was_expected(text: str) -> None:
    config, mistakes = read(source=text)
    assert config is None
    assert len(mistakes) == 1
    assert mistakes[0].startswith("gw.toml:1: devices[0].source: expected ")


def test_a_path_in_a_source_is_relative_to_the_file_as_all_paths_are() -> None:
    for text, placed in (
        ("folder:pictures", "folder:/etc/edile/pictures"),
        ("file:a/夜.mp4", "file:/etc/edile/a/夜.mp4"),
        ("folder:/var/spool/pictures", "folder:/var/spool/pictures"),
        ("v4l2:/dev/video0", "v4l2:/dev/video0"),
        ("picamera:0", "picamera:0"),
    ):
        config, _ = read(source=text)
        assert config is not None
        assert config.source == placed


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://cam/s.cgi?user=me&pwd=sec_ret&x=1", "http://cam/s.cgi?user=me&pwd=…&x=1"),
        (
            "rtsp://cam:554/user=me&password=&channel=1",
            "rtsp://cam:554/user=me&password=&channel=1",
        ),
        (
            "rtsp://cam/user=me_password=sec_ret_channel=1.sdp",
            "rtsp://cam/user=me_password=…_channel=1.sdp",
        ),
        ("rtsp://cam/a?Token=abc", "rtsp://cam/a?Token=…"),
    ],
)
def test_a_password_behind_its_name_is_not_shown_either(address: str, shown: str) -> None:
    assert shown_source(address) == shown
    assert parse_source(address).target == address


def test_the_login_of_an_address_is_not_shown() -> None:
    assert shown_source("rtsp://me:secret@10.0.0.7/one") == "rtsp://10.0.0.7/one"
    assert shown_source("folder:/x") == "folder:/x"
    config, _ = read(source="rtsp://me:secret@10.0.0.7/one")
    assert "secret" not in repr(config)
    _, mistakes = read(source="rtsp://me:secret@10.0.0.7:99999999/one")
    assert len(mistakes) == 1
    assert "secret" not in mistakes[0]
    _, mistakes = read(sauce="rtsp://me:secret@10.0.0.7/one")
    assert "secret" not in " ".join(mistakes)
    for text in ("rtsp://me:12/secret@10.0.0.7/one", "ftp://cam/x?pwd=secret&a=1"):
        _, mistakes = read(source=text)
        assert len(mistakes) == 1
        assert "secret" not in mistakes[0]


@pytest.mark.parametrize(
    ("more", "key", "expected"),
    [
        ({"rotate": 45}, "rotate", "one of 0, 180, 270, 90"),
        ({"crop": [0.5, 0, 0.4, 1]}, "crop", "x1 < x2"),
        ({"circle": [0.5, 0.5]}, "circle", "[x, y, radius]"),
        ({"masks": [{"name": "w", "points": [[0, 0], [1, 1]]}]}, "masks[0].points", "at least 3"),
        (
            {"zones": [{"name": "z", "points": [[0, 0], [1, 1], [2, 1]]}]},
            "zones[0].points",
            "from 0 to 1",
        ),
        ({"lines": [{"name": "l", "a": [0, 0], "b": [0, 0]}]}, "lines[0].b", "another point"),
        ({"zones": [{"name": "z", "points": SQUARE}] * 2}, "zones", "each name once"),
        ({"zones": [{"name": "z", "points": SQUARE, "preset": "x"}]}, "zones", "which is none"),
        ({"presets": [{"name": "p", "token": "1"}]}, "presets", "`ptz` is needed"),
        ({"ptz": {"url": "http://u:p@10.0.0.7/x"}}, "ptz.url", "text"),
        ({"ptz": {"url": "http://10.0.0.7/x", "home": "p"}}, "ptz", "a preset with a token"),
        ({"detector": "a", "detector_file": "a.tflite"}, "detector_file", "one of the two"),
        ({"fps": 0}, "fps", "from 0.1 to 60.0"),
        ({"maks": []}, "maks", "a known key"),
    ],
)
def test_what_is_wrong_is_said_at_its_key(more: dict[str, object], key: str, expected: str) -> None:
    _, mistakes = read(**more)
    assert any(f"devices[0].{key}: " in one and expected in one for one in mistakes), mistakes


def test_files_lie_beside_gw_toml() -> None:
    config, mistakes = read(detector_file="models/a.tflite", password_file="cam-1.password")
    assert mistakes == []
    assert config is not None
    assert config.detector_file == Path("/etc/edile/models/a.tflite")
    assert config.password_file == Path("/etc/edile/cam-1.password")
