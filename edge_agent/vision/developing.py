"""From the ring to a clip: cut, hashed as captured, then masked where it may leave.

In a thread of its own. The detector is asked for one frame at a time, in turn with the cameras, so
that nobody's look waits longer than for one frame. A person whom it misses on one frame is
covered by where it saw one on the frames around it.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.vision.avi import avi_of
from edge_agent.vision.boxes import Found
from edge_agent.vision.clips import ClipRing, Frames, fitting
from edge_agent.vision.detector import Job
from edge_agent.vision.frames import Frame, Image, Shape, encoded
from edge_agent.vision.jpeg import jpeg_size
from edge_agent.vision.looking import MASK_SCORE, Models, Say
from edge_agent.vision.pictures import MASKED_QUALITY, hidden, way_of_masking
from edge_agent.vision.words import AskClip, Clip

MIB = 1024 * 1024
MOST_WAITING = 16
DETECTOR_S = 20.0  # for one frame
TRIES, PAUSE_S = 40, 0.5  # to say it: other words may be on their way

NOTHING_KEPT = "nothing of that time is kept"
NO_CLIPS = "no clips are kept of this camera"
NO_ROOM = "the agent takes no words"


@dataclass(frozen=True)
class Negative:
    """One clip to be made. `ring` is read when its turn has come."""

    asked: AskClip
    ring: ClipRing
    config: CameraConfig
    models: Models


class Darkroom:
    """`in_turn(name, job)` runs a job in the detector's thread, soon, and is waited for `detector_s`;
    `pause` waits so many seconds."""

    def __init__(
        self,
        say: Say,
        in_turn: Callable[[str, Job], object],
        pause: Callable[[float], object],
        *,
        detector_s: float = DETECTOR_S,
    ) -> None:
        self._say, self._in_turn, self._pause = say, in_turn, pause
        self._detector_s = detector_s
        self._waiting: queue.Queue[Negative] = queue.Queue(MOST_WAITING)

    def put(self, negative: Negative) -> bool:
        """False: too many wait."""
        try:
            self._waiting.put_nowait(negative)
        except queue.Full:
            return False
        return True

    def run(self) -> None:
        """In a thread of its own, for ever."""
        while True:
            self.develop(self._waiting.get())

    def develop_waiting(self) -> None:
        """What waits now; for whoever has no thread for it."""
        while not self._waiting.empty():
            self.develop(self._waiting.get_nowait())

    def develop(self, negative: Negative) -> None:
        """One answer, unless the agent takes no words at all."""
        asked = negative.asked
        word = self._clip(negative)
        for _ in range(TRIES):
            if self._say(word):
                return
            self._pause(PAUSE_S)
        self._say(Clip(camera=asked.camera, key=asked.key, frames=0, reason=NO_ROOM))

    def _clip(self, negative: Negative) -> Clip:
        asked, limits = negative.asked, negative.config.clip
        if limits is None:
            return Clip(camera=asked.camera, key=asked.key, frames=0, reason=NO_CLIPS)
        most_bytes = limits.mb * MIB
        frames = fitting(negative.ring.between(asked.begin_ns, asked.end_ns), most_bytes)
        size = jpeg_size(frames[0][1]) if frames else None
        if size is None:
            return Clip(camera=asked.camera, key=asked.key, frames=0, reason=NOTHING_KEPT)
        original = avi_of(frames, size, fps=limits.fps)
        sha256 = hashlib.sha256(original).hexdigest()
        return Clip(
            camera=asked.camera,
            key=asked.key,
            frames=len(frames),
            begin_ns=frames[0][0],
            end_ns=frames[-1][0],
            original=original,
            sha256=sha256,
            masked=self._masked(negative, frames, most_bytes) if limits.leaves else b"",
        )

    def _masked(self, negative: Negative, frames: Frames, most_bytes: int) -> bytes:
        """Empty when there is nothing that may be shown. What cannot be decoded, or was not looked at, is
        left out."""
        config, models = negative.config, negative.models
        shape = Shape(config)
        uprights = ((at_ns, shape.colour(Frame(at_ns, jpeg=jpeg))) for at_ns, jpeg in frames)
        found = [
            (at_ns, None if upright is None else self._found(negative, upright))
            for at_ns, upright in uprights
        ]
        cover = Cover(config, models)
        covered: list[tuple[int, bytes]] = []
        size = (0, 0)
        for number, (at_ns, jpeg) in enumerate(frames):
            upright = shape.colour(Frame(at_ns, jpeg=jpeg))
            here = found[number][1]
            if upright is None or here is None:
                continue
            around = [
                one for _, many in found[max(0, number - 1) : number + 2] for one in many or ()
            ]
            size = size if any(size) else (upright.shape[1], upright.shape[0])
            covered.append((at_ns, encoded(cover.hidden(upright, here, around), MASKED_QUALITY)))
        fit = fitting(tuple(covered), most_bytes)
        return avi_of(fit, size, fps=config.clip.fps if config.clip else 1.0) if fit else b""

    def _found(self, negative: Negative, upright: Image) -> list[Found] | None:
        """None: the detector did not answer in time; a frame that was not looked at is not shown."""
        detector = negative.models.detector
        if detector is None or negative.config.bystanders == "none":
            return []
        answer: list[list[Found]] = []
        done = threading.Event()

        def look() -> None:
            answer.append(detector.find(upright))
            done.set()

        self._in_turn(f"clip of {negative.asked.camera}", look)
        done.wait(self._detector_s)
        return answer[0] if answer else None


class Cover:
    """As a photo of the same camera is masked."""

    def __init__(self, config: CameraConfig, models: Models) -> None:
        labels = models.detector.labels if models.detector else ()
        self._way = way_of_masking(config.bystanders, labels)
        self._masked = frozenset(config.mask_labels)
        self._min_score = config.min_score

    def hidden(self, upright: Image, here: Sequence[Found], around: Sequence[Found]) -> Image:
        """`here`: what was found on this frame, `around`: on it and its neighbours."""
        if self._way == "none":
            return upright
        covers = [one.box for one in self._bystanders(around)]
        if self._way == "persons":
            return hidden(upright, covers)
        shown = [
            one.box
            for one in here
            if one.label not in self._masked and one.score >= self._min_score
        ]
        return hidden(upright, covers, shown)

    def _bystanders(self, found: Sequence[Found]) -> Iterator[Found]:
        return (one for one in found if one.label in self._masked and one.score >= MASK_SCORE)
