"""Commands from hub to gateway (contract §4), signed by the hub's command key."""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

from contract.jws import mint_jws, open_jws
from contract.keys import PrivateKey, PublicKey

TYP = "edile-cmd+jwt"
SHA256_HEX = re.compile("[0-9a-f]{64}")
CommandOp = Literal[
    "relook",
    "speak",
    "photo",
    "fly",
    "abort-flight",
    "zero-weighbridge",
    "restart",
    "collect-diagnostics",
    "rotate-key",
    "wipe",
    "send-track",
    "send-original",
    "accept-view",
]


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Executed at most once, in rising `cmd_seq` per slot; `expires` RFC 3339 by hub time."""

    id: str
    slot: str
    cmd_seq: int
    op: CommandOp
    args: dict[str, Any]
    expires: str


class SpeakArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `speak`: a prompt of the loudspeaker's own list, or a `text` to be read out."""

    device: str
    prompt: str = ""
    text: str | None = None

    def __post_init__(self) -> None:
        if bool(self.prompt) == (self.text is not None):
            raise ValueError("either `prompt` or `text`")


class TrackArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `send-track`: whose shift is wanted, by whom, and why."""

    shift: str
    requested_by: str
    reason: str

    def __post_init__(self) -> None:
        if not (self.shift.strip() and self.requested_by.strip() and self.reason.strip()):
            raise ValueError("`shift`, `requested_by` and `reason`, none of them empty")


class OriginalArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `send-original`: SHA-256 (hex) of a sealed original or of a photo made of it; who wants it,
    and why."""

    sha256: str
    requested_by: str
    reason: str

    def __post_init__(self) -> None:
        if not SHA256_HEX.fullmatch(self.sha256):
            raise ValueError("`sha256`: 64 characters of 0-9 and a-f")
        if not (self.requested_by.strip() and self.reason.strip()):
            raise ValueError("`requested_by` and `reason`, none of them empty")


class PhotoArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `photo`: a camera looks now, at one of its presets or where it stands; who wants the photo,
    and why."""

    camera: str
    requested_by: str
    reason: str
    preset: str | None = None

    def __post_init__(self) -> None:
        _require_all(camera=self.camera, requested_by=self.requested_by, reason=self.reason)


class AcceptViewArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `accept-view`: what a camera sees now, at one of its presets or where it stands, is what
    it is meant to see, and its zones fit; who has looked, and why it was moved."""

    camera: str
    requested_by: str
    reason: str
    preset: str | None = None

    def __post_init__(self) -> None:
        _require_all(camera=self.camera, requested_by=self.requested_by, reason=self.reason)


class RelookArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`args` of `relook`: a fresh look for work order `case`. `problem_id` is the gateway's own, where it
    saw the problem; `lon`/`lat` the place, WGS 84 degrees; `object` the device or object."""

    case: str
    class_code: str
    catalogue: str
    problem_id: str | None = None
    object: str | None = None
    lon: float | None = None
    lat: float | None = None


def _require_all(**values: str) -> None:
    if not all(value.strip() for value in values.values()):
        names = [f"`{name}`" for name in values]
        raise ValueError(f"{', '.join(names[:-1])} and {names[-1]}, none of them empty")


def sign_command(key: PrivateKey, kid: str, command: Command) -> str:
    return mint_jws(key, kid, TYP, command)


def open_command(text: str, key: PublicKey) -> Command:
    """Raises BadJws, or msgspec.DecodeError when signed nonsense."""
    _, payload = open_jws(text, TYP, lambda _: key)
    return msgspec.json.decode(payload, type=Command)
