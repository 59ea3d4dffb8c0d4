"""Where a camera's pictures come from, as gw.toml writes it. A source with a name and password in it is
taken as installers paste it, and never shown again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote, urlsplit, urlunsplit

SourceKind = Literal["rtsp", "mjpeg", "snapshot", "v4l2", "file", "folder", "picamera", "csi"]
SOURCE_DOC = (
    "rtsp://HOST/PATH, http://HOST/PATH (MJPEG), snapshot+http://HOST/PATH, v4l2:/dev/video0, "
    "file:VIDEO, folder:PICTURES, picamera:0 or csi:0"
)
_SCHEMES: dict[str, SourceKind] = {
    "rtsp": "rtsp",
    "rtsps": "rtsp",
    "http": "mjpeg",
    "https": "mjpeg",
    "snapshot+http": "snapshot",
    "snapshot+https": "snapshot",
}
_LOCAL: dict[str, SourceKind] = {
    "v4l2": "v4l2",
    "file": "file",
    "folder": "folder",
    "picamera": "picamera",
    "csi": "csi",
}


@dataclass(frozen=True, slots=True)
class SourceLink:
    """`target`: an address without user and password, a path, or a number as text."""

    kind: SourceKind
    target: str
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)


def parse_source(text: str) -> SourceLink:
    """ValueError saying what was expected."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in _SCHEMES:
        return _remote(_SCHEMES[scheme], text)
    if not colon or scheme not in _LOCAL or not rest:
        raise ValueError(SOURCE_DOC)
    if scheme in {"picamera", "csi"} and not (rest.isascii() and rest.isdigit()):
        raise ValueError(f"{scheme}: and the camera's number, such as {scheme}:0")
    return SourceLink(_LOCAL[scheme], rest)


def _remote(kind: SourceKind, text: str) -> SourceLink:
    try:
        parts = urlsplit(text.removeprefix("snapshot+"))
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"an address such as {SOURCE_DOC}") from None
    if not host or any(one.isspace() for one in text):
        raise ValueError(f"an address with a host: {SOURCE_DOC}")
    place = f"[{host}]" if ":" in host else host
    bare = urlunsplit(parts._replace(netloc=place if port is None else f"{place}:{port}"))
    name, secret = parts.username, parts.password
    return SourceLink(
        kind, bare, unquote(name) if name else None, unquote(secret) if secret else None
    )


def shown_source(text: str) -> str:
    """The source without user and password, for people."""
    link = parse_source(text)
    return link.target if link.kind in _SCHEMES.values() else text
