"""What every UHF reader has in common: its messages, its decoder's shape, one row of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware_bridges.frames import Reason


@dataclass(frozen=True, slots=True)
class TagRead:
    """A tag was in the field. `epc` in upper-case hex as stored on the tag; `antenna` from 1; `rssi`
    in the reader's own scale. None = the protocol does not say."""

    epc: str
    antenna: int | None
    rssi: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class RoundEnd:
    """A round of inventory is over (`tags` read in it, where the reader counts); ask again."""

    tags: int | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class ReaderError:
    """The reader answered with an error of its own; `code` as in its document."""

    code: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class RfidRefused:
    """Bytes that began like a frame and are none, or a frame whose content contradicts itself."""

    reason: Reason
    raw: bytes


Answer = TagRead | RoundEnd | ReaderError | RfidRefused


class RfidDecoder(Protocol):
    """Any bytes are answered, never raised; how they were cut into chunks does not matter."""

    def feed(self, data: bytes) -> list[Answer]: ...

    def flush(self) -> list[Answer]:
        """The stream ended or paused: a frame that had begun does not come any more."""
        ...


@dataclass(frozen=True, slots=True)
class RfidSpec:
    """One row of RFID_READERS.

    about      makes that speak it
    baud       as delivered
    decoder    a fresh one
    ask        bytes that ask reader `address` for one round of inventory
    report     for simulators: the frames of a round in which these tags (hex) were read
    verified   what its frames were held against
    """

    about: str
    baud: int
    decoder: Callable[[], RfidDecoder]
    ask: Callable[[int], bytes]
    report: Callable[[int, tuple[str, ...]], bytes]
    verified: str
