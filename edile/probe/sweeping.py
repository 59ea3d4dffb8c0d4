"""Listening on one port at one speed after the other. Sends nothing, unless it is told to ask; then
only questions for the weight, never zero, tare or a setting.
"""

from __future__ import annotations

import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import serial

from edge_agent.errors import DeviceUnreachable
from edge_agent.transports.serial_port import reason_of
from edile.probe.judging import CONVINCING, is_convincing
from edile.probe.recognising import Candidate, Dialects, Framing, Hearing, candidates

# The speeds indicators are delivered with come first.
BAUDS = (9600, 4800, 2400, 1200, 19_200, 600, 38_400, 57_600, 115_200, 300)
# Seven bits with parity are as long as eight without: a port set to 8N1 hears both.
LONGER: tuple[Framing, ...] = ("8E1", "8O1")
SILENT_SETTINGS = 4  # a line on which nothing was heard at so many speeds is silent at all of them
READ_S = 0.05

Hear = Callable[[serial.Serial, float], bytes]
Told = Callable[[Hearing, Sequence[Candidate]], None]


@dataclass(frozen=True, slots=True)
class Sweep:
    """`seconds` at each setting; `hear` reads for so long; `told` is called after each."""

    port: str
    seconds: float
    dialects: Dialects
    hear: Hear
    told: Told
    bauds: Sequence[int] = BAUDS
    ask: bool = False

    def listen(self) -> list[Hearing]:
        """Until something convinces, or every setting was tried. DeviceUnreachable when the port
        cannot be opened or goes away."""
        heard: list[Hearing] = []
        with self._open() as port:
            for hearing in self._hearings(port, heard):
                heard.append(hearing)
                found = candidates(hearing, self.dialects)
                self.told(hearing, found)
                if is_convincing(found):
                    break
        return heard

    def _hearings(self, port: serial.Serial, heard: Sequence[Hearing]) -> Iterator[Hearing]:
        yield from self._listened(port, "8N1", self.bauds[:SILENT_SETTINGS])
        if any(one.data for one in heard):
            yield from self._listened(port, "8N1", self.bauds[SILENT_SETTINGS:])
            for framing in LONGER:
                yield from self._listened(port, framing, self.bauds)
        if self.ask:
            for baud in self.bauds:
                yield from self._asked(port, baud)

    def _asked(self, port: serial.Serial, baud: int) -> Iterator[Hearing]:
        """Each question by itself, so that its answer is known to be its own."""
        for name, spec in self.dialects.items():
            if spec.poll is not None and _set(port, baud, "8N1"):
                question, part_s = spec.poll(spec.settings()), self.seconds / CONVINCING
                heard = [self._take(port, part_s, question) for _ in range(CONVINCING)]
                yield Hearing(b"".join(heard), self.seconds, baud, asked=name)

    def _listened(
        self, port: serial.Serial, framing: Framing, bauds: Sequence[int]
    ) -> Iterator[Hearing]:
        for baud in bauds:
            if _set(port, baud, framing):
                yield Hearing(self._take(port, self.seconds), self.seconds, baud, framing)

    def _take(self, port: serial.Serial, seconds: float, question: bytes = b"") -> bytes:
        try:
            port.reset_input_buffer()
            if question:
                port.write(question)
            return self.hear(port, seconds)
        except (serial.SerialException, OSError, termios.error) as error:
            raise DeviceUnreachable(f"{self.port}: {reason_of(error)}") from error

    def _open(self) -> serial.Serial:
        try:
            return serial.Serial(self.port, self.bauds[0], timeout=READ_S, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise DeviceUnreachable(f"{self.port}: {reason_of(error)}") from error


def _set(port: serial.Serial, baud: int, framing: Framing) -> bool:
    """False where the port cannot be set so: a pty has no parity, an adapter not every speed."""
    try:
        port.apply_settings({"baudrate": baud, "parity": framing[1]})
    except (serial.SerialException, ValueError, OSError, termios.error):
        port.apply_settings({"baudrate": BAUDS[0], "parity": "N"})
        return False
    return True


def hear(port: serial.Serial, seconds: float) -> bytes:
    """Everything that comes within `seconds`."""
    heard, end = bytearray(), time.monotonic() + seconds
    while time.monotonic() < end:
        heard += port.read(max(1, port.in_waiting))
    return bytes(heard)
