"""Two glances at a picture as one answer, as a gateway has them in a full look. Pure: no model is run."""

from __future__ import annotations

import numpy as np

from edge_agent.vision.boxes import Found
from edge_agent.vision.glances import agreed
from models.training.detections import Boxes


def turned(boxes: Boxes, width: int) -> Boxes:
    """From the mirror image, `width` pixels wide."""
    corners = boxes.corners.copy()
    corners[:, [0, 2]] = width - boxes.corners[:, [2, 0]]
    return Boxes(corners, boxes.kinds, boxes.scores)


def together(first: Boxes, second: Boxes) -> Boxes:
    """By the gateway's own rule."""
    both = agreed([_found(first), _found(second)])
    return Boxes(
        np.array([one.box for one in both], np.float32).reshape(-1, 4),
        np.array([int(one.label) for one in both], np.int64),
        np.array([one.score for one in both], np.float32),
    )


def _found(boxes: Boxes) -> list[Found]:
    rows = zip(boxes.corners.tolist(), boxes.kinds.tolist(), boxes.scores.tolist(), strict=True)
    return [Found(str(kind), score, (x1, y1, x2, y2)) for (x1, y1, x2, y2), kind, score in rows]
