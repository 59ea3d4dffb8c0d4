"""Which dialects make sense of bytes that were heard, and how well. Pure.

Every dialect's own codec is tried on the bytes. What counts as evidence: how many of the bytes its
readings explain, whether a changed digit would have been noticed (there is a check, and it holds),
how often it reads, and whether the weights are such as a scale shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from firmware_bridges.weighbridge.indicator import (
    Answer,
    DialectSpec,
    IndicatorSettings,
    IndicatorWeight,
    Refused,
    Unit,
)

Framing = Literal["8N1", "7E1", "7O1", "7N2", "8E1", "8O1"]
Dialects = Mapping[str, DialectSpec]

NOT_FRAMED = ("length", "truncated")
SAMPLES = 20  # readings whose check is tried
MOST_WEIGHT = Decimal(1_000_000)  # in whatever unit: no indicator shows more digits
MOST_ADDRESSES = 3
# Status word A of toledo-continuous with decimal code 0 or 1: whether its zeros are sent is not said.
_FIXED_ZERO_CODES = re.compile(rb"\x02[ !()0189]")
_SEVEN_BITS = bytes(byte & 0x7F for byte in range(256))


@dataclass(frozen=True, slots=True)
class Hearing:
    """Bytes received in `seconds` by a port set to `baud` and `port_framing`; `asked` names the
    dialect whose question was sent before."""

    data: bytes
    seconds: float
    baud: int
    port_framing: Framing = "8N1"
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One dialect with one set of settings on one hearing. Shares are 0 to 1.

    explained   bytes of readings (line ends included) of all bytes
    verified    readings in which a changed digit would have been noticed
    plausible   readings that a scale could show
    steady      readings that equal the one before
    leap        typical change from reading to reading, as a share of the range heard; 0 = smooth
    """

    dialect: str
    hearing: Hearing
    framing: Framing
    settings: Mapping[str, Any]
    weights: tuple[Decimal, ...] = ()
    unit: Unit | None = None
    says: int = 0
    frames: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    explained: float = 0.0
    verified: float = 0.0
    plausible: float = 0.0
    steady: float = 0.0
    leap: float = 0.0

    @property
    def readings(self) -> int:
        return len(self.weights)

    @property
    def frames_per_s(self) -> float:
        return self.readings / self.hearing.seconds if self.hearing.seconds else 0.0

    @property
    def read(self) -> float:
        """Readings of all that was answered."""
        answered = self.readings + sum(self.refused.values())
        return self.readings / answered if answered else 0.0

    @property
    def score(self) -> float:
        """0 to 100; only for putting candidates in order."""
        if not self.weights:
            return 0.0
        smooth = 1 - min(self.leap, 1.0)
        shares = 40 * self.explained + 25 * self.verified + 15 * self.read
        return shares + 10 * self.plausible + 4 * smooth + 2 * self.says


def framing_of(hearing: Hearing) -> Framing:
    """What the sender's characters were, from the top bit that a port set to 8N1 received: seven bits
    and parity are as long as eight bits without."""
    if hearing.port_framing != "8N1" or not hearing.data:
        return hearing.port_framing
    top = sum(byte >> 7 for byte in hearing.data)
    ones = [byte.bit_count() & 1 for byte in hearing.data]
    if not top:
        return "8N1"
    if top == len(ones):
        return "7N2"
    wrong = sum(ones)
    few = len(ones) // 20  # a byte now and then was hurt on the way
    return "7E1" if wrong <= few else "7O1" if len(ones) - wrong <= few else "8N1"


def candidates(hearing: Hearing, dialects: Dialects) -> list[Candidate]:
    """Every dialect's view of the hearing, best first; those that find no frame are left out."""
    framing = framing_of(hearing)
    found = [
        _view(name, spec, hearing, framing, settings)
        for name, spec in dialects.items()
        for settings in _variants(spec, hearing, framing)
    ]
    worth = [
        one for index, one in enumerate(found) if one.frames and not _repeats(one, found[:index])
    ]
    return sorted(worth, key=lambda one: (-one.score, len(one.settings)))


def _repeats(one: Candidate, earlier: Sequence[Candidate]) -> bool:
    """The same dialect with settings that make no difference to what was read."""
    twins = [other for other in earlier if other.dialect == one.dialect]
    return "fixed_zero" not in one.settings and any(
        (other.weights, other.refused) == (one.weights, one.refused) for other in twins
    )


def would_differ(one: Candidate, other: Candidate, dialects: Dialects) -> bool:
    """Whether the two read different weights from these bytes, or would as soon as the digits were
    not all alike: an empty deck is zero in whatever order."""
    if one.weights[-1] != other.weights[-1]:
        return True
    if one.dialect == other.dialect:
        return True
    digits = iter(b"123456789" * len(one.hearing.data))
    data = bytes(next(digits) if byte in b"0123456789" else byte for byte in one.hearing.data)
    first, second = (_weights(which, data, dialects) for which in (one, other))
    return bool(first) and bool(second) and first != second


