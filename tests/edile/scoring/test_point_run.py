"""A simulated disposal point before the real tracker and role: a short one, and what it is driven with."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from statistics import mean

import pytest

from edge_agent.config.devices.camera import check_polygon
from edge_agent.roles.table import ROLES
from edge_agent.vision.zones import Zone
from edile.scoring.point_run import PointRun, run_point
from edile.scoring.point_site import LABELS, camera_of, point_config, speaker, zones_of
from edile.scoring.sight import Faults, NoisyLabels
from simulators.camera.live import LiveCamera
from simulators.camera.outlines import Outlines
from simulators.camera.point import DisposalPoint as PointWorld
from simulators.camera.table import PLACES, WEATHERS
from simulators.scenes.scene import Label
from simulators.scenes.things.bins import STREAMS

SIZE = (320, 180)
MINUTES = 25 / 60


def world_of(seed: int, length_s: float = 600.0) -> PointWorld:
    place = PLACES["disposal-point"]
    world = place.world(seed, length_s, place.scene(seed, SIZE, 10.0, WEATHERS["cloud"]))
    assert isinstance(world, PointWorld)
    return world


@cache
def short_run(seed: int = 45) -> PointRun:
    return run_point(seed, MINUTES, faults=Faults(0, 0, 0, 0))


def test_the_first_visitors_are_seen_and_whoever_errs_is_told() -> None:
    run = short_run()
    told = run.figures
    assert (told.honest, told.wrong, told.beside) == (1, 1, 0)
    assert (told.seen, told.missed, told.false) == (told.honest + told.wrong, 0, 0)
    assert (told.prompted, told.wrong_prompts) == (told.wrong, 0)
    assert told.known_right == told.seen
    assert max(told.latencies) <= 1.0
    heard = [one for one in run.truth if one["kind"] == "prompt"]
    assert [one["deserved"] for one in heard] == [True] * len(run.said)


def test_the_same_seed_is_the_same_run() -> None:
    assert run_point(45, 0.02) == run_point(45, 0.02)


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_bag_is_in_its_bins_zones_when_it_hangs_there_and_when_it_goes_in(seed: int) -> None:
    world = world_of(seed)
    zones = {
        one.name: Zone(one.name, tuple((x, y) for x, y in one.points)) for one in zones_of(world)
    }
    camera = world.scene.camera
    for one in zones_of(world):
        check_polygon(one.points)
    for name in STREAMS:
        x = world.place(name) + 0.23  # in the right hand
        for zone, place in ((f"bin-{name}", (x, -1.24, 0.85)), (f"before-{name}", (x, -1.7, 0.45))):
            column, row = camera.pixel(*place) or (0.0, 0.0)
            foot = (column / camera.width, row / camera.height)
            if 0 < foot[0] < 1:
                inside = [key for key, one in zones.items() if one.holds(foot, was_inside=False)]
                assert zone in inside
                assert [key for key in inside if key.startswith(zone[:4])] == [zone]


def test_what_the_gateway_is_given_is_one_that_it_takes() -> None:
    camera = camera_of(world_of(100))
    devices = {"cam-1": camera, "sp-1": speaker()}
    spec = ROLES["disposal_point"]
    assert spec.devices(point_config()) == {"cam-1", "sp-1"}
    assert spec.build(point_config(), devices).name == "disposal_point"


def label(name: str, hidden: float = 0.0) -> Label:
    return Label(name, (100.0, 60.0, 140.0, 120.0), hidden, 0.0, 0)


def test_faults_are_as_frequent_as_they_are_meant_to_be() -> None:
    sight = NoisyLabels(1, LABELS, SIZE, Faults())
    looks = [sight.find([label("bag_food"), label("bin_food")]) for _ in range(3000)]
    real = [one for look in looks for one in look if 0.25 < one.box[0] < 0.4 and one.box[2] < 0.5]
    assert len(real) / 3000 == pytest.approx(0.90, abs=0.03)
    assert mean(one.label != "bag_food" for one in real) == pytest.approx(0.05, abs=0.02)
    assert sum(len(look) for look in looks) - len(real) == pytest.approx(60, abs=30)
    kinds = {one.label for one in real if one.box[3] > 0.5}
    assert len(kinds & {one for one in LABELS if one.startswith("bag_")}) == 4
    hidden = [sight.find([label("bag_food", hidden=0.9)]) for _ in range(1000)]
    assert sum(len(look) for look in hidden) < 600


def test_without_faults_a_detector_sees_what_is_there() -> None:
    sight = NoisyLabels(1, LABELS, SIZE, Faults(0, 0, 0, 0))
    (found,) = sight.find([label("bag_food"), replace(label("bag_food"), box=(1, 1, 4, 9))])
    assert found.box == pytest.approx((100 / 320, 60 / 180, 140 / 320, 120 / 180))


def test_outlines_are_where_the_camera_paints_them() -> None:
    made = PLACES["disposal-point"].scene(1, (160, 90), 10.0, WEATHERS["cloud"])
    world = PointWorld(1, 60.0, replace(made, edition=-1))
    world.advance(11.0)
    painted = {one.label: one.box for one in LiveCamera(world).frame(11.0).labels}
    drawn = {one.label: one.box for one in Outlines(world).labels(11.0)}
    assert set(drawn) == set(painted)
    assert any(name.startswith("bag_") for name in drawn)
    assert "person" in drawn
    for name, box in drawn.items():
        assert box == pytest.approx(painted[name], abs=1.0)
