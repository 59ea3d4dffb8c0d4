"""What the recipes of the shipped models promise: splits that share nothing, figures that count what was asked."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edile.scoring.conditions import edition_of
from models.training.detections import Boxes, Unasked, mean_average_precision, right_and_wrong
from models.training.levels import LEVELS, best_level
from models.training.twice import together, turned
from simulators.camera.table import PLACES

RECIPE = Path(__file__).resolve().parents[2] / "models" / "city-appearance" / "recipe"


@pytest.fixture(scope="module")
def live_worlds() -> ModuleType:
    spec = util.spec_from_file_location("live_worlds", RECIPE / "live_worlds.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["live_worlds"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("place", PLACES)
def test_no_surface_and_no_seed_of_a_played_world_was_in_training(
    live_worlds: ModuleType, place: str
) -> None:
    first, last = live_worlds.FIRST_SEED, live_worlds.LAST_SESSION
    drawn = {
        split: [
            live_worlds.scene_of(place, split, first[split] + number)
            for number in (*range(60), *range(200, 260), *range(400, 413), 998, last - 1, last)
        ]
        for split in ("train", "val", "test")
    }
    editions = {split: {scene.edition for scene in scenes} for split, scenes in drawn.items()}
    assert editions["train"].isdisjoint(editions["val"] | editions["test"])
    assert editions["val"].isdisjoint(editions["test"])
    assert editions["test"] <= set(range(500, 523))
    scored = {edition_of(seed, own=True) for seed in range(100_000)}
    assert scored.isdisjoint(set().union(*editions.values()))
    assert min(scene.seed for scene in drawn["val"] + drawn["train"]) > 99_999
    assert {scene.seed for scene in drawn["train"]}.isdisjoint(s.seed for s in drawn["val"])


def boxes(*rows: tuple[float, float, float, float, int]) -> Boxes:
    corners = np.array([row[:4] for row in rows], np.float32).reshape(-1, 4)
    kinds = np.array([row[4] for row in rows], np.int64)
    return Boxes(corners, kinds, np.ones(len(rows), np.float32))


def test_a_doubtful_thing_and_a_class_nobody_labelled_are_no_mistakes() -> None:
    found = [boxes((0, 0, 10, 10, 0), (50, 0, 60, 10, 0), (0, 50, 10, 60, 1))]
    truth = [boxes((0, 0, 10, 10, 0))]
    assert mean_average_precision(found, truth, 2)[0] == 1.0
    assert right_and_wrong(found, truth, 0, least=0.5) == (1, 1, 1)
    assert right_and_wrong(found, truth, 1, least=0.5) == (0, 1, 0)
    vague = [Unasked(boxes((51, 0, 61, 10, 0)), np.array([True, False]))]
    assert right_and_wrong(found, truth, 0, least=0.5, unasked=vague) == (1, 0, 1)
    assert right_and_wrong(found, truth, 1, least=0.5, unasked=vague) == (0, 0, 0)
    other = [Unasked(boxes((51, 0, 61, 10, 1)), np.array([True, True]))]
    assert right_and_wrong(found, truth, 0, least=0.5, unasked=other) == (1, 1, 1)


def test_half_a_point_is_where_a_class_is_told_best_and_of_what_stands_the_surest_hardly_worse() -> (
    None
):
    flat = [(50, 40, 60), (55, 10, 60), (55, 5, 60), (54, 4, 60), (52, 1, 60), (30, 0, 60)]
    rows = [*flat, *[(0, 0, 60)] * (len(LEVELS) - len(flat))]
    assert best_level(rows) == pytest.approx(LEVELS[4])
    early = [(50, 40, 60), (57, 2, 60), (56, 1, 60), (55, 1, 60), (55, 0, 60), (30, 0, 60)]
    rows = [*early, *[(0, 0, 60)] * (len(LEVELS) - len(early))]
    assert best_level(rows) == pytest.approx(LEVELS[1])
    assert best_level(rows, stands=True) == pytest.approx(LEVELS[4])


def test_two_glances_are_put_together_in_the_pictures_own_pixels() -> None:
    """A person at the left of a picture of 400 pixels, whom the mirror image shows at its right."""
    first = Boxes(np.array([[10, 20, 50, 90]], np.float32), np.array([8]), np.float32([0.9]))
    mirrored = Boxes(np.array([[350, 20, 390, 94]], np.float32), np.array([8]), np.float32([0.5]))
    both = together(first, turned(mirrored, 400))
    assert both.corners.tolist() == [[10, 20, 50, 92]]
    assert both.kinds.tolist() == [8]
    assert both.scores.tolist() == pytest.approx([0.7])
