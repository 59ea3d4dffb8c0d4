"""What is worth a look, and what is only light, rain or a shaken mast."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge_agent.vision.boxes import Box, covered
from edge_agent.vision.frames import Image
from edge_agent.vision.gate import CELL, Gate, Motion, cell_shares
from tests.edge_agent.vision.street import grey

STEP_NS = 200_000_000
BAG: Box = (0.4, 0.7, 0.5, 0.85)


class Stand:
    """A gate that is fed one picture after the other; `looks` as a detector that is never late."""

    def __init__(self) -> None:
        self.gate, self.at_ns, self.count = Gate(), 0, 0

    def show(self, picture: Image, *, looked: bool = True) -> Motion:
        self.at_ns += STEP_NS
        motion = self.gate.take(picture, self.at_ns)
        if motion.regions and looked:
            self.gate.looked(self.at_ns, None, ())
        return motion

    def play(
        self, pictures: int, *things: tuple[str, Box], looked: bool = True, **how: float
    ) -> list[Motion]:
        told = []
        for _ in range(pictures):
            self.count += 1
            told.append(self.show(grey(things, seed=self.count, **how), looked=looked))
        return told


def test_a_street_where_nothing_happens_is_worth_no_look() -> None:
    stand = Stand()
    assert stand.play(1)[0].rebased
    told = stand.play(60)
    assert not any(one.regions for one in told)
    assert sum(one.calm_after_rebase for one in told) == 1


def test_what_is_put_down_is_looked_at_where_it_is_and_then_left_alone() -> None:
    stand = Stand()
    stand.play(20)
    told = stand.play(30, ("bag", BAG))
    assert covered(BAG, told[0].regions[0]) > 0.9
    assert told[0].regions[0][2] - told[0].regions[0][0] < 0.3
    assert not any(one.regions for one in told[15:])


def test_what_nobody_has_looked_at_is_never_absorbed() -> None:
    stand = Stand()
    stand.play(20)
    told = stand.play(200, ("bag", BAG), looked=False)
    assert all(one.regions for one in told)


def test_a_pile_that_grows_slowly_is_noticed() -> None:
    """Each step is below every threshold between two frames; a running mean would swallow it."""
    stand = Stand()
    stand.play(20)
    told = []
    for step in range(200):
        stand.count += 1
        picture = grey(seed=stand.count)
        part = picture[126:153, 128:160]
        part[:] = np.clip(part.astype(float) + step * 0.4, 0, 255).astype(np.uint8)
        told.append(stand.show(picture))
    assert any(one.regions for one in told)


def test_taking_away_is_a_change_like_putting_down() -> None:
    stand = Stand()
    stand.play(20, ("bag", BAG))
    assert covered(BAG, stand.play(1)[0].regions[0]) > 0.9


@pytest.mark.parametrize("light", [0.35, 1.9])
def test_a_lamp_or_a_cloud_is_no_event_but_asks_for_a_full_look_once_it_is_calm(
    light: float,
) -> None:
    stand = Stand()
    stand.play(20)
    told = stand.play(20, light=light)
    assert told[0].rebased
    assert told[0].regions == ()
    assert not any(one.regions for one in told)
    assert sum(one.calm_after_rebase for one in told) == 1


def test_a_lamp_is_no_event_either_where_masks_leave_a_third_of_the_picture() -> None:
    seen = np.zeros_like(grey())
    seen[:, 100:200] = 255
    gate, told = Gate(), []
    for number in range(60):
        picture = np.where(
            seen > 0, grey(seed=number, light=1.5 if number < 30 else 1.0), np.uint8(0)
        )
        told.append(gate.take(picture, number * STEP_NS, seen))
    assert [number for number, one in enumerate(told) if one.rebased] == [0, 30]
    assert not any(one.regions for one in told)


def test_a_shaken_mast_is_no_event() -> None:
    stand = Stand()
    stand.play(20)
    stand.count += 1
    assert stand.show(grey(seed=stand.count, shift=60)).share > 0.3


def test_a_noisy_night_is_learned_and_not_reported() -> None:
    stand = Stand()
    stand.play(40, noise=14.0, light=0.4)
    assert not any(one.regions for one in stand.play(60, noise=14.0, light=0.4))
    assert any(
        one.regions for one in stand.play(3, ("bag", (0.4, 0.6, 0.6, 0.9)), noise=14.0, light=0.4)
    )


def test_leaves_in_the_wind_need_more_after_a_while_but_a_person_before_them_is_seen() -> None:
    stand = Stand()
    stand.play(10)
    tree: Box = (0.1, 0.1, 0.25, 0.5)

    def wind(pictures: int, *things: tuple[str, Box]) -> list[Motion]:
        told = []
        for _ in range(pictures):
            stand.count += 1
            stand.at_ns += 4 * STEP_NS  # a slow camera: two minutes go by sooner
            picture = grey(things, seed=stand.count)
            if not things:
                shade = (
                    np.random.default_rng(stand.count).integers(-14, 14, (9, 6)).astype(np.float32)
                )
                leaves = cv2.resize(shade, (48, 72), interpolation=cv2.INTER_NEAREST)
                part = picture[18:90, 32:80]
                part[:] = np.clip(part.astype(np.float32) + leaves, 0, 255).astype(np.uint8)
            told.append(stand.show(picture))
        return told

    first = wind(100)
    assert sum(bool(one.regions) for one in first[:50]) > 10
    wind(150)
    assert sum(bool(one.regions) for one in wind(50)) < 5
    assert wind(1, ("person", tree))[0].regions


def test_another_size_of_picture_begins_anew() -> None:
    stand = Stand()
    stand.play(5)
    assert stand.show(np.zeros((90, 160), np.uint8)).rebased


@pytest.mark.parametrize("wide", [320, 180, 321])
def test_the_share_of_each_cell_is_that_of_its_pixels(wide: int) -> None:
    """Cells of whole pixels, where cells are whole bytes and where they are not."""
    cells = 3, wide // CELL
    high = CELL * cells[0]
    change = np.random.default_rng(9).integers(0, 30, (high, wide)).astype(np.uint8)
    shares = cell_shares(change, 14.0, cells)
    above = cv2.resize((change > 14).astype(np.float64), (wide * cells[1], high), interpolation=0)
    exact = above.reshape(cells[0], CELL, cells[1], wide).mean(axis=(1, 3))
    assert shares.shape == cells
    assert np.allclose(shares, exact, atol=1e-5)
