"""Duty areas out of GeoJSON: `contract.geojson` reads what every area has, this what a duty area adds.

    {"type": "Feature", "geometry": ..., "properties": {
      "id": "g-0312", "version": 2, "valid_from": "2026-07-01T00:00:00+08:00",
      "unit": "grid-0312", "main": "north", "assisting": ["greening"], "lot": "lot-2"}}

`unit` sees to what lies there; without it the holder of `lot`, or `contractor`, does. `overlay` names a
layer that answers only when it is asked for; `classes` (codes, or beginnings such as `06*`) narrow an
area to some problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from contract.area import Area
from contract.areas import InvalidAreas
from contract.geojson import read_areas
from contract.names import SLUG
from hub.owners.faults import Fault, OwnersRefused

_CLASS = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,31}\*?", re.ASCII)
_NAMES = ("unit", "main", "overlay", "lot", "contractor")
_LISTS = ("assisting", "classes")


@dataclass(frozen=True, slots=True)
class DutyArea:
    """One version. `document` and `feature` (from 0) say where it stands; `classes` empty = all."""

    area: Area
    document: str
    feature: int
    unit: str | None = None
    main: str | None = None
    assisting: tuple[str, ...] = ()
    overlay: str | None = None
    classes: tuple[str, ...] = ()
    lot: str | None = None
    contractor: str | None = None

    def fault(self, text: str) -> Fault:
        return Fault(self.document, 0, f"{_which(self.feature, self.area.id)}: {text}")


def read_duty_areas(document: str, content: bytes) -> list[DutyArea]:
    """In the order of the features. OwnersRefused with every fault."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise OwnersRefused([Fault(document, line, "expected UTF-8")]) from error
    faults: list[Fault] = []
    areas: list[Area] = []
    try:
        areas = read_areas(text, kind="duty", origin=document)
    except InvalidAreas as invalid:
        told = (mistake.removeprefix(f"{document}: ") for mistake in invalid.mistakes)
        faults = [Fault(document, 0, mistake) for mistake in told]
    facts = _properties(text)
    for feature, one in enumerate(facts):
        which = _which(feature, one.get("id", one.get("area")))
        faults += [Fault(document, 0, f"{which}: {text}") for text in _mistakes(one)]
    if faults:
        raise OwnersRefused(faults)
    pairs = enumerate(zip(areas, facts, strict=True))
    return [_duty_area(document, feature, area, one) for feature, (area, one) in pairs]


def _which(feature: int, name: object) -> str:
    return f"feature {feature}" if name is None else f"feature {feature} (id {name!r})"


def _properties(text: str) -> list[dict[str, Any]]:
    """Of each feature; `read_areas` tells what is no feature at all."""
    try:
        document = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return []
    if not isinstance(document, dict):
        return []
    features = document.get("features", [document])
    found = []
    for feature in features if isinstance(features, list) else []:
        facts = feature.get("properties") if isinstance(feature, dict) else None
        found.append(facts if isinstance(facts, dict) else {})
    return found


def _mistakes(facts: dict[str, Any]) -> Iterator[str]:
    if facts.get("kind", "duty") != "duty":
        yield f"kind {facts['kind']!r}: expected duty"
    for key in _NAMES:
        value = facts.get(key)
        if value is not None and not (isinstance(value, str) and SLUG.fullmatch(value)):
            yield f"{key} {value!r}: expected lower-case letters, digits and hyphens"
    if not any(facts.get(key) for key in ("unit", "lot", "contractor")):
        yield "nobody answers for it: expected `unit`, `lot` or `contractor`"
    for key in _LISTS:
        form = SLUG if key == "assisting" else _CLASS
        expected = (
            "a list of units" if key == "assisting" else "a list of codes such as 06036 or 06*"
        )
        value = facts.get(key)
        if value is not None and not _texts(value, form):
            yield f"{key} {value!r}: expected {expected}"


def _texts(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and form.fullmatch(one) for one in value
    )


def _duty_area(document: str, feature: int, area: Area, facts: dict[str, Any]) -> DutyArea:
    return DutyArea(
        area=area,
        document=document,
        feature=feature,
        unit=area.unit,
        main=facts.get("main"),
        assisting=tuple(dict.fromkeys(facts.get("assisting") or ())),
        overlay=facts.get("overlay"),
        classes=tuple(dict.fromkeys(facts.get("classes") or ())),
        lot=facts.get("lot"),
        contractor=facts.get("contractor"),
    )
