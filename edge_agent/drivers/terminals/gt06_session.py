"""A GT06 terminal's conversation: login and heartbeat are answered before anything is decoded, because
a terminal that waits for 5 s hangs up or starts again; positions have no answer in most models, and
where they have one (alarms) it comes once they are kept.
"""

from __future__ import annotations

from datetime import UTC, datetime

from edge_agent.drivers.terminals.session import Line, Post
from edge_agent.drivers.terminals.trust import Seen
from edge_agent.errors import DeviceRefused
from edge_agent.readings import Moment, PositionReading
from firmware_bridges.gt06 import (
    Framer,
    Located,
    Login,
    Neighbours,
    Packet,
    Refused,
    Status,
    ack,
    command,
    parse,
    time_reply,
    understand,
)
from firmware_bridges.gt06.packets import HEARTBEAT, HEARTBEAT_LONG, LOGIN, TIME_REQUEST
from firmware_bridges.jt808 import Model

LOW_VOLTAGE = 2  # of 6: "low battery" in the protocol's table of voltages
_AT_ONCE = frozenset((LOGIN, HEARTBEAT, HEARTBEAT_LONG))


class Gt06Session:
    """`zone_s`: the terminal's clock, where the roster or its login says so (default UTC)."""

    def __init__(self, post: Post, line: Line) -> None:
        self.terminal: str | None = None
        self.doubted = False
        self.zone_s: int | None = None
        self.model: Model | None = None
        self.frames = self.takeovers = 0
        self.takeovers_s = 0.0
        self.line = line
        self._post, self._send = post, line.send
        self._framer = Framer()
        self._serial = 0
        self._battery: float | None = None

    def receive(self, data: bytes, now_s: float) -> None:  # noqa: ARG002 - as every session's
        moment = self._post.clock.moment()
        for frame in self._framer.feed(data):
            found = parse(frame)
            if isinstance(found, Refused):
                self._post.count(f"refused.{found.reason}")
                continue
            self._post.count("frames")
            self.frames += 1
            if found.type in _AT_ONCE:
                self._send(ack(found))
            self._packet(found, moment)

    def tick(self, now_s: float) -> None:
        """Nothing is awaited."""

    def ended(self) -> None:
        """Nothing is held."""

    def say(self, text: str) -> None:
        """Sends a command in the terminal's own words; GT06 knows no voice."""
        if self.terminal is None:
            raise DeviceRefused("the terminal has not logged in")
        self._serial = self._serial + 1 & 0xFFFF
        self._send(command(text, self._serial))

    def _packet(self, found: Packet, moment: Moment) -> None:
        if found.type == TIME_REQUEST:
            now = datetime.fromtimestamp(moment.utc_ns / 1e9, UTC)
            told = (now.year - 2000, now.month, now.day, now.hour, now.minute, now.second)
            self._send(time_reply(found, told))
            return
        body = understand(found, self.zone_s or 0)
        if body is None:
            self._post.count("refused.body")
        elif isinstance(body, Login):
            self._login(body)
        elif self.terminal is None:
            self._post.count("refused.unauthenticated")
        elif isinstance(body, Status):
            self._battery = _charge(body)
        elif isinstance(body, Located):
            self._located(found, body, moment)
        elif not isinstance(body, Neighbours):
            self._post.count(f"unknown.{found.type:02X}")

    def _login(self, body: Login) -> None:
        seen = Seen(imei=body.terminal, network=self.line.network)
        if self.terminal is not None and self.terminal != body.terminal:
            self._post.count("refused.identity")
            self.line.hang_up("a second terminal's number on one connection")
            return
        if not self._post.introduce(self, body.terminal, seen):
            self.line.hang_up("not in the roster")
            return
        self.terminal = body.terminal
        if self.zone_s is None:
            self.zone_s = body.zone_s

    def _located(self, found: Packet, body: Located, moment: Moment) -> None:
        status, fix = body.status, body.fix
        if status is not None:
            self._battery = _charge(status)
        alarm = status.alarm_name if status is not None else None
        low = self._battery is not None and self._battery <= LOW_VOLTAGE / 6 * 100
        there = fix is not None and fix.lat is not None and fix.lon is not None
        reading = PositionReading(
            device=self._post.device,
            moment=moment,
            terminal=self.terminal or "",
            at_ns=None if fix is None or fix.utc_s is None else fix.utc_s * 1_000_000_000,
            lon=fix.lon if fix and there else None,
            lat=fix.lat if fix and there else None,
            fix=fix.fix if fix else False,
            live=fix.live if fix else True,
            speed_kmh=float(fix.speed_kmh) if fix else None,
            course_deg=float(fix.course_deg) if fix else None,
            satellites=fix.satellites if fix else None,
            battery=self._battery,
            flags=tuple(name for name in (alarm, "low-battery" if low else None) if name),
            raw=bytes((found.type,)) + found.content,  # its serial is another when it is sent again
        )
        answered = found.name == "alarm" and found.serial is not None
        self._post.keep(self, [reading], lambda: self._send(ack(found)) if answered else None)


def _charge(status: Status) -> float | None:
    """Per cent, from the six steps or the per cent that models send."""
    if status.voltage is None:
        return None
    percent = status.voltage / 6 * 100 if status.voltage <= 6 else min(status.voltage, 100)
    return round(percent, 1)
