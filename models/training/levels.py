"""Which score of a class should become half a point. Pure: no model is loaded here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEVELS = tuple(float(one) for one in np.arange(0.3, 0.86, 0.05))
HARDLY = 0.02  # of F1


def best_level(right_wrong_there: Sequence[tuple[int, int, int]], *, stands: bool = False) -> float:
    """Of LEVELS the one with the best F1; the middle one of equals. `stands`: the highest that is `HARDLY`
    worse."""
    f1 = np.array(
        [2 * right / max(right + wrong + there, 1) for right, wrong, there in right_wrong_there]
    )
    best = np.flatnonzero(f1 >= f1.max() - (HARDLY if stands else 1e-9))
    return LEVELS[int(best[-1] if stands else best[len(best) // 2])]
