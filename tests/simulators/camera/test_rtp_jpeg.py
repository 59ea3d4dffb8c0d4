"""RTP payloads against the layout of RFC 2435, read back field by field."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from simulators.camera.rtp_jpeg import NotSendable, packets, parts


def picture(
    quality: int = 80, size: tuple[int, int] = (64, 48), chroma: int | None = None
) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    how = [cv2.IMWRITE_JPEG_QUALITY, quality]
    how += [] if chroma is None else [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, chroma]
    return cv2.imencode(".jpg", noise, how)[1].tobytes()


@pytest.mark.parametrize("quality", [10, 50, 95])
def test_the_fields_stand_where_the_document_puts_them(quality: int) -> None:
    jpeg = picture(quality, (320, 240))
    made = packets(parts(jpeg), 65534, 2**32 + 90_000)
    assert len(made) > 1
    scan, offset = b"", 0
    for at, packet in enumerate(made):
        assert packet[0] == 0x80  # version 2
        assert packet[1] == (26 | (0x80 if at == len(made) - 1 else 0))
        assert int.from_bytes(packet[2:4]) == (65534 + at) % 65536
        assert int.from_bytes(packet[4:8]) == 90_000
        assert packet[12] == 0  # type-specific
        assert int.from_bytes(packet[13:16]) == offset
        assert tuple(packet[16:20]) == (1, 255, 40, 30)  # 4:2:0, tables in-band, pixels in eights
        body = packet[20:]
        if at == 0:
            assert body[:4] == b"\x00\x00\x00\x80"  # two tables of 64 bytes
            assert all(body[4:][k : k + 64] in jpeg for k in (0, 64))
            body = body[132:]
        scan, offset = scan + body, offset + len(body)
        assert len(packet) < 1_600
    assert jpeg.endswith(scan + b"\xff\xd9")


def test_two_colour_samplings_are_told_apart() -> None:
    assert parts(picture(chroma=cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420)).type == 1
    assert parts(picture(chroma=cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)).type == 0


@pytest.mark.parametrize(
    "jpeg",
    [
        b"",
        b"GIF89a",
        picture()[:200],
        picture(size=(60, 48)),
        picture(chroma=cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444),
        cv2.imencode(".jpg", np.zeros((48, 64), np.uint8))[1].tobytes(),
    ],
)
def test_what_the_format_has_no_words_for_is_refused(jpeg: bytes) -> None:
    with pytest.raises(NotSendable):
        parts(jpeg)
