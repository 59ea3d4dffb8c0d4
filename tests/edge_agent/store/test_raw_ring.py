"""The raw ring: bounded in bytes and hours, whole lines only, oldest first out."""

from __future__ import annotations

import json
from pathlib import Path

from edge_agent.store.raw_ring import SEGMENT_BYTES, RawRing, export, segments
from tests.edge_agent.store.stores import NOW


def test_what_went_in_comes_out_in_order_with_its_time(tmp_path: Path) -> None:
    ring = RawRing(tmp_path)
    for n in range(3):
        ring.append("wb-1", NOW, bytes([2, n, 3]))
    ring.append("rd-1", NOW, b"\xff")
    lines = [json.loads(line) for line in export(tmp_path, device="wb-1")]
    assert [line["raw"] for line in lines] == ["020003", "020103", "020203"]
    assert lines[0]["time"] == "2026-09-21T14:13:20.000Z"
    assert len(list(export(tmp_path))) == 4


def test_the_ring_keeps_to_its_bytes_and_drops_the_oldest(tmp_path: Path) -> None:
    ring = RawRing(tmp_path, max_bytes=3 * SEGMENT_BYTES)
    block = bytes(200_000)
    for n in range(30):
        ring.append(f"d{n}", NOW, block)
    held = sum(path.stat().st_size for path in segments(tmp_path))
    assert SEGMENT_BYTES < held <= 3 * SEGMENT_BYTES
    devices = [json.loads(line)["device"] for line in export(tmp_path)]
    assert devices == [f"d{n}" for n in range(30 - len(devices), 30)]


def test_a_line_torn_by_a_cut_is_left_out_and_the_next_start_goes_on(tmp_path: Path) -> None:
    RawRing(tmp_path).append("a", NOW, b"1")
    (path,) = segments(tmp_path)
    with path.open("ab") as out:
        out.write(b'["a","boot')
    RawRing(tmp_path).append("b", NOW, b"2")
    assert [json.loads(line)["device"] for line in export(tmp_path)] == ["a", "b"]


def test_shedding_gives_the_oldest_first_and_says_how_much(tmp_path: Path) -> None:
    ring = RawRing(tmp_path)
    for n in range(12):
        ring.append(f"d{n}", NOW, bytes(200_000))
    before = len(segments(tmp_path))
    count, size = ring.shed(1)
    assert (count, len(segments(tmp_path))) == (1, before - 1)
    assert size > 400_000
    assert ring.shed(10**9)[0] == before - 1
    assert ring.shed(10**9) == (0, 0)
    ring.append("after", NOW, b"x")
    assert [json.loads(line)["device"] for line in export(tmp_path)] == ["after"]


def test_an_empty_segment_of_a_full_disk_is_not_told_as_lost(tmp_path: Path) -> None:
    RawRing(tmp_path).append("a", NOW, b"1")
    (path,) = segments(tmp_path)
    path.write_bytes(b"")
    assert RawRing(tmp_path).shed(1) == (0, 0)
    assert segments(tmp_path) == []
