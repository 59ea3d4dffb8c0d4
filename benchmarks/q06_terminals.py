"""Question 6, terminals: how many positions a second one core reads, from bytes to degrees and UTC.

The baseline is arithmetic: 10,000 terminals that report every 10 s are 1,000 positions a second.
"""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.rows import Row
from firmware_bridges import gt06, jt808
from firmware_bridges.gt06.packets import Located
from firmware_bridges.jt808.location import Location, bcd_time

if TYPE_CHECKING:
    from collections.abc import Callable

FLEET_S = 1_000.0
GOAL_S = 40_000.0
CHUNK = 1_400  # bytes: one segment of TCP
NOW = 1_790_000_000


def measure(*, quick: bool) -> list[Row]:
    count = 4_000 if quick else 40_000
    rounds = 3 if quick else 7
    return [
        _row("JT/T 808 location, decode", _jt808_stream(count), _read_jt808, count, rounds, GOAL_S),
        _row("GT06 location, decode", _gt06_stream(count), _read_gt06, count, rounds, None),
    ]


def _row(
    figure: str,
    stream: bytes,
    read: Callable[[bytes], int],
    count: int,
    rounds: int,
    goal_s: float | None,
) -> Row:
    ours = count / median(_timed(stream, read, count) for _ in range(rounds))
    return Row(
        question="6 codecs",
        figure=figure,
        ours=ours,
        unit="positions/s",
        baseline=FLEET_S,
        baseline_name="10,000 terminals, 1 report / 10 s",
        ratio=ours / FLEET_S,
        goal="report" if goal_s is None else f">= {goal_s:,.0f}/s",
        ok=None if goal_s is None else ours >= goal_s,
    )


def _timed(stream: bytes, read: Callable[[bytes], int], count: int) -> float:
    begin = perf_counter()
    found = read(stream)
    took_s = perf_counter() - begin
    if found != count:
        raise RuntimeError(f"{found} of {count} positions were read")
    return took_s


def _jt808_stream(count: int) -> bytes:
    voices = [jt808.TerminalVoice(f"{13_900_000_000 + n}", (2013, 2019)[n % 2]) for n in range(50)]
    frames = []
    for n in range(count):
        body = jt808.location_bytes(
            alarm=0,
            status=0x000C0003,
            lat=23.1 + n % 1000 * 1e-5,
            lon=113.2 + n % 997 * 1e-5,
            altitude_m=20,
            speed_kmh=n % 60,
            course_deg=n % 360,
            time=bcd_time(NOW + n),
            items=((1, n.to_bytes(4, "big")), (0x30, b"\x1f"), (0x31, b"\x0c")),
        )
        frames += [frame for _, frame in voices[n % 50].location(body)]
    return b"".join(frames)


def _read_jt808(stream: bytes) -> int:
    framer, found = jt808.Framer(), 0
    for at in range(0, len(stream), CHUNK):
        for frame in framer.feed(stream[at : at + CHUNK]):
            message = jt808.parse(frame)
            if isinstance(message, jt808.Message) and isinstance(message.body, Location):
                where = message.body
                found += where.lat is not None and where.lon is not None and bool(where.utc_s())
    return found


def _gt06_stream(count: int) -> bytes:
    voice = gt06.Gt06Voice("860000000000001")
    frames = []
    for n in range(count):
        content = gt06.gps_bytes(
            time=(26, 11, 21, n // 3600 % 24, n // 60 % 60, n % 60),
            lat=23.1 + n % 1000 * 1e-5,
            lon=113.2,
            speed_kmh=n % 60,
            course_deg=n % 360,
            fix=True,
            live=True,
            satellites=9,
        )
        frames.append(voice.location(content)[1])
    return b"".join(frames)


def _read_gt06(stream: bytes) -> int:
    framer, found = gt06.Framer(), 0
    for at in range(0, len(stream), CHUNK):
        for frame in framer.feed(stream[at : at + CHUNK]):
            packet = gt06.parse(frame)
            body = gt06.understand(packet) if isinstance(packet, gt06.Packet) else None
            found += isinstance(body, Located) and body.fix is not None
    return found
