"""From the ring to a clip: played by OpenCV, and looked at pixel by pixel where it may leave."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.config.devices.camera import CameraConfig, ClipConfig, MaskConfig
from edge_agent.vision.boxes import Box, Found
from edge_agent.vision.clips import ClipRing, fitting
from edge_agent.vision.developing import (
    MOST_WAITING,
    NO_CLIPS,
    NO_ROOM,
    NOTHING_KEPT,
    TRIES,
    Darkroom,
    Negative,
)
from edge_agent.vision.eye import ring_of
from edge_agent.vision.frames import Image
from edge_agent.vision.looking import Models
from edge_agent.vision.words import MAX_BYTES, AskClip, Clip, Heard
from edge_agent.vision.worker import WAITING_BYTES, Outgoing
from tests.edge_agent.vision.street import HIGH, WIDE, Colours, jpeg, street

SECOND = 1_000_000_000
PERSON: Box = (0.4, 0.4, 0.5, 0.8)
BAG: Box = (0.7, 0.7, 0.8, 0.85)
WINDOW = MaskConfig("window", ((0.0, 0.0), (0.25, 0.0), (0.25, 0.3), (0.0, 0.3)))
CLIP = ClipConfig(before_s=5.0, after_s=1.0, leaves=True)
CONFIG = CameraConfig(id="cam-1", source="folder:x", masks=(WINDOW,), clip=CLIP)
ASKED = AskClip(camera="cam-1", key="c-1", begin_ns=0, end_ns=60 * SECOND)
SCENE = street([("person", PERSON), ("bag", BAG)], noise=0)


class Blinking(Colours):
    """Misses everything on each second frame."""

    def find(self, image: Image) -> list[Found]:
        found = super().find(image)
        return [] if len(self.asked) % 2 == 0 else found


def filled(config: CameraConfig, pictures: int = 5, scene: Image = SCENE) -> ClipRing:
    ring = ring_of(config)
    for number in range(pictures):
        ring.put(number * SECOND // 2, jpeg(scene))
    return ring


def developed(
    config: CameraConfig = CONFIG,
    models: Models | None = None,
    ring: ClipRing | None = None,
    in_turn: Callable[[str, Callable[[], None]], object] = lambda _, job: job(),
    detector_s: float = 20.0,
) -> Clip:
    words: list[Heard] = []

    def say(word: Heard) -> bool:
        words.append(word)
        return True

    room = Darkroom(say, in_turn, lambda _: None, detector_s=detector_s)
    ring = filled(config) if ring is None else ring
    models = Models(Colours()) if models is None else models
    assert room.put(Negative(ASKED, ring, config, models))
    room.develop_waiting()
    (word,) = words
    assert isinstance(word, Clip)
    return word


def played(avi: bytes, folder: Path) -> list[Image]:
    file = folder / "clip.avi"
    file.write_bytes(avi)
    capture = cv2.VideoCapture(str(file))
    shown = []
    try:
        while True:
            done, image = capture.read()
            if not done:
                return shown
            shown.append(np.asarray(image, np.uint8))
    finally:
        capture.release()


def part(image: Image, box: Box, inset: float = 0.02) -> Image:
    x1, y1, x2, y2 = box
    rows = slice(round((y1 + inset) * HIGH), round((y2 - inset) * HIGH))
    return image[rows, round((x1 + inset) * WIDE) : round((x2 - inset) * WIDE)]


def difference(one: Image, other: Image, box: Box) -> float:
    return float(np.abs(part(one, box).astype(int) - part(other, box)).mean())


def test_the_original_plays_as_captured_and_is_hashed_before_anything_else(tmp_path: Path) -> None:
    clip = developed()
    assert (clip.frames, clip.begin_ns, clip.end_ns) == (5, 0, 2 * SECOND)
    assert clip.sha256 == hashlib.sha256(clip.original).hexdigest()
    shown = played(clip.original, tmp_path)
    assert len(shown) == 5
    for image in shown:
        assert float(np.abs(image.astype(int) - SCENE).mean()) < 3.0
    assert clip.original.count(jpeg(SCENE)) == 5


def test_in_the_masked_clip_masks_are_black_and_persons_cannot_be_recognised(
    tmp_path: Path,
) -> None:
    """A person covers its box, a window its polygon, on every frame; the thing of interest stays."""
    shape = street([("person", PERSON), ("bag", BAG)], noise=0)
    x1, y1, x2, y2 = (0.42, 0.45, 0.48, 0.75)
    inner = shape[round(y1 * HIGH) : round(y2 * HIGH), round(x1 * WIDE) : round(x2 * WIDE)]
    inner[::2] = 255  # what would be recognised
    clip = developed(ring=filled(CONFIG, scene=shape))
    shown = played(clip.masked, tmp_path)
    assert len(shown) == 5
    for image in shown:
        assert int(part(image, (0.0, 0.0, 0.25, 0.3)).max()) < 24
        assert difference(image, shape, (x1, y1, x2, y2)) > 40.0
        assert difference(image, shape, BAG) < 6.0
    assert jpeg(shape) not in clip.masked


def test_a_person_whom_the_detector_misses_on_one_frame_is_covered_all_the_same(
    tmp_path: Path,
) -> None:
    clip = developed(models=Models(Blinking()))
    shown = played(clip.masked, tmp_path)
    plain = played(developed(replace(CONFIG, bystanders="none")).masked, tmp_path)
    assert len(shown) == len(plain) == 5
    grown: Box = (0.38, 0.38, 0.52, 0.82)
    differ = [difference(one, other, grown) for one, other in zip(shown, plain, strict=True)]
    assert min(differ) > 2.0, differ


def test_without_a_detector_for_persons_everything_is_covered(tmp_path: Path) -> None:
    striped = SCENE.copy()
    striped[100:300:2, 200:400] = 255
    ring = filled(CONFIG, scene=striped)
    for image in played(developed(ring=ring, models=Models(None)).masked, tmp_path):
        assert difference(image, striped, (0.35, 0.3, 0.6, 0.8)) > 40.0


def test_a_frame_that_was_not_looked_at_in_time_is_not_shown(tmp_path: Path) -> None:
    turns: list[str] = []

    def every_second(name: str, job: Callable[[], None]) -> None:
        turns.append(name)
        if len(turns) % 2:
            job()

    clip = developed(in_turn=every_second, detector_s=0.0)
    assert clip.frames == 5
    assert len(played(clip.masked, tmp_path)) == 3
    assert set(turns) == {"clip of cam-1"}


def test_nothing_masked_is_made_where_nothing_may_leave() -> None:
    detector = Colours()
    clip = developed(replace(CONFIG, clip=replace(CLIP, leaves=False)), Models(detector))
    assert (clip.masked, detector.asked) == (b"", [])
    assert clip.original


def test_a_long_clip_is_thinned_out_until_it_fits(tmp_path: Path) -> None:
    frames = tuple((n, bytes(100)) for n in range(10))
    assert [at for at, _ in fitting(frames, 1_000)] == list(range(10))
    assert [at for at, _ in fitting(frames, 999)] == [0, 2, 4, 6, 8]
    assert [at for at, _ in fitting(frames, 100)] == [0]
    assert fitting(frames, 99) == ()
    noisy = np.random.default_rng(3).integers(0, 255, (HIGH, WIDE, 3), np.uint8)
    config = replace(CONFIG, clip=replace(CLIP, mb=1))
    clip = developed(config, ring=filled(config, 8, noisy))
    assert clip.frames < 8
    assert len(clip.original) < 1.1 * 1024 * 1024 > len(clip.masked)
    assert len(played(clip.original, tmp_path)) == clip.frames


@pytest.mark.parametrize(
    ("config", "reason"),
    [(CONFIG, NOTHING_KEPT), (replace(CONFIG, clip=None), NO_CLIPS)],
)
def test_why_there_is_no_clip_is_said(config: CameraConfig, reason: str) -> None:
    clip = developed(config, ring=ring_of(CONFIG))
    assert (clip.frames, clip.reason, clip.original) == (0, reason, b"")


def test_a_camera_without_clips_keeps_nothing_in_memory() -> None:
    assert not ring_of(replace(CONFIG, clip=None)).wants(0)
    assert ring_of(CONFIG).wants(0)


def test_how_many_wait_is_bounded_and_an_agent_that_takes_no_words_is_not_waited_for() -> None:
    pauses: list[float] = []
    said: list[Heard] = []

    def full(word: Heard) -> bool:
        said.append(word)
        return False

    room = Darkroom(full, lambda _, job: job(), pauses.append)
    negative = Negative(ASKED, filled(CONFIG, 1), CONFIG, Models(Colours()))
    assert [room.put(negative) for _ in range(MOST_WAITING + 1)].count(True) == MOST_WAITING
    room.develop(negative)
    assert len(pauses) == TRIES
    last = said[-1]
    assert isinstance(last, Clip)
    assert (last.frames, last.reason) == (0, NO_ROOM)


def test_a_clip_larger_than_all_that_may_wait_goes_out_alone() -> None:
    largest = ClipConfig(mb=24)
    assert 2 * largest.mb * 1024 * 1024 + 1024 * 1024 < MAX_BYTES  # sealed and masked in one word
    word = Clip(camera="cam-1", key="c", frames=1, original=bytes(WAITING_BYTES))
    stream = io.BytesIO()
    outgoing = Outgoing(stream)
    assert outgoing.say(word)
    assert not outgoing.say(Clip(camera="cam-1", key="d", frames=0))
    threading.Thread(target=outgoing.run, daemon=True).start()
    outgoing.drain(20)
    assert len(stream.getvalue()) > WAITING_BYTES
