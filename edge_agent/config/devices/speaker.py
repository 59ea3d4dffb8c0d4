"""A loudspeaker in gw.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from edge_agent.config.devices.fields import ID, LINK_DOC
from edge_agent.config.devices.modbus_bus import OnLine
from edge_agent.config.links import parse_link

HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
ZONE = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")
Kind = Literal["modbus-mp3", "dfplayer", "terminal", "file"]
_NEEDS: dict[str, tuple[str, ...]] = {
    "modbus-mp3": ("link",),
    "dfplayer": ("link",),
    "terminal": ("server", "terminal"),
    "file": (),
}
_FORM = {"modbus-mp3": "track", "dfplayer": "track", "terminal": "text", "file": "file"}


def quiet_minutes(text: str) -> tuple[int, int]:
    """(from, to) in minutes of the day; ValueError saying what was expected."""
    found = HOURS.fullmatch(text)
    if not found:
        raise ValueError('hours such as "22:00-06:30"')
    a, b, c, d = (int(part) for part in found.groups())
    return a * 60 + b, c * 60 + d


def zone_minutes(text: str) -> int:
    """Local time minus UTC; ValueError saying what was expected."""
    found = ZONE.fullmatch(text)
    if not found:
        raise ValueError('a time zone such as "+08:00"')
    sign, hours, minutes = found.groups()
    return (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)


@dataclass(frozen=True)
class PromptConfig:
    """One thing the speaker can say. Sound modules need `track`, terminals `text`, files `file`."""

    name: str = field(metadata={"pattern": ID, "doc": 'such as "wrong-bin"'})
    text: str = ""
    track: int | None = field(default=None, metadata={"min": 1, "max": 3000})
    file: Path | None = None
    seconds: float = field(default=3.0, metadata={"min": 0.1, "max": 120, "doc": "how long it is"})


@dataclass(frozen=True)
class SpeakerConfig:
    """A loudspeaker: what it is, what it can say, and when it keeps quiet."""

    id: str = field(metadata={"pattern": ID, "doc": 'the device\'s name, such as "sp-1"'})
    kind: Kind = field(metadata={"doc": "what makes the sound"})
    prompts: tuple[PromptConfig, ...] = field(metadata={"doc": "[[devices.prompts]]"})
    link: str | None = field(default=None, metadata={"doc": LINK_DOC, "check": parse_link})
    address: int = field(default=1, metadata={"min": 1, "max": 247, "doc": "Modbus address"})
    register: int = field(
        default=3, metadata={"min": 0, "max": 65_535, "doc": "Modbus register that takes the track"}
    )
    server: str | None = field(default=None, metadata={"pattern": ID, "doc": "a jt808-server"})
    terminal: str | None = field(default=None, metadata={"pattern": r"\d{1,20}"})
    player: str = field(
        default="aplay -q", metadata={"doc": "the program that plays a file; its name is added"}
    )
    volume: int | None = field(default=None, metadata={"min": 0, "max": 30})
    cool_down_s: float = field(
        default=20.0, metadata={"min": 0, "max": 3600, "doc": "before the same prompt again"}
    )
    queue: int = field(default=3, metadata={"min": 1, "max": 20})
    stale_s: float = field(
        default=8.0, metadata={"min": 0.5, "max": 600, "doc": "said later it would help nobody"}
    )
    quiet: tuple[str, ...] = field(
        default=(), metadata={"check": quiet_minutes, "doc": 'hours such as "22:00-06:30"'}
    )
    zone: str = field(
        default="+08:00", metadata={"check": zone_minutes, "doc": "of the quiet hours"}
    )
    driver: Literal["speaker"] = "speaker"

    echo: bool = field(default=False, metadata={"doc": "the adapter hears what it sends"})

    @property
    def on_bus(self) -> bool:
        """A Modbus module shares its line with sensors."""
        return self.kind == "modbus-mp3"

    def place(self) -> OnLine:
        return OnLine(self.link or "", self.address)

    def __post_init__(self) -> None:
        for key in _NEEDS[self.kind]:
            if getattr(self, key) is None:
                raise ValueError(f"{key}: needed for kind {self.kind!r}")
        form = _FORM[self.kind]
        for prompt in self.prompts:
            if not getattr(prompt, form):
                raise ValueError(f"prompts: {prompt.name!r} needs {form} for kind {self.kind!r}")
        names = [prompt.name for prompt in self.prompts]
        if not names or len(set(names)) < len(names):
            raise ValueError("prompts: at least one, and each name once")
