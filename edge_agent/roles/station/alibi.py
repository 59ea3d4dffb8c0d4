"""The alibi record: the raw frames of one weighing with everything needed to judge them again.

Canonical JSON of one `Alibi`; its SHA-256 is in the ticket. Frames are run-length coded, because a
standing truck sends the same frame for minutes: `[first ms, last ms, count, hex]`, milliseconds from
the first. It begins with the last frames of the bare deck. Bounded: of an endless swaying the oldest
frames are left out (`left_out`), never those by which the weight that counts stood still.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, get_args, get_type_hints

import msgspec

from edge_agent.config.devices import KG_PER_UNIT, Unit
from edge_agent.readings import Moment, WeightReading, elapsed_s
from edge_agent.roles.station.weigher import Weigher, WeigherSettings, WeigherState
from edge_agent.rules.weighing import Kept
from firmware_bridges.weighbridge import DIALECTS, modbus_registers
from firmware_bridges.weighbridge.indicator import (
    DialectSpec,
    IndicatorSettings,
    IndicatorWeight,
)

MEDIA_TYPE = "application/vnd.edile.alibi+json"
VERSION = 1
LEAD = 3  # frames of the bare deck before the vehicle
MOST_RUNS = 1_500
RUN_GAP_MS = 500  # frames further apart are not one run
UNKNOWN_GAP_MS = 60_000  # across a reboot without a clock
CODECS = {**DIALECTS, modbus_registers.NAME: modbus_registers.SPEC}
MOST_FRAMES = 10_000_000  # of a record that is read; a scale sends a tenth of that in a day


class Run(NamedTuple):
    """Equal frames in a row, evenly spread between their first and last time."""

    first_ms: int
    last_ms: int
    frames: int
    raw: bytes


class Tape(msgspec.Struct):
    """Frames since shortly before the vehicle; grows with each reading. `keep_ms` is the stretch in
    which the weight that counts (known by its `kept_since`) stood still."""

    runs: list[Run] = []
    last: Moment | None = None
    left_out: int = 0
    kept_since: Moment | None = None
    keep_ms: tuple[int, int] = (0, 0)

    def lead_in(self, reading: WeightReading) -> None:
        """A frame of the bare deck: only the last few stay, and time begins with them."""
        at = self._now_ms(reading.moment)
        runs = [*self.runs[1 - LEAD :], Run(at, at, 1, reading.raw)]
        zero = runs[0].first_ms
        self.runs = [Run(r.first_ms - zero, r.last_ms - zero, r.frames, r.raw) for r in runs]
        self.last, self.left_out, self.kept_since = reading.moment, 0, None

    def frame(self, reading: WeightReading, kept: Kept | None) -> None:
        """A frame of the weighing, after which `kept` is the weight that counts."""
        at = self._now_ms(reading.moment)
        tail = self.runs[-1] if self.runs else None
        if tail and tail.raw == reading.raw and at - tail.last_ms <= RUN_GAP_MS:
            self.runs[-1] = Run(tail.first_ms, at, tail.frames + 1, tail.raw)
        else:
            self.runs.append(Run(at, at, 1, reading.raw))
        self.last = reading.moment
        if kept is not None and kept.since != self.kept_since:
            stood_s = elapsed_s(kept.since, reading.moment) or 0.0
            self.kept_since, self.keep_ms = kept.since, (at - round(stood_s * 1000), at)
        if len(self.runs) > MOST_RUNS:
            self._leave_out()

    def _leave_out(self) -> None:
        low, high = self.keep_ms
        for index, run in enumerate(self.runs):
            if self.kept_since is None or run.last_ms < low or run.first_ms > high:
                self.left_out += run.frames
                del self.runs[index]
                return

    def _now_ms(self, now: Moment) -> int:
        if self.last is None or not self.runs:
            return 0
        gap_s = elapsed_s(self.last, now)
        gap_ms = UNKNOWN_GAP_MS if gap_s is None else round(gap_s * 1000)
        return self.runs[-1].last_ms + max(0, gap_ms)


class IndicatorPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """The codec's settings as they were. `more`: those that not every dialect has, by name, where they
    are not the usual; decimals as text."""

    capacity: Decimal | None
    decimals: int | None
    unit: Unit
    data_bits: int
    more: dict[str, bool | int | str] = {}


def indicator_part(dialect: str, settings: Mapping[str, Any]) -> IndicatorPart:
    """What `settings` of the codec a record must carry."""
    usual = {one.name: one.default for one in fields(CODECS[dialect].settings)}
    known = set(IndicatorPart.__struct_fields__)
    rest = {name: value for name, value in settings.items() if name not in known}
    more = {
        name: str(value) if isinstance(value, Decimal) else value
        for name, value in rest.items()
        if value != usual[name]
    }
    return IndicatorPart(**{name: settings[name] for name in known - {"more"}}, more=more)


class Alibi(msgspec.Struct, frozen=True, kw_only=True):
    """One weighing, as evidence. `weight_kg` is what came out; `began` RFC 3339 of time 0's vehicle."""

    alibi: int = VERSION
    ticket_no: str
    weighbridge: str
    began: str
    weight_kg: Decimal
    dialect: str
    indicator: IndicatorPart
    rules: WeigherSettings
    left_out: int
    frames: tuple[tuple[int, int, int, str], ...]


