"""Watches cameras for what should not stand there, and answers whether it still does.

The one part that several roles share: readings go in, conclusions and orders come out, and what must
survive a power cut stands in `WatchState`. While a camera's view is not good, what it says neither
opens nor ends anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from contract.payloads.base import ModelRef
from contract.payloads.problem import Problem
from contract.timestamps import rfc3339
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.config.street_classes import StreetClassConfig
from edge_agent.ports import Conclusion, DeviceOrder, Film, Look
from edge_agent.readings import (
    LineStatus,
    LookAsked,
    LookReading,
    Moment,
    Picture,
    Reading,
    SceneReading,
    Tick,
    ViewReading,
    elapsed_s,
)
from edge_agent.rules.standing import passes, relook, spots
from edge_agent.rules.standing.photos import photos_of
from edge_agent.rules.standing.relook import Question
from edge_agent.rules.standing.sighting import Classes, glance_of, place_of
from edge_agent.rules.standing.spots import Change, Glance, Phase, Spot

GOOD = "good"
PHOTO = "photo/"
SHOWS_S = 2.0  # a picture so much older than a spot's first look may still show it
MOST_FORMER = 100
ANSWER_S = 90.0


class WatchState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`former`: problems that have ended, the newest last; `views`: of cameras whose view is not good;
    `asked`: second looks under way, by case."""

    spots: list[Spot] = []
    former: list[Spot] = []
    views: dict[str, str] = {}
    asked: dict[str, Question] = {}


