"""What befalls a camera: covered, turned, frozen, looped, out of focus, without power. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np

from simulators.scenes.arrays import Bytes

USUAL_AMOUNT = {
    "covered": 0.0,
    "turned": 35.0,
    "defocused": 6.0,
    "frozen": 0.0,
    "looped": 0.0,
    "power": 0.0,
}
"""Kinds of mishap; degrees to the left for `turned`, pixels (sigma) for `defocused`."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """From `begins` to `ends` in seconds of the world."""

    kind: str
    begins: float
    ends: float
    amount: float = 0.0


def read(words: str) -> Mishap:
    """From `KIND@SECONDS:DURATION` or `KIND=AMOUNT@SECONDS:DURATION`. Raises ValueError in one line."""
    found = re.fullmatch(r"([a-z]+)(?:=(-?[0-9.]+))?@([0-9.]+):([0-9.]+)", words)
    if not found or found[1] not in USUAL_AMOUNT:
        kinds = ", ".join(USUAL_AMOUNT)
        raise ValueError(f"expected KIND@SECONDS:DURATION with a kind of {kinds}, found {words!r}")
    begins = float(found[3])
    amount = float(found[2]) if found[2] else USUAL_AMOUNT[found[1]]
    return Mishap(found[1], begins, begins + float(found[4]), amount)


def blinded(screen: Bytes, mishap: Mishap) -> Bytes:
    """What is left of the picture."""
    if mishap.kind == "covered":  # something lies on the lens: a little light comes through
        small = cv2.resize(screen, (8, 5), interpolation=cv2.INTER_AREA)
        veil = cv2.resize(small, (screen.shape[1], screen.shape[0]), interpolation=cv2.INTER_CUBIC)
        return np.asarray(veil * 0.08 + 6, dtype=np.uint8)
    if mishap.kind == "defocused":
        return np.asarray(cv2.GaussianBlur(screen, (0, 0), max(0.5, mishap.amount)), dtype=np.uint8)
    return screen
