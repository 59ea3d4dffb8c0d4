from __future__ import annotations

import numpy as np
import pytest

from edge_agent.vision.postprocess.ssd import anchors_for, decoded

# Centre y, centre x, height, width, by place. Computed by create_ssd_anchors of the TensorFlow Object
# Detection API (package tf-models-research-object-detection 2.8.0), with the settings of
# ssd_mobilenet_v1_coco.config, over the grids 19, 10, 5, 3, 2, 1.
PUBLISHED = {
    0: (0.02631578966975212, 0.02631578966975212, 0.1, 0.1),
    1: (0.02631578966975212, 0.02631578966975212, 0.1414213562373095, 0.28284271247461906),
    2: (0.02631578966975212, 0.02631578966975212, 0.282842712474619, 0.14142135623730953),
    1083: (0.05000000074505806, 0.05000000074505806, 0.35, 0.35),
    1084: (0.05000000074505806, 0.05000000074505806, 0.2474873734152916, 0.4949747468305833),
    1085: (0.05000000074505806, 0.05000000074505806, 0.4949747468305832, 0.24748737341529164),
    1086: (0.05000000074505806, 0.05000000074505806, 0.20207259421636903, 0.606217782649107),
    1087: (0.05000000074505806, 0.05000000074505806, 0.6062480958117455, 0.20206249033405482),
    1088: (0.05000000074505806, 0.05000000074505806, 0.4183300132670378, 0.4183300132670378),
    1916: (0.5, 0.5, 0.9746794344808962, 0.9746794344808962),
}


def test_the_anchors_of_300_pixels_are_the_published_1917() -> None:
    anchors = anchors_for(300, 300)
    assert anchors.shape == (1917, 4)
    for place, expected in PUBLISHED.items():
        assert anchors[place] == pytest.approx(expected, abs=1e-6)


def test_an_encoding_of_zeros_is_the_anchor_itself() -> None:
    anchors = anchors_for(300, 300)[700:702]
    boxes = decoded(np.zeros((2, 4), np.float32), anchors)
    assert np.allclose((boxes[:, :2] + boxes[:, 2:]) / 2, anchors[:, :2])
    assert np.allclose(boxes[:, 2:] - boxes[:, :2], anchors[:, 2:])


def test_an_encoding_without_bounds_makes_no_infinite_box() -> None:
    wild = np.full((1, 4), 1e30, np.float32)
    assert np.isfinite(decoded(wild, anchors_for(300, 300)[:1])).all()