class BadAlibi(Exception):
    """The bytes are no alibi record that this program can judge; the message says why."""


def encode(alibi: Alibi) -> bytes:
    """The same record always gives the same bytes: field order is fixed."""
    return msgspec.json.encode(alibi)


def decode(content: bytes) -> Alibi:
    """BadAlibi when it is none."""
    try:
        alibi = msgspec.json.decode(content, type=Alibi)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadAlibi(f"not an alibi record: {error}") from None
    if alibi.alibi != VERSION:
        raise BadAlibi(f"alibi record of version {alibi.alibi}; this program reads {VERSION}")
    if alibi.dialect not in CODECS:
        raise BadAlibi(f"the indicator's dialect {alibi.dialect!r} is not known here")
    if sum(run[2] for run in alibi.frames) > MOST_FRAMES:
        raise BadAlibi("more frames than any weighing has")
    return alibi


def replay(alibi: Alibi) -> Kept | None:
    """The weight that these bytes give when codec and rules judge them again; None = none stood
    still. BadAlibi when a frame is not one that the codec accepts."""
    weigher, state = Weigher(alibi.rules), WeigherState()
    best: Kept | None = None
    for reading in _readings(alibi):
        state, seen = weigher.step(state, reading)
        ended = seen.swapped or seen.over
        best = ended.kept if ended is not None else state.weighing.kept or best
    return best


def _readings(alibi: Alibi) -> Iterator[WeightReading]:
    dialect, part = CODECS[alibi.dialect], alibi.indicator
    settings = _settings(dialect, part)
    for first_ms, last_ms, count, text in alibi.frames:
        try:
            frame = bytes.fromhex(text)
        except ValueError:
            raise BadAlibi(f"the frame {text!r} is not hexadecimal") from None
        try:
            decoder = dialect.decoder(settings)
        except (ValueError, TypeError) as error:
            raise BadAlibi(f"the codec's settings make no sense: {error}") from None
        answers = decoder.feed(frame) + decoder.flush()
        weight = answers[0] if len(answers) == 1 else None
        if not isinstance(weight, IndicatorWeight):
            raise BadAlibi(f"the frame {text} is not one that {alibi.dialect} accepts")
        step_ms = (last_ms - first_ms) / max(1, count - 1)
        for index in range(count):
            at_ns = round((first_ms + index * step_ms) * 1e6)
            yield WeightReading(
                device=alibi.weighbridge,
                moment=Moment("replay", at_ns, 0, "unset"),
                weight_kg=weight.weight * KG_PER_UNIT[weight.unit or part.unit],
                stable=weight.stable,
                net=weight.net,
                overload=weight.overload,
                underload=weight.underload,
                raw=weight.raw,
            )


def _settings(dialect: DialectSpec, part: IndicatorPart) -> IndicatorSettings:
    kinds = get_type_hints(dialect.settings)
    more: dict[str, Any] = {}
    for name, value in part.more.items():
        if name not in kinds:
            raise BadAlibi(f"the codec has no setting {name!r}")
        try:
            more[name] = Decimal(str(value)) if Decimal in get_args(kinds[name]) else value
        except InvalidOperation:
            raise BadAlibi(f"the setting {name} is {value!r}, no number") from None
    try:
        return dialect.settings(
            capacity=part.capacity,
            decimals=part.decimals,
            unit=part.unit,
            data_bits=8 if part.data_bits == 8 else 7,
            **more,
        )
    except (ValueError, TypeError) as error:
        raise BadAlibi(f"the codec's settings make no sense: {error}") from None
