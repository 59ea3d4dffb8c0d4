"""The vision process in one thread: what is opened, kept, given and dropped."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge_agent.config.devices.camera import CameraConfig, ClipConfig, MaskConfig, ViewConfig
from edge_agent.errors import ModelRefused
from edge_agent.vision.frames import Frame, Image
from edge_agent.vision.opening import open_one
from edge_agent.vision.references import References, shape_mark
from edge_agent.vision.shelf import OpenedModel, Shelf
from edge_agent.vision.sources.port import Pace, SourceLost
from edge_agent.vision.words import (
    Alive,
    AskClip,
    AskLook,
    AskReference,
    Clip,
    Close,
    Counts,
    Heard,
    Learned,
    Looked,
    Lost,
    Open,
    Opened,
    Referred,
    Seen,
    heard,
    length_of,
)
from edge_agent.vision.worker import STUCK_CODE, STUCK_S, WAITING_WORDS, Outgoing, Worker
from tests.edge_agent.vision.street import grey, jpeg, open_colours, street
from tests.fakes.tflite_files import constant_model, written

SECOND = 1_000_000_000
QUICK = ViewConfig(settle_s=1.0)
CLIP = ClipConfig(before_s=20.0, fps=5.0, leaves=True)
CONFIG = CameraConfig(id="cam-1", source="folder:x", detector="colours", paced=False, clip=CLIP)
PICTURES = [jpeg(street([("bag", (0.4, 0.7, 0.5, 0.85))], seed=number)) for number in range(12)]


class ListedSource:
    """Gives its pictures once, then waits until the camera is closed, or fails."""

    skipped = refused = 0

    def __init__(self, pace: Pace, *, fails: bool) -> None:
        self._pace, self._fails = pace, fails
        self._left = list(PICTURES)
        self.closed, self.empty = False, threading.Event()

    def read(self) -> Frame | None:
        if self._left:
            self._pace.wait(0.0)
            return Frame(self._pace.now_ns(), jpeg=self._left.pop(0))
        self.empty.set()
        if self._fails:
            raise SourceLost("the cable is out")
        self._pace.wait(5.0)
        return None

    def close(self) -> None:
        self.closed = True


class Process:
    """A worker without pipes; the clock goes on with each question."""

    def __init__(
        self, *, fails: bool = False, opening: Callable[..., OpenedModel] = open_colours
    ) -> None:
        self.words: list[Heard] = []
        self.came, self.now_ns = threading.Condition(), 0
        self.died: list[tuple[str, int]] = []
        self.sources: list[ListedSource] = []

        def opens(_: CameraConfig, __: str | None, pace: Pace) -> ListedSource:
            self.sources.append(ListedSource(pace, fails=fails))
            return self.sources[-1]

        self.worker = Worker(
            self.say,
            Shelf(opening),
            lambda *why: self.died.append(why),
            now_ns=self.time,
            opens=opens,
        )
        threading.Thread(target=self.worker.queue.run, daemon=True).start()

    def time(self) -> int:
        self.now_ns += SECOND // 5
        return self.now_ns

    def say(self, word: Heard) -> bool:
        with self.came:
            self.words.append(word)
            self.came.notify_all()
        return True

    def until(self, kind: type, number: int = 1) -> None:
        with self.came:
            assert self.came.wait_for(
                lambda: sum(isinstance(one, kind) for one in self.words) >= number, timeout=60
            )

    def of(self, kind: type) -> list[Heard]:
        return [one for one in self.words if isinstance(one, kind)]

    def end(self) -> None:
        self.worker.take(Close("cam-1"))
        self.worker.queue.end()


def test_a_camera_is_opened_counted_and_closed(tmp_path: Path) -> None:
    process = Process()
    process.worker.take(Open(config=CONFIG, folder=str(tmp_path)))
    process.until(Seen, 2)
    assert process.sources[0].empty.wait(60)
    process.worker.tick()
    process.end()
    assert process.sources[0].closed
    (counts,) = process.of(Counts)
    assert isinstance(counts, Counts)
    assert (counts.frames, counts.bytes) == (12, sum(map(len, PICTURES)))
    assert len(process.of(Alive)) == 1
    assert process.of(Lost) == []


def test_a_camera_that_fails_is_lost_and_knows_its_things_when_it_is_opened_again(
    tmp_path: Path,
) -> None:
    process = Process(fails=True)
    for start in (1, 2):
        process.worker.take(Open(config=CONFIG, folder=str(tmp_path), first_track=50 * start))
        process.until(Lost, start)
    process.end()
    assert [getattr(one, "reason", "") for one in process.of(Lost)] == ["the cable is out"] * 2
    assert len(process.of(Opened)) == 2
    tracks = {
        thing.track for one in process.of(Seen) if isinstance(one, Seen) for thing in one.things
    }
    assert tracks == {50}


def test_other_settings_begin_with_nothing_known(tmp_path: Path) -> None:
    process = Process(fails=True)
    for start, config in ((1, CONFIG), (2, replace(CONFIG, min_score=0.6))):
        process.worker.take(Open(config=config, folder=str(tmp_path), first_track=50 * start))
        process.until(Lost, start)
    process.end()
    tracks = {
        thing.track for one in process.of(Seen) if isinstance(one, Seen) for thing in one.things
    }
    assert tracks == {50, 100}


def test_a_model_that_is_refused_is_the_camera_s_loss_not_the_end(tmp_path: Path) -> None:
    def refuse(*_: object) -> OpenedModel:
        raise ModelRefused("x.tflite: expected a TFLite file, found a git-lfs pointer")

    process = Process(opening=refuse)
    process.worker.take(Open(config=CONFIG, folder=str(tmp_path)))
    process.until(Lost)
    process.end()
    assert "git-lfs pointer" in str(process.of(Lost)[0])
    assert process.died == []


def test_a_look_and_a_clip_are_answered(tmp_path: Path) -> None:
    process = Process()
    process.worker.take(Open(config=CONFIG, folder=str(tmp_path)))
    process.until(Seen, 2)
    process.worker.take(AskLook(camera="cam-1", look="l-1"))
    process.worker.take(AskClip(camera="cam-1", key="c-1", begin_ns=0, end_ns=process.now_ns))
    process.worker.take(AskClip(camera="cam-1", key="later", begin_ns=0, end_ns=10**15))
    process.worker.take(AskClip(camera="cam-9", key="c-9", begin_ns=0, end_ns=0))
    process.now_ns += 20 * SECOND
    process.worker.tick()
    process.worker.darkroom.develop_waiting()
    process.end()
    clips = {one.key: one for one in process.of(Clip) if isinstance(one, Clip)}
    assert clips.keys() == {"c-1", "c-9"}
    assert (clips["c-9"].frames, clips["c-9"].reason is None) == (0, False)
    clip = clips["c-1"]
    assert sum(clip.original.count(one) for one in PICTURES) == clip.frames > 0
    assert clip.masked
    assert not any(one in clip.masked for one in PICTURES)
    (looked,) = process.of(Looked)
    assert isinstance(looked, Looked)
    assert looked.reason == "no picture"


def test_a_view_that_is_accepted_is_on_disk_before_it_counts(tmp_path: Path) -> None:
    process = Process()
    process.worker.take(Open(config=CONFIG, folder=str(tmp_path)))
    process.until(Seen, 2)
    assert process.sources[0].empty.wait(60)
    process.worker.take(AskReference(camera="cam-1", key="v-1"))
    process.worker.take(AskReference(camera="cam-1", key="v-2", preset="nowhere"))
    process.worker.take(AskReference(camera="cam-9", key="v-3"))
    process.end()
    answers = [one for one in process.of(Referred) if isinstance(one, Referred)]
    assert [(one.key, one.reason) for one in answers] == [("v-1", None), ("v-2", None)]
    (view,) = References(tmp_path, CONFIG).load(None)
    assert view.shape == (180, 320)


def test_a_view_that_nobody_accepted_is_told_when_it_becomes_the_reference(tmp_path: Path) -> None:
    process = Process()
    process.worker.take(Open(config=replace(CONFIG, view=QUICK), folder=str(tmp_path)))
    process.until(Seen, 2)
    assert process.sources[0].empty.wait(60)
    process.worker.tick()
    process.worker.tick()
    process.end()
    assert [getattr(one, "stands", "") for one in process.of(Learned)] == [None]
    assert len(References(tmp_path, CONFIG).load(None)) == 1


def test_a_view_that_cannot_be_kept_is_not_accepted(tmp_path: Path) -> None:
    """A folder that is a file: as a disk that takes nothing."""
    (tmp_path / "cam-1").write_bytes(b"in the way")
    process = Process()
    process.worker.take(Open(config=CONFIG, folder=str(tmp_path / "cam-1")))
    process.until(Seen, 2)
    process.worker.take(AskReference(camera="cam-1", key="v-1"))
    process.end()
    (answer,) = process.of(Referred)
    assert "cannot be kept" in str(getattr(answer, "reason", ""))


def test_a_detector_that_hangs_ends_the_process() -> None:
    process = Process()
    process.worker.queue.busy_since_ns = process.now_ns
    process.now_ns += int((STUCK_S + 1) * SECOND)
    process.worker.tick()
    process.end()
    assert [code for _, code in process.died] == [STUCK_CODE]


def test_what_goes_out_is_bounded_and_never_waits() -> None:
    stream = io.BytesIO()
    outgoing = Outgoing(stream)
    said = [outgoing.say(Alive()) for _ in range(WAITING_WORDS + 10)]
    assert said.count(True) == WAITING_WORDS
    threading.Thread(target=outgoing.run, daemon=True).start()
    outgoing.drain(10)
    assert outgoing.say(Alive())
    outgoing.drain(10)
    data = stream.getvalue()
    size = length_of(data[:4])
    assert heard(data[4 : 4 + size]) == Alive()
    assert len(data) == (WAITING_WORDS + 1) * (size + 4)


def test_reference_views_outlive_the_process_and_belong_to_one_shape(tmp_path: Path) -> None:
    views: list[Image] = [grey(), grey(light=0.5)]
    kept = References(tmp_path / "cam-1", CONFIG)
    assert kept.load(None) == []
    kept.keep(None, views)
    kept.keep("shop-fronts", views[:1])
    again = References(tmp_path / "cam-1", CONFIG)
    assert all(np.array_equal(a, b) for a, b in zip(again.load(None), views, strict=True))
    assert len(again.load("shop-fronts")) == 1
    mask = MaskConfig("w", ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
    for other in (replace(CONFIG, rotate=90), replace(CONFIG, masks=(mask,))):
        assert shape_mark(other) != shape_mark(CONFIG)
        assert References(tmp_path / "cam-1", other).load(None) == []


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 torn"])
def test_a_torn_reference_file_is_no_reference(content: bytes, tmp_path: Path) -> None:
    kept = References(tmp_path, CONFIG)
    kept.keep(None, [grey()])
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    assert kept.load(None) == []


def test_models_are_opened_once_and_by_what_they_must_be(tmp_path: Path) -> None:
    opened: list[str] = []

    def opening(place: Path | str, kind: str, threads: int) -> OpenedModel:
        opened.append(f"{place} {kind} {threads}")
        return open_colours(place, kind, threads)

    shelf = Shelf(opening)
    first, second = (
        shelf.models_of(CONFIG),
        shelf.models_of(replace(CONFIG, id="cam-2", classifier="c")),
    )
    assert first.detector is second.detector
    assert opened == ["colours detector 1", "c classifier 1"]
    classifier = written(tmp_path, constant_model([np.array([[0.25, 0.75]], np.float32)]))
    with pytest.raises(ModelRefused, match="expected a detector, found a classifier"):
        open_one(classifier, "detector", 1)
    model = open_one(classifier, "classifier", 1)
    assert [round(score, 2) for _, score in model.classify(street(noise=0))] == [0.75, 0.25]
    assert model.find(street(noise=0)) == []
