"""The two kinds of terminal: what they send, and what they understand of the answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from firmware_bridges import gt06, jt808
from firmware_bridges.jt808 import messages
from firmware_bridges.jt808.bodies import Authentication, Registration, Unknown
from firmware_bridges.jt808.location import bcd_time
from simulators.terminals.mover import Fix


@dataclass(frozen=True, slots=True)
class Report:
    """One position as it will be said. `at`: seconds since 1970. `sos`: the button was pressed; `low`:
    its battery is."""

    terminal: str
    at: int
    fix: Fix
    mileage: int
    sos: bool = False
    low: bool = False


class Heard(NamedTuple):
    """`what`: registered, accepted, refused, acknowledged, text; `serial`: what it answers."""

    what: str
    serial: int = 0
    text: str = ""


class Device(Protocol):
    """`number`: the terminal's own. `answers`: whether positions are acknowledged at all."""

    number: str
    answers: bool

    def hello(self) -> bytes: ...

    def after_registration(self, code: str) -> bytes: ...

    def heartbeat(self) -> bytes: ...

    def reports(self, reports: list[Report], *, live: bool) -> tuple[int, bytes]:
        """(serial that will be answered, bytes)."""
        ...

    def hear(self, data: bytes) -> list[Heard]: ...


class Jt808Device:
    """`version` 2011, 2013 or 2019. A clone has the number and the plate of another, not its code."""

    answers = True

    def __init__(self, number: int, version: int, *, truck: bool) -> None:
        self.number = f"{13_900_000_000 + number}"
        self._version = version
        self._voice = jt808.TerminalVoice(self.number, 2019 if version == 2019 else 2013)
        self._framer = jt808.Framer()
        self._truck = truck
        self._index = number
        self._code: str | None = None

    def hello(self) -> bytes:
        """Registers at first, and says its code from then on."""
        if self._code is not None:
            return self._authentication(self._code)
        plate = f"粤A{self._index % 100_000:05d}" if self._truck else ""
        told = Registration(
            self._version, 44, 111, "EDILE", "SIM", f"{self._index:07d}", int(self._truck), plate
        )
        return _joined(self._voice.registration(told))

    def after_registration(self, code: str) -> bytes:
        self._code = code
        return self._authentication(code)

    def _authentication(self, code: str) -> bytes:
        imei = f"86{self._index:013d}" if self._version == 2019 else None
        return _joined(self._voice.authentication(Authentication(code, imei, "1.0")))

    def heartbeat(self) -> bytes:
        return _joined(self._voice.heartbeat())

    def reports(self, reports: list[Report], *, live: bool) -> tuple[int, bytes]:
        bodies = [self._body(one) for one in reports]
        if live and len(bodies) == 1:
            frames = self._voice.location(bodies[0])
        else:
            frames = self._voice.batch(bodies, blind_spot=not live)
        return frames[0][0], _joined(frames)

    def _body(self, one: Report) -> bytes:
        fix = one.fix
        items = (
            (0x01, one.mileage.to_bytes(4, "big")),
            (0x30, bytes((20,))),
            (0x31, bytes((fix.satellites,))),
        )
        return jt808.location_bytes(
            # JT/T 808-2013 table 24: bit 0 emergency, bit 7 undervoltage of the terminal's power.
            alarm=int(one.sos) | int(one.low) << 7,
            status=(3 if fix.fix else 1) | (0x300 if self._truck and one.mileage % 2 else 0),
            lat=fix.lat,
            lon=fix.lon,
            altitude_m=21,
            speed_kmh=fix.speed_kmh,
            course_deg=fix.course_deg,
            time=bcd_time(one.at),
            items=items,
        )

    def hear(self, data: bytes) -> list[Heard]:
        heard = []
        for frame in self._framer.feed(data):
            found = jt808.parse(frame)
            if isinstance(found, jt808.Message) and isinstance(found.body, Unknown):
                heard += self._answer(found.header.id, found.body.data)
        return heard

    def _answer(self, number: int, body: bytes) -> list[Heard]:
        if number == messages.REGISTRATION_REPLY and len(body) >= 3:
            code = body[3:].decode("gbk", "replace")
            return [Heard("refused" if body[2] else "registered", 0, code)]
        if number == messages.TEXT:
            return [Heard("text", 0, body[1:].decode("gbk", "replace"))]
        if number != messages.PLATFORM_REPLY or len(body) < 5:
            return []
        serial, to, result = body[0] << 8 | body[1], body[2] << 8 | body[3], body[4]
        if to == messages.AUTHENTICATION:
            return [Heard("refused" if result else "accepted", serial)]
        return [] if result else [Heard("acknowledged", serial)]


class Gt06Device:
    """Its positions get no answer in this protocol; logins and heartbeats do."""

    answers = False

    def __init__(self, number: int) -> None:
        self.number = f"{860_000_000_000_000 + number}"
        self._voice = gt06.Gt06Voice(self.number)
        self._framer = gt06.Framer()

    def hello(self) -> bytes:
        return self._voice.login()[1]

    def after_registration(self, code: str) -> bytes:
        raise AssertionError(f"GT06 knows no registration, so no code {code}")

    def heartbeat(self) -> bytes:
        return self._voice.heartbeat()[1]

    def reports(self, reports: list[Report], *, live: bool) -> tuple[int, bytes]:
        said = [self._say(one, live=live) for one in reports]
        return said[-1][0], b"".join(frame for _, frame in said)

    def _say(self, one: Report, *, live: bool) -> tuple[int, bytes]:
        when = datetime.fromtimestamp(one.at, UTC)
        fix = one.fix
        content = gt06.gps_bytes(
            time=(when.year - 2000, when.month, when.day, when.hour, when.minute, when.second),
            lat=fix.lat,
            lon=fix.lon,
            speed_kmh=round(fix.speed_kmh),
            course_deg=fix.course_deg,
            fix=fix.fix,
            live=live,
            satellites=fix.satellites,
        )
        return self._voice.alarm(content, "sos") if one.sos else self._voice.location(content)

    def hear(self, data: bytes) -> list[Heard]:
        heard = []
        for frame in self._framer.feed(data):
            found = gt06.parse(frame)
            if isinstance(found, gt06.Packet):
                login = found.type == 0x01
                heard.append(Heard("accepted" if login else "acknowledged", found.serial or 0))
        return heard


def _joined(frames: list[tuple[int, bytes]]) -> bytes:
    return b"".join(frame for _, frame in frames)
