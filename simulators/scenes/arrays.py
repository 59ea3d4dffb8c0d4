"""Names for the arrays of the renderer. Pictures are rows × columns × (red, green, blue)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Whole = NDArray[np.int32]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Chance = np.random.Generator


def stream(seed: int, *purpose: object) -> Chance:
    """One stream per seed and purpose, so that one drawing more does not disturb the others."""
    words = "/".join(map(str, purpose)).encode()
    return np.random.default_rng([seed & 0xFFFFFFFF, *words])


def dot(a: Floats, b: Floats) -> Floats:
    """Row by row (n)."""
    return f32(np.einsum("ij,ij->i", a, b))


def turned(rows: Floats, by: Floats) -> Floats:
    """rows @ by.T for n × 3 and 3 × 3. Not by BLAS, whose threads spin longer than they work here."""
    return f32(np.einsum("ij,kj->ik", rows, by))


def f32(values: Any) -> Floats:
    return np.asarray(values, dtype=np.float32)