def _weights(one: Candidate, data: bytes, dialects: Dialects) -> list[Decimal]:
    spec = dialects[one.dialect]
    decoder = spec.decoder(spec.settings(**one.settings))
    answers = decoder.feed(data) + decoder.flush()
    return [answer.weight for answer in answers if isinstance(answer, IndicatorWeight)]


def _variants(spec: DialectSpec, hearing: Hearing, framing: Framing) -> Iterator[dict[str, Any]]:
    """The settings worth trying: the usual ones, and those that these bytes leave open."""
    known = {one.name for one in fields(spec.settings)}
    plain: dict[str, Any] = {"data_bits": 7} if framing in ("7E1", "7O1", "7N2") else {}
    yield plain
    seen = hearing.data.translate(_SEVEN_BITS)
    if "fixed_zero" in known and _FIXED_ZERO_CODES.search(seen):
        yield plain | {"fixed_zero": "multiply"}
    if b"," in seen and "decimal_comma" in known:
        yield plain | {"decimal_comma": True}
        yield plain | {"decimal_comma": False}
    if spec.poll is not None and "address" in known:
        starts = re.findall(rb"\x02([B-Z])[A-I]", seen)
        for address in sorted(set(starts), key=starts.count, reverse=True)[:MOST_ADDRESSES]:
            yield plain | {"address": address.decode("ascii")}


def _view(
    name: str,
    spec: DialectSpec,
    hearing: Hearing,
    framing: Framing,
    settings: dict[str, Any],
) -> Candidate:
    chosen = spec.settings(**settings)
    decoder = spec.decoder(chosen)
    answers, cut = _within(decoder.feed(hearing.data) + decoder.flush())
    read = [one for one in answers if isinstance(one, IndicatorWeight)]
    refused = [one for one in answers if isinstance(one, Refused)]
    weights = tuple(one.weight for one in read)
    framed = [one for one in refused if one.reason not in NOT_FRAMED and _is_text(one.raw)]
    return Candidate(
        dialect=name,
        hearing=hearing,
        framing=framing,
        settings=settings,
        weights=weights,
        unit=read[-1].unit if read else None,
        says=_says(read[-1]) if read else 0,
        frames=len(read) + len(framed),
        refused={reason: _count(refused, reason) for reason in {one.reason for one in refused}},
        explained=_explained(len(hearing.data) - cut, hearing.data, read),
        verified=_verified(spec, chosen, read[-SAMPLES:]),
        plausible=_share(abs(one) < MOST_WEIGHT for one in weights),
        steady=_share(a == b for a, b in pairwise(weights)),
        leap=_leap(weights),
    )


def _within(answers: list[Answer]) -> tuple[list[Answer], int]:
    """Without a refusal at either end, and its bytes: listening begins and ends inside a frame."""
    cut = 0
    for end in (0, -1):
        if answers and isinstance(answers[end], Refused):
            cut += len(answers.pop(end).raw)
    return answers, cut


def _says(one: IndicatorWeight) -> int:
    """How much the protocol tells beside the number: the more, the less it is chance."""
    return sum(value is not None for value in (one.unit, one.stable, one.net))


def _count(refused: Sequence[Refused], reason: str) -> int:
    return sum(one.reason == reason for one in refused)


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return sum(values) / len(values) if values else 0.0


def _is_text(raw: bytes) -> bool:
    """Frames of all our dialects are text between control characters; noise is not."""
    inner = raw.translate(_SEVEN_BITS)[1:-1]
    return bool(inner) and all(0x20 <= byte < 0x7F for byte in inner)


def _explained(whole: int, data: bytes, read: Sequence[IndicatorWeight]) -> float:
    """Of `whole` bytes. Line ends beside a reading belong to it."""
    ends = sum(byte & 0x7F in b"\r\n" for byte in data)
    within = sum(byte & 0x7F in b"\r\n" for one in read for byte in one.raw)
    explained = sum(len(one.raw) for one in read) - within
    return min(1.0, explained / (whole - ends)) if whole > ends else 0.0


def _verified(
    spec: DialectSpec, settings: IndicatorSettings, read: Sequence[IndicatorWeight]
) -> float:
    return _share(_notices(spec, settings, one) for one in read)


def _notices(spec: DialectSpec, settings: IndicatorSettings, one: IndicatorWeight) -> bool:
    """Whether the frame with any one digit changed would have been refused."""
    for at, byte in enumerate(one.raw):
        if byte & 0x7F not in b"0123456789":
            continue
        # XOR 1 keeps a digit a digit; the parity bit changes with it.
        hurt = one.raw[:at] + bytes([byte ^ 0x01 ^ (byte & 0x80)]) + one.raw[at + 1 :]
        decoder = spec.decoder(settings)
        answers = decoder.feed(hurt) + decoder.flush()
        if any(isinstance(answer, IndicatorWeight) for answer in answers):
            return False
    return True


def _leap(weights: Sequence[Decimal]) -> float:
    """The typical step of a weight that moves, of the range it moves in. Digits read the wrong way
    round leap; a truck does not."""
    spread = max(weights) - min(weights) if weights else Decimal(0)
    steps = [abs(b - a) for a, b in pairwise(weights) if a != b]
    return float(median(steps) / spread) if spread and steps else 0.0
