"""What the detector's thread does with one frame: find, track, classify, tell, answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from edge_agent.config.devices.camera import CameraConfig
from edge_agent.readings import SeenThing
from edge_agent.vision.boxes import WHOLE, Box, Found, covered, grown
from edge_agent.vision.detector import Classifies, Detects
from edge_agent.vision.frames import Frame, Image
from edge_agent.vision.glances import agreed, glances
from edge_agent.vision.outlook import Outlook, preset_of
from edge_agent.vision.pictures import take_picture, way_of_masking
from edge_agent.vision.tracks import Changes
from edge_agent.vision.view_state import GOOD
from edge_agent.vision.words import Heard, Looked, Seen, TakenPicture

TELL_S = 1.0  # while something moves
PICTURE_S = 2.0
MASK_SCORE = 0.2
CLASSIFY_LOOKS, CLASSIFY_AT_ONCE = 5, 2
IN_BOX = 0.5  # of a thing must lie in a preset's part of the picture

Say = Callable[[Heard], bool]


@dataclass
class Asked:
    """A look that somebody wants. `since_ns`: the first frame that counted for it."""

    look: str
    preset: str | None
    until_ns: int
    since_ns: int | None = None
    frames: int = 0


@dataclass(frozen=True)
class Models:
    """`classify`: labels of things that are shown to the classifier; empty = all."""

    detector: Detects | None = None
    classifier: Classifies | None = None
    classify: tuple[str, ...] = ()

    @property
    def mark(self) -> tuple[str, str] | None:
        return None if self.detector is None else (self.detector.name, self.detector.sha256)


@dataclass(frozen=True)
class Glimpse:
    """One frame, upright and masked, and what was found in `region` of it; `suspected` by any glance."""

    frame: Frame
    upright: Image
    region: Box
    found: Sequence[Found]
    suspected: Sequence[Found]

    @property
    def at_ns(self) -> int:
        return self.frame.captured_ns


class Looking:
    """`lock` guards what the camera's thread uses too; no model runs while it is held."""

    def __init__(
        self, config: CameraConfig, models: Models, say: Say, lock: threading.Lock
    ) -> None:
        self._config, self._models, self._say, self._lock = config, models, say, lock
        self._only = frozenset(config.labels)
        self._masked = frozenset(config.mask_labels)
        self._pictured_ns: int | None = None
        labels = models.detector.labels if models.detector else ()
        self._way = way_of_masking(config.bystanders, labels)

    def look(
        self,
        outlook: Outlook,
        frame: Frame,
        upright: Image,
        region: Box,
        asked: Sequence[Asked],
        *,
        times: int = 1,
        half: Image | None = None,
    ) -> None:
        """`asked` are answered with this frame. `times`: glances at the whole picture; at a part of it, one.
        `half`: `upright` at half its size, where somebody has made it already."""
        glimpse = self._glimpse(frame, upright, region, times, half)
        with self._lock:
            changes = self._track(outlook, glimpse)
        self._classify(outlook, upright)
        self._tell(outlook, glimpse, changes)
        for one in asked:
            self._answer(one, outlook, glimpse)

    def _glimpse(
        self, frame: Frame, upright: Image, region: Box, times: int, half: Image | None
    ) -> Glimpse:
        detector = self._models.detector
        if detector is None:
            return Glimpse(frame, upright, region, (), ())
        if region != WHOLE:
            found = find(detector, upright, region)
            return Glimpse(frame, upright, region, found, found)
        whole = half if half is not None and is_enough(half, detector) else upright
        seen = glances(detector, whole, times)
        return Glimpse(frame, upright, region, agreed(seen), [one for each in seen for one in each])

    def _track(self, outlook: Outlook, glimpse: Glimpse) -> Changes:
        at_ns, region = glimpse.at_ns, glimpse.region
        wanted = [one for one in glimpse.found if not self._only or one.label in self._only]
        changes = outlook.tracker.look(at_ns, wanted, region)
        boxes = tuple(one.box for one in changes.things)
        outlook.gate.looked(at_ns, None if region == WHOLE else region, boxes)
        outlook.last_look_ns, outlook.doubted = at_ns, changes.doubted
        outlook.watched = changes.watched
        if region == WHOLE:
            outlook.last_full_ns, outlook.full = at_ns, True
        outlook.gone += changes.gone
        for one in changes.things:
            if one.crossed:
                outlook.crossed[one.track] = outlook.crossed.get(one.track, ()) + one.crossed
        return changes

    def _classify(self, outlook: Outlook, upright: Image) -> None:
        classifier = self._models.classifier
        if classifier is None:
            return
        with self._lock:
            wanted = outlook.tracker.unclassified(self._models.classify, CLASSIFY_LOOKS)
        for number, box in wanted[:CLASSIFY_AT_ONCE]:
            part = cut(upright, grown(box, 0.1))
            if part.size:
                classes = classifier.classify(part)
                with self._lock:
                    outlook.tracker.classify(number, classes)

    def _tell(self, outlook: Outlook, glimpse: Glimpse, changes: Changes) -> None:
        changed = bool(changes.new or changes.entered or outlook.gone or outlook.crossed)
        due = glimpse.at_ns - outlook.told_ns >= int(TELL_S * 1e9)
        late = changes.missing  # what has just gone from a zone cannot wait
        if not (changed or late or outlook.owed or outlook.full or (changes.moved and due)):
            return
        picture = None
        if (changes.new or changes.entered) and self._picture_is_due(glimpse.at_ns):
            picture = self._picture(glimpse, changes.things)
        place = glimpse.frame.place or (None, None)
        with self._lock:
            word = Seen(
                camera=self._config.id,
                captured_ns=glimpse.at_ns,
                things=_crossing(outlook.tracker.things(glimpse.at_ns), outlook.crossed),
                gone=_crossing(outlook.gone, outlook.crossed),
                full=outlook.full,
                preset=outlook.preset,
                picture=picture,
                model=self._models.mark,
                lon=place[0],
                lat=place[1],
            )
        outlook.owed = not self._say(word)
        if not outlook.owed:
            outlook.told_ns, outlook.full = glimpse.at_ns, False
            outlook.gone.clear()
            outlook.crossed.clear()

    def _picture_is_due(self, at_ns: int) -> bool:
        if self._pictured_ns is not None and at_ns - self._pictured_ns < int(PICTURE_S * 1e9):
            return False
        self._pictured_ns = at_ns
        return True

    def _picture(self, glimpse: Glimpse, things: Sequence[SeenThing]) -> TakenPicture:
        """Whoever stands outside the part that was looked at is found first, and covered."""
        found, detector = glimpse.suspected, self._models.detector
        if self._way == "none":
            return take_picture(glimpse.frame, glimpse.upright, covered=())
        if detector is not None and glimpse.region != WHOLE:
            found = detector.find(glimpse.upright)
        covers = [one.box for one in found if one.label in self._masked and one.score >= MASK_SCORE]
        covers += [one.box for one in things if one.label in self._masked]
        shown = None
        if self._way == "all-but-things":
            shown = [one.box for one in things if one.label not in self._masked]
        return take_picture(glimpse.frame, glimpse.upright, covered=covers, shown=shown)

    def _answer(self, asked: Asked, outlook: Outlook, glimpse: Glimpse) -> None:
        wanted = preset_of(self._config, asked.preset)
        box, labels = (wanted.box, wanted.labels) if wanted else (WHOLE, ())
        with self._lock:
            seen = outlook.tracker.seen_since(asked.since_ns or 0, glimpse.at_ns)
        state = outlook.watch.state
        things = tuple(
            one
            for one in seen
            if (not labels or one.label in labels) and covered(one.box, _box(box)) >= IN_BOX
        )
        self._say(
            Looked(
                camera=self._config.id,
                captured_ns=glimpse.at_ns,
                look=asked.look,
                preset=asked.preset,
                done=state == GOOD,
                reason=None if state == GOOD else state,
                things=things,
                picture=self._picture(glimpse, things),
                model=self._models.mark,
            )
        )


