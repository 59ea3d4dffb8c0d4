"""What a serial receiver makes of bytes sent at another speed or framing. Pure.

A pty has no wires: it carries bytes whatever speed either side has set. This file puts the wire
back: the sender's characters become line levels over time, and a receiver set to 8N1 at its own
speed samples them mid-bit, as a UART does.
"""

from __future__ import annotations

from collections.abc import Iterator

START, STOP, DATA_BITS = 0, 1, 8


def with_parity(data: bytes, framing: str) -> bytes:
    """Seven-bit framings as an eight-bit receiver sees them: the parity bit arrives as bit 7."""
    if framing == "8N1":
        return data
    odd = framing == "7O1"
    return bytes(_seven_bits(byte, odd) for byte in data)


def misread(data: bytes, sent_baud: int, read_baud: int) -> bytes:
    """`data` sent without pauses at one speed, received at another. Same speed: unchanged.

    A character whose stop bit is not there is passed on as it was sampled, which is what a port
    without parity and framing checks does.
    """
    if sent_baud == read_baud:
        return data
    levels = [level for byte in data for level in _character(byte)]
    return bytes(_sampled(levels, sent_baud / read_baud))


def _seven_bits(byte: int, odd: bool) -> int:
    seven = byte & 0x7F
    parity = seven.bit_count() & 1
    return seven | ((parity ^ odd) << 7)


def _character(byte: int) -> Iterator[int]:
    yield START
    for bit in range(DATA_BITS):
        yield byte >> bit & 1
    yield STOP


def _sampled(levels: list[int], sent_bits_per_read_bit: float) -> Iterator[int]:
    """`sent_bits_per_read_bit`: how many sent bits pass during one bit of the receiver."""
    at = 0.0
    while (edge := _falling_edge(levels, at)) is not None:
        byte = 0
        for bit in range(DATA_BITS):
            byte |= _level(levels, edge + (bit + 1.5) * sent_bits_per_read_bit) << bit
        yield byte
        at = edge + (DATA_BITS + 1.5) * sent_bits_per_read_bit


def _falling_edge(levels: list[int], start: float) -> int | None:
    """The next change from idle to low at or after `start`."""
    for index in range(max(0, int(start)), len(levels)):
        before = levels[index - 1] if index else STOP
        if index >= start and before == STOP and levels[index] == START:
            return index
    return None


def _level(levels: list[int], at: float) -> int:
    index = int(at)
    return levels[index] if index < len(levels) else STOP  # the line idles high
