"""Which source a camera's settings ask for. What needs a package or a machine that is not here says so."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import cv2

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.devices.camera_source import SourceLink, parse_source, shown_source
from edge_agent.vision.sources.csi import csi_pipeline
from edge_agent.vision.sources.folder import FolderSource
from edge_agent.vision.sources.http import MjpegSource, SnapshotSource, Web
from edge_agent.vision.sources.patrol import PatrolSource, read_track
from edge_agent.vision.sources.picamera import PiCameraSource
from edge_agent.vision.sources.port import Pace, Source, SourceLost
from edge_agent.vision.sources.video import VideoSource


def open_source(config: CameraConfig, password: str | None, pace: Pace) -> Source:
    """SourceLost when it cannot be opened, in words without user and password."""
    if config.track_file is None:
        return _pictures(config, password, pace)
    track = read_track(config.track_file)  # before the camera: a mistake in it is told at once
    return PatrolSource(_pictures(config, password, pace), track)


def _pictures(config: CameraConfig, password: str | None, pace: Pace) -> Source:
    link = parse_source(config.source)
    user = config.user or link.user
    secret = password if password is not None else link.password
    if link.kind == "folder":
        return FolderSource(Path(link.target), pace)
    if link.kind == "picamera":
        return PiCameraSource(int(link.target), pace)
    if link.kind in {"mjpeg", "snapshot"}:
        web = Web(link.target, user, secret)
        return MjpegSource(web, pace) if link.kind == "mjpeg" else SnapshotSource(web, pace)
    return _video(link, shown_source(config.source), pace, user, secret)


def _video(
    link: SourceLink, shown: str, pace: Pace, user: str | None, secret: str | None
) -> Source:
    if link.kind == "csi":
        return VideoSource(csi_pipeline(int(link.target)), shown, pace, backend=cv2.CAP_GSTREAMER)
    if link.kind == "v4l2":
        return VideoSource(link.target, shown, pace, backend=cv2.CAP_V4L2)
    if link.kind == "file":
        if not Path(link.target).is_file():
            raise SourceLost(f"there is no file {link.target}")
        return VideoSource(link.target, shown, pace, live=False)
    return VideoSource(with_login(link.target, user, secret), shown, pace)


def with_login(url: str, user: str | None, secret: str | None) -> str:
    """For FFmpeg, which takes them nowhere else."""
    if not user:
        return url
    parts = urlsplit(url)
    login = quote(user, safe="") + (f":{quote(secret, safe='')}" if secret else "")
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))
