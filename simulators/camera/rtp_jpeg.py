"""A JPEG picture as RTP packets (RFC 2435, RTP Payload Format for JPEG-compressed Video). Pure.

Baseline JPEG with the usual Huffman tables and 4:2:0 or 4:2:2 colour, as OpenCV writes it; the
quantisation tables travel in-band (Q = 255, section 3.1.8).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

PAYLOAD_TYPE = 26  # RFC 3551, table 5
CLOCK_HZ = 90_000
MOST_BYTES = 1_400  # of scan data in a packet
SSRC = 0x0ED11E


class NotSendable(ValueError):
    """A JPEG that this payload format has no words for."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Of a JPEG file: `type` 0 for 4:2:2 and 1 for 4:2:0 (section 4.1), pixels, tables one after another,
    entropy-coded scan."""

    type: int
    width: int
    height: int
    tables: bytes
    scan: bytes


def parts(jpeg: bytes) -> Parts:
    """Raises NotSendable."""
    at, tables, frame = 2, dict[int, bytes](), None
    if jpeg[:2] != b"\xff\xd8":
        raise NotSendable("expected a JPEG file")
    while at + 4 <= len(jpeg):
        mark, length = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        body = jpeg[at + 4 : at + 2 + length]
        if mark == 0xDB:
            for start in range(0, len(body), 65):
                tables[body[start] & 15] = body[start + 1 : start + 65]
        elif mark == 0xC0:
            frame = body
        elif mark == 0xDA and frame is not None:
            height, width = struct.unpack(">HH", frame[1:5])
            kind = {0x21: 0, 0x22: 1}.get(frame[7])
            if (
                kind is None
                or frame[5] != 3
                or width % 8
                or height % 8
                or max(width, height) > 2040
            ):
                raise NotSendable(
                    "expected 4:2:0 or 4:2:2 colour and sides that are multiples of 8"
                )
            scan = jpeg[at + 2 + length :].removesuffix(b"\xff\xd9")
            return Parts(kind, width, height, b"".join(tables[k] for k in sorted(tables)[:2]), scan)
        at += 2 + length
    raise NotSendable("expected a baseline JPEG with a scan")


def packets(picture: Parts, sequence: int, timestamp: int) -> list[bytes]:
    """The last one carries the marker."""
    made, offset = list[bytes](), 0
    while offset < len(picture.scan):
        piece = picture.scan[offset : offset + MOST_BYTES]
        last = offset + len(piece) >= len(picture.scan)
        head = struct.pack(
            ">BBHII", 0x80, PAYLOAD_TYPE | (0x80 if last else 0), (sequence + len(made)) & 0xFFFF,
            timestamp & 0xFFFFFFFF, SSRC,
        )  # fmt: skip
        where = struct.pack(">I", offset)  # type-specific 0, then 24 bits of offset
        main = where + bytes((picture.type, 255, picture.width // 8, picture.height // 8))
        quantised = (
            struct.pack(">BBH", 0, 0, len(picture.tables)) + picture.tables if not offset else b""
        )
        made.append(head + main + quantised + piece)
        offset += len(piece)
    return made
