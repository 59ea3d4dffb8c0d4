"""A JT/T 808 terminal's conversation: every message is answered, positions only once they are kept."""

from __future__ import annotations

from functools import lru_cache

from edge_agent.drivers.terminals.session import Line, Post
from edge_agent.drivers.terminals.trust import Seen
from edge_agent.errors import DeviceRefused
from edge_agent.readings import Moment, PositionReading
from firmware_bridges.jt808 import Framer, Message, Model, Reassembler, Refused, parse, with_body
from firmware_bridges.jt808.bits import alarm_names, status_names
from firmware_bridges.jt808.bodies import Authentication, Batch, Registration, Unknown
from firmware_bridges.jt808.header import Header
from firmware_bridges.jt808.location import GMT8_S, Location, bcd_time
from firmware_bridges.jt808.messages import (
    ATTRIBUTES,
    AUTHENTICATION,
    BATCH,
    GENERAL_REPLY,
    HEARTBEAT,
    LOCATION,
    LOGOUT,
    REGISTRATION,
)
from firmware_bridges.jt808.replies import (
    FAILED,
    NO_TERMINAL,
    OK,
    UNSUPPORTED,
    WRONG,
    general_reply,
    registration_reply,
    resend_request,
    text_message,
    time_reply,
)

TIME_QUERY = 0x0004
SATELLITES = 0x31
ASK_AGAIN_S = 5.0  # after the last part of a message whose others lack
_TAKEN = frozenset((HEARTBEAT, LOGOUT, ATTRIBUTES, 0x0702, 0x0900, 0x0104, 0x0201))


@lru_cache(maxsize=1_024)
def _flags(alarm: int, status: int) -> tuple[str, ...]:
    """Most terminals say one of a few for days."""
    return (*alarm_names(alarm), *(name for name in status_names(status) if name != "fix"))