class Watch:
    """`out` and `orders` are what the last reading led to. `number(camera)` gives a new problem's id;
    `may_open` False: this one may stand there, and is never told."""

    def __init__(
        self,
        cameras: Mapping[str, CameraConfig],
        classes: Sequence[StreetClassConfig],
        places: Sequence[CameraPlaceConfig] = (),
        may_open: Callable[[Spot], bool] = lambda _: True,
    ) -> None:
        self.out: list[Conclusion] = []
        self.orders: list[DeviceOrder] = []
        self._cameras, self._places, self._may_open = cameras, places, may_open
        self._classes = Classes(classes)
        self._state = WatchState()
        self._number: Callable[[str], str] = str
        self._pictures: dict[tuple[str, str], Picture] = {}
        self._lost: set[str] = set()
        self._abandoned = False

    def adopt(self, state: WatchState, number: Callable[[str], str]) -> None:
        """Works on this state from now on."""
        self._state, self._number, self._abandoned = state, number, True

    def take(self, reading: Reading) -> bool:
        """Whether the state is worth keeping now."""
        self.out, self.orders = [], []
        if self._abandoned:
            self._end_abandoned(reading.moment)
        if isinstance(reading, LookAsked):
            return self._ask(reading)
        if isinstance(reading, Tick):
            return self._give_up(reading.moment, ANSWER_S)
        if isinstance(reading, SceneReading | LookReading):
            return reading.device in self._cameras and self._looked(reading)
        if isinstance(reading, ViewReading) and reading.device in self._cameras:
            return self._view(reading)
        if isinstance(reading, LineStatus) and reading.device in self._cameras:
            return self._line(reading)
        return False

    def open_spots(self) -> list[Spot]:
        """Those that the hub knows of."""
        return [one for one in self._state.spots if one.problem_id is not None]

    # -- looks

    def _looked(self, reading: SceneReading | LookReading) -> bool:
        camera = self._cameras[reading.device]
        saved = isinstance(reading, LookReading) and self._answer(reading)
        if not self.could_look(reading):
            return saved
        glance = glance_of(reading, camera, self._classes)
        if reading.picture is not None:
            self._pictures[camera.id, glance.position] = reading.picture
        if isinstance(reading, LookReading) and reading.look.startswith(PHOTO):
            saved = self._photographed(reading) or saved
        return self._step(reading, glance, moving=camera.moving) or saved

    def could_look(self, reading: SceneReading | LookReading) -> bool:
        """Whether what is missing in it was not there. Of one of its cameras."""
        if isinstance(reading, LookReading):
            return reading.done
        if self._cameras[reading.device].moving:
            return reading.lon is not None
        return reading.device not in self._state.views

    def _step(self, reading: SceneReading | LookReading, glance: Glance, *, moving: bool) -> bool:
        state, known = self._state, len(self._state.spots)
        concerned = self._concerns(glance, moving=moving)
        rule = passes.drive if moving else spots.look
        state.spots, changes = rule(state.spots, glance, self._classes.limits)
        changes.sort(key=lambda one: (one.phase != "ended", one.spot.kind, one.spot.box))
        for change in changes:
            self._conclude(change, reading, glance)
        concerned = concerned or self._concerns(glance, moving=moving)
        return bool(changes) or len(state.spots) != known or (glance.counts and concerned)

    def _concerns(self, glance: Glance, *, moving: bool) -> bool:
        """Whether it may have changed a spot. A car is far from most of them."""
        spots_of = (one for one in self._state.spots if one.camera == glance.camera)
        return any(one.near or not moving for one in spots_of)

    def _conclude(
        self, change: Change, reading: SceneReading | LookReading, glance: Glance
    ) -> None:
        spot, phase = change.spot, change.phase
        if phase == "opened" and not self._may_open(spot):
            spot.excused = True
            return
        if phase == "opened":
            spot.problem_id = self._number(spot.camera)
        picture = reading.picture
        if phase != "ended" and picture is None:
            picture = self._picture_of(spot, glance.position)
        detail = f"part of {change.joined}" if change.joined else None
        self._tell(phase, spot, reading.moment, picture, model=reading.model, detail=detail)
        if phase == "ended":
            self._state.former = [*self._state.former, spot][-MOST_FORMER:]
        elif not spot.pictured and not self._cameras[spot.camera].moving:
            look = Look(f"{PHOTO}{spot.problem_id}", spot.preset or spot.position or None)
            self.orders.append(DeviceOrder(spot.camera, look))
        if phase == "opened":
            self._film(spot)

    def _film(self, spot: Spot) -> None:
        """How it came, if its camera keeps that."""
        clip, config = self._cameras[spot.camera].clip, self._classes.by_kind.get(spot.kind)
        code = config.class_code if config else spot.kind.partition("/")[0]
        if clip is not None and clip.films(code):
            film = Film(code, spot.first, spot.problem_id)
            self.orders.append(DeviceOrder(spot.camera, film))

    def _picture_of(self, spot: Spot, position: str) -> Picture | None:
        """The last one from there, if it can show the thing and was not sent with it before."""
        picture = self._pictures.get((spot.camera, position))
        if picture is None or spot.pictured:
            return None
        age_s = elapsed_s(spot.first, picture.moment)
        return picture if age_s is not None and age_s >= -SHOWS_S else None

    def _photographed(self, reading: LookReading) -> bool:
        """The photo that was ordered when it opened."""
        problem_id = reading.look.removeprefix(PHOTO)
        for spot in self._state.spots:
            if spot.problem_id == problem_id and not spot.pictured and reading.picture is not None:
                self._tell("updated", spot, reading.moment, reading.picture, model=reading.model)
                return True
        return False

    def _tell(
        self,
        phase: Phase,
        spot: Spot,
        now: Moment,
        picture: Picture | None = None,
        *,
        model: tuple[str, str] | None = None,
        detail: str | None = None,
    ) -> None:
        config = self._classes.by_kind.get(spot.kind)
        photos, evidence = photos_of(picture, spot.camera)
        payload = Problem(
            problem_id=spot.problem_id or "",
            phase=phase,
            class_code=config.class_code if config else spot.kind.partition("/")[0],
            place=place_of(spot, self._places),
            first_seen=rfc3339(spot.first.utc_ns),
            last_seen=rfc3339(spot.last.utc_ns),
            sightings=max(1, spot.looks),
            confidence=round(min(1.0, spot.score), 3),
            photos=photos,
            model=ModelRef(name=model[0], sha256=model[1]) if model else None,
            detail=detail or spot.label,
        )
        if config is not None:
            payload = msgspec.structs.replace(payload, catalogue=config.catalogue)
        spot.told, spot.pictured = now, spot.pictured or bool(photos)
        self.out.append(Conclusion(payload, f"camera/{spot.camera}", evidence=evidence))

    # -- the cameras

    def _view(self, reading: ViewReading) -> bool:
        known = self._state.views.get(reading.device, GOOD)
        if reading.state == GOOD:
            self._state.views.pop(reading.device, None)
        else:
            self._state.views[reading.device] = reading.state
        return known != reading.state

    def _line(self, status: LineStatus) -> bool:
        if status.connected:
            self._lost.discard(status.device)
            return False
        self._lost.add(status.device)
        return self._give_up(status.moment, 0.0, status.device)

    def _end_abandoned(self, now: Moment) -> None:
        """Problems of classes and cameras that are no longer in the file would stay open for ever."""
        self._abandoned = False
        for spot in self._state.spots:
            if spot.problem_id and not self._is_ours(spot):
                self._tell("ended", spot, now, detail="not watched any more")
        self._state.spots = [one for one in self._state.spots if self._is_ours(one)]
        for camera in self._state.views.keys() - self._cameras.keys():
            del self._state.views[camera]

    def _is_ours(self, spot: Spot) -> bool:
        return spot.camera in self._cameras and spot.kind in self._classes.by_kind

    # -- second looks

    def takes(self, asked: LookAsked) -> bool:
        """A problem of its own, or a matter of its classes at a place that one of its cameras sees."""
        return self._question(asked) is not None

    def _question(self, asked: LookAsked) -> Question | None:
        known = [*reversed(self._state.spots), *reversed(self._state.former)]
        if asked.problem_id is not None:
            spot = next((one for one in known if one.problem_id == asked.problem_id), None)
            return None if spot is None or not self._is_ours(spot) else relook.of_spot(asked, spot)
        return relook.of_place(asked, self._places, self._classes.kinds_of_code(asked.class_code))

    def _ask(self, asked: LookAsked) -> bool:
        question = self._question(asked)
        if question is None:
            return False
        if question.camera in self._lost or self._cameras[question.camera].moving:
            self.out.append(relook.answer(question, relook.CANNOT_TELL, None))
            return False
        self._state.asked[asked.case] = question
        self.orders.append(DeviceOrder(question.camera, Look(asked.case, question.preset)))
        return True

    def _answer(self, reading: LookReading) -> bool:
        question = self._state.asked.get(reading.look)
        if question is None or question.camera != reading.device:
            return False
        del self._state.asked[reading.look]
        found = relook.CANNOT_TELL
        if reading.done:
            camera = self._cameras[reading.device]
            glance = glance_of(reading, camera, self._classes)
            found = relook.verdict(question, glance, self._classes.limits)
        self.out.append(relook.answer(question, found, reading.picture))
        return True

    def _give_up(self, now: Moment, after_s: float, camera: str | None = None) -> bool:
        """Whoever asked is told that nobody can tell."""
        late = []
        for case, one in self._state.asked.items():
            waited_s = elapsed_s(one.since, now)
            if camera in (None, one.camera) and (waited_s is None or waited_s >= after_s):
                late.append(case)
        for case in late:
            question = self._state.asked.pop(case)
            self.out.append(relook.answer(question, relook.CANNOT_TELL, None))
        return bool(late)
