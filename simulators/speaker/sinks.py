"""What a loudspeaker's electronics answer, and a record of what was said. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from firmware_bridges import dfplayer
from firmware_bridges.dfplayer import PlayerDecoder, PlayerMessage
from simulators.answering_line import TruthLine

FUNCTION_WRITE = 6
FRAME = 8  # bytes of a Modbus write of one register, asked and echoed


class SoundModuleSink:
    """A DFPlayer-type module with so many tracks, each `track_s` long."""

    def __init__(self, tracks: int, track_s: float) -> None:
        self._tracks, self._track_s = tracks, track_s
        self._decoder = PlayerDecoder()
        self._said: list[TruthLine] = []
        self._ends: list[tuple[float, int]] = []

    def hear(self, data: bytes, t: float) -> bytes:
        answers = [self._answer(one, t) for one in self._decoder.feed(data)]
        return b"".join(answers)

    def _answer(self, found: object, t: float) -> bytes:
        if not isinstance(found, PlayerMessage):
            return dfplayer.encode(dfplayer.ERROR, 4)
        wants_answer = bool(found.raw[4])
        if found.command == dfplayer.PLAY and found.value > self._tracks:
            return dfplayer.encode(dfplayer.ERROR, 6)
        if found.command == dfplayer.PLAY:
            self._said.append({"kind": "said", "id": str(found.value)})
            self._ends.append((t + self._track_s, found.value))
        elif found.command == dfplayer.VOLUME:
            self._said.append({"kind": "volume", "id": str(found.value)})
        return dfplayer.encode(dfplayer.ACKNOWLEDGED) if wants_answer else b""

    def news(self, t: float) -> Iterator[TruthLine]:
        said, self._said = self._said, []
        yield from said
        while self._ends and self._ends[0][0] <= t:
            _, track = self._ends.pop(0)
            yield {"kind": "heard-out", "id": str(track)}


class ModbusSink:
    """A Modbus sound module: writing a track into `register` plays it; other registers are refused."""

    def __init__(self, address: int, register: int, tracks: int) -> None:
        self._address, self._register, self._tracks = address, register, tracks
        self._pending = b""
        self._said: list[TruthLine] = []

    def hear(self, data: bytes, _t: float) -> bytes:
        self._pending = (self._pending + data)[-4 * FRAME :]
        answer = b""
        while len(self._pending) >= FRAME:
            frame = self._pending[:FRAME]
            if modbus_crc(frame):
                self._pending = self._pending[1:]
                continue
            self._pending = self._pending[FRAME:]
            answer += self._answer(frame)
        return answer

    def _answer(self, frame: bytes) -> bytes:
        if frame[0] != self._address:
            return b""
        register, track = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[4:6], "big")
        if frame[1] != FUNCTION_WRITE:
            return _exception(frame, 1)
        if register != self._register:
            return _exception(frame, 2)
        if not 1 <= track <= self._tracks:
            return _exception(frame, 3)
        self._said.append({"kind": "said", "id": str(track)})
        return frame

    def news(self, _t: float) -> Iterator[TruthLine]:
        said, self._said = self._said, []
        yield from said


def _exception(frame: bytes, code: int) -> bytes:
    body = bytes((frame[0], frame[1] | 0x80, code))
    return body + modbus_crc(body).to_bytes(2, "little")


def modbus_crc(data: bytes) -> int:
    """CRC-16/MODBUS (MODBUS over Serial Line V1.02, 6.2.2); 0 over a frame with its own CRC."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc
