"""Texts of JT/T 808 are GBK. What is no GBK is shown as a replacement character; the bytes themselves
stay in the frame."""

from __future__ import annotations


def text_of(data: bytes) -> str:
    """Without the NULs that fill fixed fields."""
    return data.rstrip(b"\x00").decode("gbk", "replace")


def padded(text: str, size: int) -> bytes:
    """ValueError when it does not fit."""
    data = text.encode("gbk")
    if len(data) > size:
        raise ValueError(f"{text!r} needs {len(data)} bytes, there are {size}")
    return data.ljust(size, b"\x00")