def is_enough(image: Image, detector: Detects) -> bool:
    """A larger picture would only be made smaller for it."""
    high, wide = image.shape[:2]
    least_wide, least_high = detector.input_size
    return bool(wide >= least_wide and high >= least_high)


def find(detector: Detects, upright: Image, region: Box) -> list[Found]:
    """In parts of the whole picture. What the part's edge cuts is left to a look that sees all of it."""
    x1, y1, x2, y2 = region
    wide, high = x2 - x1, y2 - y1
    found = []
    for one in detector.find(cut(upright, region)):
        a, b, c, d = one.box
        is_cut = (
            (a < 0.01 and x1 > 0.0) or (b < 0.01 and y1 > 0.0)
            or (c > 0.99 and x2 < 1.0) or (d > 0.99 and y2 < 1.0)
        )  # fmt: skip
        if not is_cut:
            box = (x1 + a * wide, y1 + b * high, x1 + c * wide, y1 + d * high)
            found.append(Found(one.label, one.score, box))
    return found


def cut(upright: Image, box: Box) -> Image:
    high, wide = upright.shape[:2]
    x1, y1, x2, y2 = box
    return upright[round(y1 * high) : round(y2 * high), round(x1 * wide) : round(x2 * wide)]


def _crossing(
    things: Sequence[SeenThing], crossed: dict[int, tuple[str, ...]]
) -> tuple[SeenThing, ...]:
    return tuple(replace(one, crossed=crossed.get(one.track, one.crossed)) for one in things)


def _box(parts: Sequence[float]) -> Box:
    """As gw.toml has it, four numbers."""
    x1, y1, x2, y2 = parts
    return x1, y1, x2, y2