class Jt808Session:
    """`authentication`: whether positions need it."""

    def __init__(self, post: Post, line: Line, *, authentication: bool) -> None:
        self.terminal: str | None = None
        self.doubted = False
        self.zone_s: int | None = None
        self.model: Model | None = None
        self.frames = self.takeovers = 0
        self.takeovers_s = 0.0
        self.line = line
        self._post, self._send = post, line.send
        self._authentication = authentication
        self._trusted = not authentication
        self._framer, self._parts = Framer(), Reassembler()
        self._device: str | None = None
        self._serial = self._held = 0
        self._last: Header | None = None
        self._asked_s = 0.0

    def receive(self, data: bytes, now_s: float) -> None:
        moment = self._post.clock.moment()
        for frame in self._framer.feed(data):
            self._one(parse(frame), moment, now_s)

    def ended(self) -> None:
        self._release()

    def tick(self, now_s: float) -> None:
        """Asks again for parts that did not come."""
        if not self._held or self._last is None or now_s - self._asked_s < ASK_AGAIN_S:
            return
        self._parts.expire(now_s)
        self._count_held()
        for one in self._parts.missing():
            self._asked_s = now_s
            indexes = one.indexes[:125]
            self._send(resend_request(self._last, one.first_serial, indexes, self._next()))

    def say(self, text: str) -> None:
        """DeviceRefused when it cannot be said to this terminal."""
        if self._last is None:
            raise DeviceRefused(f"terminal {self.terminal} has not said anything yet")
        try:
            self._send(text_message(self._last, text, self._next()))
        except ValueError as error:
            raise DeviceRefused(str(error)) from None

    def _one(self, found: Message | Refused, moment: Moment, now_s: float) -> None:
        if isinstance(found, Refused):
            self._post.count(f"refused.{found.reason}")
            if found.header is not None and self._is_mine(found.header):
                self._reply(found.header, WRONG)
            return
        self._post.count("frames")
        self.frames += 1
        header = found.header
        if not self._is_mine(header):
            return
        self._last = header
        if header.parts > 1 and isinstance(found.body, Unknown):
            self._part(found, found.body, moment, now_s)
        else:
            self._message(found, moment)

    def _part(self, found: Message, body: Unknown, moment: Moment, now_s: float) -> None:
        if not self._trusted:
            self._post.count("refused.unauthenticated")
            self._reply(found.header, FAILED)
            return
        self._asked_s = now_s
        whole = self._parts.add(found.header, body.data, now_s)
        self._count_held()
        if whole is None:
            return
        joined = with_body(whole.header, whole.body, found.raw)
        if isinstance(joined, Refused):
            self._post.count(f"refused.{joined.reason}")
            self._reply(whole.header, WRONG)
        else:
            self._message(joined, moment)

    def _count_held(self) -> None:
        """All connections together may hold so much: who comes when that is full begins again."""
        more = self._parts.held_bytes - self._held
        if self._post.hold(more):
            self._held += more
        else:
            self._release()

    def _release(self) -> None:
        self._post.hold(-self._held)
        self._parts, self._held = Reassembler(), 0

    def _is_mine(self, header: Header) -> bool:
        """One connection, one terminal: a second identity ends it."""
        if self.terminal is not None and header.terminal != self.terminal:
            self._post.count("refused.identity")
            self.line.hang_up("a second terminal's number on one connection")
            return False
        return True

    def _message(self, found: Message, moment: Moment) -> None:
        header, body = found.header, found.body
        if header.id == REGISTRATION and isinstance(body, Registration):
            self._register(header, body)
        elif header.id == AUTHENTICATION and isinstance(body, Authentication):
            self._authenticate(header, body)
        elif isinstance(body, Location) and header.id == LOCATION:
            self._locations(header, [body], moment, live=True)
        elif isinstance(body, Batch) and header.id == BATCH:
            self._post.count("refused.body", len(body.bad))
            good = [one for one in body.locations if one is not None]
            self._locations(header, good, moment, live=not body.blind_spot)
        elif header.id == TIME_QUERY:
            self._send(time_reply(header, bcd_time(moment.utc_ns // 10**9, 0), self._next()))
        elif header.id != GENERAL_REPLY:
            taken = header.id in _TAKEN
            if not taken:
                self._post.count(f"unknown.{header.id:04X}")
            self._reply(header, OK if taken else UNSUPPORTED)
            if header.id == LOGOUT:
                self._trusted = not self._authentication

    def _register(self, header: Header, body: Registration) -> None:
        self._device = f"{body.maker}/{body.model}/{body.device}"
        if not self._introduce(header, Seen(device=self._device, network=self.line.network)):
            self._send(registration_reply(header, NO_TERMINAL, self._next()))
            self.line.hang_up("not in the roster")
            return
        code = self._post.mint(self, header.terminal)
        self._send(registration_reply(header, OK, self._next(), code))

    def _authenticate(self, header: Header, body: Authentication) -> None:
        seen = Seen(body.code, self._device, body.imei, self.line.network)
        if not self._introduce(header, seen):
            self._reply(header, FAILED)
            self.line.hang_up("not in the roster")
            return
        self._trusted = True
        self._reply(header, OK)

    def _introduce(self, header: Header, seen: Seen) -> bool:
        accepted = self._post.introduce(self, header.terminal, seen)
        if accepted:
            self.terminal = header.terminal
        return accepted

    def _locations(
        self, header: Header, found: list[Location], moment: Moment, *, live: bool
    ) -> None:
        if not self._trusted:
            self._post.count("refused.unauthenticated", len(found) or 1)
            self._reply(header, FAILED)
            return
        if self.terminal is None and not self._introduce(header, Seen(network=self.line.network)):
            self._reply(header, FAILED)
            self.line.hang_up("not in the roster")
            return
        positions = [self._reading(header, one, moment, live=live) for one in found]
        self._post.keep(self, positions, lambda: self._reply(header, OK))

    def _reading(
        self, header: Header, where: Location, moment: Moment, *, live: bool
    ) -> PositionReading:
        at = where.utc_s(GMT8_S if self.zone_s is None else self.zone_s)
        lat, lon = where.lat, where.lon
        there = lat is not None and lon is not None
        values = {"load": where.load}
        if self.model is not None:
            values |= self.model.values(where.items)
        sky = next((data[0] for number, data in where.items if number == SATELLITES and data), None)
        return PositionReading(
            device=self._post.device,
            moment=moment,
            terminal=header.terminal,
            at_ns=None if at is None else at * 1_000_000_000,
            lon=lon if there else None,
            lat=lat if there else None,
            fix=where.fix,
            live=live,
            speed_kmh=where.speed_kmh,
            course_deg=float(where.course_deg),
            altitude_m=float(where.altitude_m),
            satellites=sky,
            battery=_percent(values.get("battery")),
            flags=_flags(where.alarm, where.status),
            values=values,
            raw=where.raw,
        )

    def _reply(self, header: Header, result: int) -> None:
        self._send(general_reply(header, result, self._next()))

    def _next(self) -> int:
        self._serial = self._serial + 1 & 0xFFFF
        return self._serial


def _percent(text: str | None) -> float | None:
    """A model's item `battery`, where it is a number."""
    try:
        value = None if text is None else float(text)
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 100 else None
