"""Question 6: how fast are the codecs? Each bridge against the line it will ever sit on.

The baseline is arithmetic, not a measurement: 115,200 baud with 10 bits a byte is 11,520 bytes a
second, ten times what a weighbridge uses.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from statistics import median
from time import perf_counter

from benchmarks import q06_terminals
from benchmarks.rows import Row
from firmware_bridges import card_reader
from firmware_bridges.weighbridge import DIALECTS
from firmware_bridges.weighbridge.indicator import Shown

LINE_BYTES_S = 115_200 / 10
LINE = "a line of 115,200 baud"
GOAL = 50.0
CHUNK = 64  # bytes a read gives on a busy port; whole buffers would flatter


def measure(*, quick: bool) -> list[Row]:
    """A row of bytes and a row of frames for each bridge."""
    rows = []
    for name, (stream, frames, make) in _bridges(quick=quick).items():
        seconds = median(_timed(stream, make()) for _ in range(3 if quick else 7))
        bytes_s, ratio = len(stream) / seconds, len(stream) / seconds / LINE_BYTES_S
        rows.append(
            Row(
                question="6 codecs",
                figure=f"{name}, decode",
                ours=bytes_s / 1e6,
                unit="MB/s",
                baseline=LINE_BYTES_S / 1e6,
                baseline_name=LINE,
                ratio=ratio,
                goal=f">= {GOAL:.0f}x the line",
                ok=ratio >= GOAL,
            )
        )
        line_frames_s = LINE_BYTES_S * frames / len(stream)
        rows.append(
            Row(
                question="6 codecs",
                figure=f"{name}, decode",
                ours=frames / seconds,
                unit="frames/s",
                baseline=line_frames_s,
                baseline_name=LINE,
                ratio=frames / seconds / line_frames_s,
                goal=f">= {GOAL:.0f}x the line",
                ok=frames / seconds / line_frames_s >= GOAL,
            )
        )
    return rows + q06_terminals.measure(quick=quick)


Feed = Callable[[bytes], object]


def _bridges(*, quick: bool) -> dict[str, tuple[bytes, int, Callable[[], Feed]]]:
    """By name: a stream, the frames in it, and a fresh decoder's feed."""
    count = 5_000 if quick else 50_000
    spec = DIALECTS["yaohua-tf0"]
    settings = spec.settings(capacity=Decimal(80_000), unit="kg")
    weights = _dialect("yaohua-tf0", count)[0]
    hurt = bytearray(weights)
    for at in range(30, len(hurt), 97):  # a flipped bit in every eighth frame
        hurt[at] ^= 0x10
    cards = b"".join(card_reader.encode(f"{n:010d}") for n in range(count))
    return {
        **{name: _dialect(name, count) for name in DIALECTS},
        "yaohua-tf0, damaged": (bytes(hurt), count, lambda: spec.decoder(settings).feed),
        "card reader": (cards, count, lambda: card_reader.CardReaderDecoder().feed),
    }


def _dialect(name: str, count: int) -> tuple[bytes, int, Callable[[], Feed]]:
    spec = DIALECTS[name]
    settings = spec.settings(capacity=Decimal(80_000), unit="kg")
    stream = b"".join(spec.encode(Shown(Decimal(n * 20 % 80_000))) for n in range(count))
    return stream, count, lambda: spec.decoder(settings).feed


def _timed(stream: bytes, feed: Feed) -> float:
    begin = perf_counter()
    for at in range(0, len(stream), CHUNK):
        feed(stream[at : at + CHUNK])
    return perf_counter() - begin
