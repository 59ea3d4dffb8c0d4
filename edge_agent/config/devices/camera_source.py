"""Where a camera's pictures come from, as gw.toml writes it. A source with a name and password in it is
taken as installers paste it, and never shown again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
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
_LOGIN = re.compile(r"(?<=://)[^/\s@]+@")
_NAMED = re.compile(
    r"((?:pass(?:word|wd)?|pwd|secret|token)=)(?:(?!_(?:channel|stream)=)[^&\s'\"])+", re.IGNORECASE
)


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


def placed_source(text: str, folder: Path) -> str:
    """A path in it that is not absolute is relative to the file's folder, as all paths in gw.toml."""
    link = parse_source(text)
    return f"{link.kind}:{folder / link.target}" if link.kind in {"file", "folder"} else text


def _remote(kind: SourceKind, text: str) -> SourceLink:
    try:
        parts = urlsplit(text.removeprefix("snapshot+"))
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"an address such as {SOURCE_DOC}") from None
    if not host or any(one.isspace() for one in text):
        raise ValueError(f"an address with a host: {SOURCE_DOC}")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError(
            "no @ behind the host: write / ? # of a password as %2F %3F %23 (and @ of a path as %40), "
            "or put it into password_file"
        )
    place = f"[{host}]" if ":" in host else host
    bare = urlunsplit(parts._replace(netloc=place if port is None else f"{place}:{port}"))
    name, secret = parts.username, parts.password
    return SourceLink(
        kind, bare, unquote(name) if name else None, unquote(secret) if secret else None
    )


def shown_source(text: str) -> str:
    """The source without user and password, for people."""
    link = parse_source(text)
    return without_secrets(link.target) if link.kind in _SCHEMES.values() else text


def without_secrets(text: str) -> str:
    """Without what stands in an address before an @ or, as some cameras want it, behind `password=`."""
    return _NAMED.sub(r"\1…", _LOGIN.sub("", text))
