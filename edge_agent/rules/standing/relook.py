"""Is it gone? One look, asked for on purpose, against what stood there.

What was seen there with a score before and is not seen now is gone, as surely as two looks of that
score are; a place at which this camera never saw the matter is only weakly known to be clear, and a
person had better look. What is hidden cannot be told; what its class would not count as seen is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from contract.payloads.relook import RelookResult, RelookVerdict
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.ports import Conclusion
from edge_agent.readings import LookAsked, Moment, Picture
from edge_agent.rules.standing.boxes import Box, covered, same_place
from edge_agent.rules.standing.passes import metres
from edge_agent.rules.standing.photos import photos_of
from edge_agent.rules.standing.spots import HIDDEN, Glance, Spot, SpotLimits

AROUND_M = 30.0  # beyond a place's own error
UNSEEN_BEFORE = 0.5  # confidence that it is gone where it was never seen
PLACE_GAP = 0.5  # of its size: what was heaped up anew lies not quite where it lay


class Found(NamedTuple):
    """`confidence` 0..1."""

    verdict: RelookVerdict
    confidence: float


CANNOT_TELL = Found("cannot-tell", 0.0)


class Question(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`kinds` that would be it; `box` where it stood and `score` of it, where it was seen before, else
    `zone`, if the place is one."""

    case: str
    camera: str
    since: Moment
    kinds: list[str]
    preset: str | None = None
    box: Box | None = None
    score: float = 0.0
    zone: str | None = None


def of_spot(asked: LookAsked, spot: Spot) -> Question:
    return Question(
        case=asked.case,
        camera=spot.camera,
        since=asked.moment,
        kinds=[spot.kind],
        preset=spot.preset or spot.position or None,
        box=spot.box,
        score=spot.score,
    )


def of_place(
    asked: LookAsked, places: Iterable[CameraPlaceConfig], kinds: frozenset[str]
) -> Question | None:
    """None: no camera sees it, or none looks for such things."""
    if asked.lon is None or asked.lat is None or not kinds:
        return None
    here = (asked.lon, asked.lat)
    near = [
        (metres((one.lon, one.lat), here), at, one)
        for at, one in enumerate(places)
        if metres((one.lon, one.lat), here) <= one.error_m + AROUND_M
    ]
    if not near:
        return None
    place = min(near)[2]
    return Question(
        case=asked.case,
        camera=place.camera,
        since=asked.moment,
        kinds=sorted(kinds),
        preset=place.preset,
        zone=place.zone,
    )


def verdict(question: Question, glance: Glance, limits: Mapping[str, SpotLimits]) -> Found:
    """Of a look that was done. `limits` by kind."""
    box = question.box
    sights = [
        one
        for one in glance.sights
        if one.kind in question.kinds and one.score >= limits[one.kind].still
    ]
    if box is not None:
        sights = [one for one in sights if same_place(box, one.box, PLACE_GAP) > 0]
    elif question.zone is not None:
        sights = [one for one in sights if one.zone == question.zone]
    if sights:
        return Found("still-there", round(min(1.0, max(one.score for one in sights)), 3))
    if glance.classes is not None and not glance.classes.issuperset(question.kinds):
        return CANNOT_TELL
    if box is None:
        return Found("gone", UNSEEN_BEFORE)
    if any(covered(box, one) >= HIDDEN for one in glance.others):
        return CANNOT_TELL
    return Found("gone", round(1.0 - (1.0 - min(1.0, question.score)) ** 2, 3))


def answer(question: Question, found: Found, picture: Picture | None) -> Conclusion:
    photos, evidence = photos_of(picture, question.camera)
    payload = RelookResult(
        case=question.case, verdict=found.verdict, confidence=found.confidence, photos=photos
    )
    return Conclusion(payload, f"work-order/{question.case}", evidence=evidence)
