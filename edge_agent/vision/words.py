"""What the agent and its vision process say to each other.

Each word is one MessagePack map in a frame: four bytes of length, big-endian, and the word. Times are
nanoseconds of CLOCK_BOOTTIME, which both processes read alike. Neither side trusts a length: what
is longer than MAX_BYTES is no word, and ends the conversation.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.readings import SeenThing

MAX_BYTES = 64 * 1024 * 1024  # a clip, sealed and masked, is 48 MB at most; a picture 0.3 MB
_HEAD = struct.Struct(">I")


class BadWord(ValueError):
    """What came through the pipe is no word."""


class TakenPicture(msgspec.Struct, frozen=True, kw_only=True):
    """JPEG bytes as in `edge_agent.readings.Picture`."""

    captured_ns: int
    original: bytes
    masked: bytes
    thumbnail: bytes
    parent_sha256: str


class Open(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Begin with a camera. `folder` keeps its reference views; `first_track` is the first number that
    no earlier start has given; `password` as its file holds it."""

    config: CameraConfig
    folder: str
    first_track: int = 1
    password: str | None = None


class Close(msgspec.Struct, frozen=True, tag=True):
    camera: str


class Stand(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Where a camera that turns stands now; `moving`: its pictures mean nothing for the moment."""

    camera: str
    preset: str | None
    moving: bool = False


class AskLook(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A fresh look at the whole view (or the preset's part of it), answered by one `Looked`."""

    camera: str
    look: str
    preset: str | None = None


class AskClip(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the ring holds from `begin_ns` to `end_ns`, answered by one `Clip` when `end_ns` has passed."""

    camera: str
    key: str
    begin_ns: int
    end_ns: int


class AskReference(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A person has looked: what the camera sees now is what it is meant to see. Answered by one
    `Referred`."""

    camera: str
    key: str
    preset: str | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The first picture came, `width` x `height` pixels upright. `model`: name and SHA-256."""

    camera: str
    width: int
    height: int
    model: tuple[str, str] | None = None


class Seen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """As `SceneReading`."""

    camera: str
    captured_ns: int
    things: tuple[SeenThing, ...]
    gone: tuple[SeenThing, ...] = ()
    full: bool = False
    preset: str | None = None
    picture: TakenPicture | None = None
    model: tuple[str, str] | None = None
    lon: float | None = None
    lat: float | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """As `LookReading`."""

    camera: str
    captured_ns: int
    look: str
    preset: str | None
    done: bool
    reason: str | None = None
    things: tuple[SeenThing, ...] = ()
    picture: TakenPicture | None = None
    model: tuple[str, str] | None = None


class View(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """As `ViewReading`."""

    camera: str
    captured_ns: int
    state: str
    detail: str = ""


class Clip(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A file of `frames` frames (AVI) as captured, its SHA-256 (hex), and the masked one where the
    camera's settings let it leave. `begin_ns`, `end_ns`: its first and last frame. None at all: `reason`."""

    camera: str
    key: str
    frames: int
    begin_ns: int = 0
    end_ns: int = 0
    original: bytes = b""
    sha256: str = ""
    masked: bytes = b""
    reason: str | None = None


class Referred(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The answer to `AskReference`; `reason`: why the view cannot be accepted, None when it was."""

    camera: str
    key: str
    reason: str | None = None


class Learned(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The camera had no reference for where it `stands` (a preset): what it sees is one now, by itself."""

    camera: str
    captured_ns: int
    stands: str | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Totals of a camera since it was opened. `refused`: no pictures; `dropped`: newer ones came
    before the detector was free; `quiet`: the gate saw no reason to look; `skipped`: not even decoded."""

    camera: str
    bytes: int
    frames: int
    looks: int
    refused: int
    dropped: int
    quiet: int
    skipped: int = 0


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """This camera is over until it is opened again; the others go on."""

    camera: str
    reason: str


class Alive(msgspec.Struct, frozen=True, tag=True):
    """Each second, with cameras or without."""


class Dying(msgspec.Struct, frozen=True, tag=True):
    """The last word of the process."""

    reason: str


Told = Open | Close | Stand | AskLook | AskClip | AskReference
Heard = Opened | Seen | Looked | View | Clip | Referred | Learned | Counts | Lost | Alive | Dying


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"no word holds a {type(value).__name__}")


def _typed(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(f"no word holds a {kind.__name__}")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)
_TOLD: msgspec.msgpack.Decoder[Told] = msgspec.msgpack.Decoder(Told, dec_hook=_typed)
_HEARD: msgspec.msgpack.Decoder[Heard] = msgspec.msgpack.Decoder(Heard, dec_hook=_typed)


def frame_of(word: Told | Heard) -> bytes:
    """The word with its length before it."""
    body = _ENCODER.encode(word)
    return _HEAD.pack(len(body)) + body


def length_of(head: bytes) -> int:
    """From the four bytes before a word. BadWord when no word is so long."""
    size: int = _HEAD.unpack(head)[0]
    if size > MAX_BYTES:
        raise BadWord(f"a word of {size} bytes; at most {MAX_BYTES}")
    return size


def told(body: bytes) -> Told:
    try:
        return _TOLD.decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadWord(str(error)) from error


def heard(body: bytes) -> Heard:
    try:
        return _HEARD.decode(body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadWord(str(error)) from error


def read_told(stream: BinaryIO) -> Told | None:
    """The next word, waiting for it; None when the other side has gone."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    size = length_of(head)
    body = stream.read(size)
    return told(body) if len(body) == size else None
