"""Chance in arrays that can be repeated: one stream per seed and purpose (see `simulators.chance`)."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Luck = np.random.Generator


def luck_of(seed: int, purpose: str, *numbers: int) -> Luck:
    """`numbers`: whose it is, and of which day."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])
