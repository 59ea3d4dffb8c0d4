"""Every payload type a reader of this version understands (contract §2, version rule; §3).

A reader takes the current version of a type and the two before it. The current ones are payloads; an
earlier one is a `Superseded` struct that knows its own successor, so that every reader after
`decode_payload` sees current payloads only. When a type moves on, its old struct goes to `EARLIER`.
Unknown types, newer versions among them, are not an error: they are kept raw.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol

import msgspec

from contract.payloads.air import AirAlarm, AirSummary
from contract.payloads.attendance import AttendanceException, AttendanceShift, AttendanceTrack
from contract.payloads.base import TYPE, Payload
from contract.payloads.camera import CameraLooks
from contract.payloads.evidence import (
    CameraView,
    EvidenceClip,
    EvidenceOriginal,
    EvidencePhoto,
)
from contract.payloads.gateway import CommandResult, GatewayHealth, GatewayNotice
from contract.payloads.patrol import PatrolFlight
from contract.payloads.problem import Problem
from contract.payloads.relook import RelookResult
from contract.payloads.truck import TruckPassage
from contract.payloads.waste import WasteDeposit
from contract.payloads.weigh import WeighAnomaly, WeighTicket

VERSIONS_BACK = 2
_VERSIONED = re.compile(r"(?P<noun>.+)\.v(?P<version>[0-9]+)")


class Enveloped(Protocol):
    """What of an envelope is needed here (the envelope itself is built on the payloads)."""

    @property
    def type(self) -> str: ...

    @property
    def data(self) -> msgspec.Raw: ...


class Superseded(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier version of a payload type: its shape then, and how to say the same today."""

    wire_type: ClassVar[str]

    def successor(self) -> Payload | Superseded:
        """The same facts one version later."""
        raise NotImplementedError


Readable = Payload | Superseded


def by_type(payloads: Iterable[type[Payload]]) -> dict[str, type[Payload]]:
    """Payload classes by wire type; ValueError for a malformed type or one given twice."""
    table: dict[str, type[Payload]] = {}
    for payload in payloads:
        if not TYPE.fullmatch(payload.wire_type) or payload.wire_type in table:
            raise ValueError(f"{payload.__name__}: {payload.wire_type!r} is malformed or taken")
        table[payload.wire_type] = payload
    return table


class Reader:
    """Decodes payloads by wire type: `current` ones as they are, `earlier` ones brought up to date."""

    def __init__(
        self, current: Mapping[str, type[Payload]], earlier: Iterable[type[Superseded]] = ()
    ) -> None:
        """ValueError when an earlier type is not one or two versions before a current one."""
        shapes: dict[str, type[Readable]] = {**current}
        newest = dict(split_type(wire_type) for wire_type in current)
        for old in earlier:
            noun, version = split_type(old.wire_type)
            if not 1 <= newest.get(noun, 0) - version <= VERSIONS_BACK:
                raise ValueError(f"{old.wire_type}: not among the {VERSIONS_BACK} before {noun}")
            shapes[old.wire_type] = old
        self._decoders: dict[str, msgspec.json.Decoder[Readable]] = {
            wire_type: msgspec.json.Decoder(shape) for wire_type, shape in shapes.items()
        }

    def decode(self, wire_type: str, data: bytes | msgspec.Raw) -> Payload | None:
        """None for a type unknown here; msgspec.ValidationError / DecodeError for data not of it."""
        decoder = self._decoders.get(wire_type)
        if decoder is None:
            return None
        found = decoder.decode(data)
        while isinstance(found, Superseded):
            found = found.successor()
        return found


def split_type(wire_type: str) -> tuple[str, int]:
    """`edile.weigh.ticket.v1` -> (`edile.weigh.ticket`, 1); ValueError without a version."""
    match = _VERSIONED.fullmatch(wire_type)
    if not match:
        raise ValueError(f"not a versioned event type: {wire_type!r}")
    return match["noun"], int(match["version"])


PAYLOADS: dict[str, type[Payload]] = by_type(
    (
        WeighTicket,
        WeighAnomaly,
        AirSummary,
        AirAlarm,
        AttendanceShift,
        AttendanceException,
        AttendanceTrack,
        Problem,
        WasteDeposit,
        CameraLooks,
        TruckPassage,
        PatrolFlight,
        EvidenceOriginal,
        EvidencePhoto,
        EvidenceClip,
        CameraView,
        RelookResult,
        GatewayHealth,
        GatewayNotice,
        CommandResult,
    )
)
EARLIER: tuple[type[Superseded], ...] = ()
_READER = Reader(PAYLOADS, EARLIER)


def decode_payload(envelope: Enveloped) -> Payload | None:
    """The typed payload; None for an unknown type (store it raw). Raises msgspec.ValidationError or
    DecodeError when the data of a known type are not what the type says."""
    return _READER.decode(envelope.type, envelope.data)
