"""Cutting out, laying down, and what counts as found; with drawn pictures, not photographs."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_agent.vision.boxes import Found
from edge_agent.vision.frames import Image
from edile.scoring import photographs
from edile.scoring.photographs import Cutout, cut_out, put


def disc(radius: int = 40) -> Image:
    """A red disc on white paper with some grain."""
    picture = np.full((144, 192, 3), 225, np.uint8)
    cv2.circle(picture, (96, 72), radius, (30, 30, 190), -1)
    grain = np.random.default_rng(1).integers(0, 12, picture.shape)
    return np.asarray(np.clip(picture.astype(int) - grain, 0, 255), np.uint8)


def test_what_stands_out_is_cut_out_closely() -> None:
    thing = cut_out("metal", disc())
    assert thing is not None
    assert thing.alpha.shape == pytest.approx((81, 81), abs=6)
    assert thing.alpha[40, 40] == 1.0
    assert thing.alpha[1, 1] < 0.3


def test_of_a_sliver_nothing_stands_out() -> None:
    assert cut_out("paper", disc()[:9, :9]) is None


def test_it_lies_on_the_ground_as_large_as_asked_and_as_dark_as_there() -> None:
    thing = Cutout("metal", np.full((50, 100, 3), 200, np.uint8), np.ones((50, 100), np.float32))
    for seed in range(20):
        street = np.full((540, 960, 3), 40, np.uint8)
        scene, (x1, y1, x2, y2) = put(street.copy(), thing, random.Random(seed), (80, 120))
        assert 80 <= (x2 - x1) * 960 <= 121
        assert (x2 - x1) * 960 == pytest.approx(2 * (y2 - y1) * 540, abs=2)
        assert y1 >= 0.5
        assert max(x2, y2) <= 1.0
        inside = scene[round(y1 * 540) : round(y2 * 540), round(x1 * 960) : round(x2 * 960)]
        assert 40 < inside.mean() < 150
        outside = scene.copy()
        outside[round(y1 * 540) : round(y2 * 540), round(x1 * 960) : round(x2 * 960)] = 40
        assert (outside == street).all()


def test_the_best_half_overlap_is_the_hit() -> None:
    box = (0.1, 0.1, 0.3, 0.3)
    near, far = Found("can", 0.9, (0.11, 0.1, 0.31, 0.3)), Found("cup", 0.9, (0.6, 0.6, 0.8, 0.8))
    assert photographs._hit([far, near], box) is near
    assert photographs._hit([far], box) is None
    assert photographs._hit([], box) is None


def test_pieces_are_read_by_their_label_files(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), disc())
    cv2.imwrite(str(tmp_path / "images" / "unlabelled.png"), disc())
    (tmp_path / "labels" / "a.txt").write_text("1 0.5 0.5 0.5 0.7\n")
    (piece,) = photographs._pieces(tmp_path, ["bottle", "cup"])
    assert piece.label == "cup"
