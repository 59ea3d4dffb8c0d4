"""Streets: one problem for each thing and place, opened late enough, ended soon enough, never told twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from contract.payloads.base import Place
from contract.payloads.problem import Problem
from edge_agent.config.camera_places import CameraPlaceConfig
from edge_agent.config.devices.camera import CameraConfig, PresetConfig, PtzConfig
from edge_agent.config.street_classes import StreetClassConfig
from edge_agent.config.streetscape import StreetscapeConfig
from edge_agent.ports import Conclusion, DeviceOrder, Look
from edge_agent.readings import LineStatus, Reading, SeenThing, Tick, ViewReading
from edge_agent.roles.streetscape.streetscape import Streetscape
from tests.edge_agent.rules.standing.street import (
    CAMERA,
    MODEL,
    at,
    drive,
    every,
    looked,
    news,
    picture,
    problems,
    scene,
    story,
    thing,
)

CONFIG = StreetscapeConfig(cameras=("cam-1",))
HEAP = thing()
HOUR = 3600.0


def role(config: StreetscapeConfig = CONFIG, camera: CameraConfig = CAMERA) -> Streetscape:
    return Streetscape(config, {camera.id: camera})


def fed(one: Streetscape, readings: Iterable[Reading]) -> list[Conclusion]:
    return [told for reading in readings for told in news(one.step(reading).conclusions)]


def ordered(one: Streetscape, readings: Iterable[Reading]) -> list[DeviceOrder]:
    return [told for reading in readings for told in one.step(reading).orders]


def test_a_heap_that_stays_is_one_problem_that_says_where_since_when_and_by_what() -> None:
    config = replace(CONFIG, places=(CameraPlaceConfig("cam-1", 113.3, 23.1, zone="pavement"),))
    told = fed(role(config), every(20, 0, 120, [HEAP]))
    (opened,) = problems(told)
    assert told[0].subject == "camera/cam-1"
    assert replace_id(opened) == Problem(
        problem_id="",
        phase="opened",
        class_code="06010",
        place=Place(lon=113.3, lat=23.1, error_m=15.0, zone="pavement", camera="cam-1"),
        first_seen="2026-09-21T14:13:20.000Z",
        last_seen="2026-09-21T14:14:00.000Z",
        sightings=3,
        confidence=0.8,
        model=opened.model,
        detail="waste_heap",
    )
    assert opened.model is not None
    assert (opened.model.name, opened.model.sha256) == MODEL


def replace_id(one: Problem) -> Problem:
    return msgspec.structs.replace(one, problem_id="")


def test_a_thing_that_does_not_stay_is_no_problem() -> None:
    assert fed(role(), [scene(0, HEAP), scene(20), scene(40), scene(60, HEAP), scene(80)]) == []


def test_what_was_there_long_before_it_was_first_told_needs_no_more_time_but_as_many_looks() -> (
    None
):
    old = thing(still_s=600)
    one = role()
    assert fed(one, [scene(0, old)]) == []
    assert story(fed(one, [scene(1, old)])) == [("opened", "06010")]


def test_a_heap_that_is_cleared_is_ended_by_the_second_look_that_does_not_see_it() -> None:
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    assert fed(one, [scene(60)]) == []
    (ended,) = problems(fed(one, [scene(80)]))
    assert (ended.phase, ended.last_seen) == ("ended", "2026-09-21T14:14:00.000Z")
    assert fed(one, every(20, 100, 300, [])) == []


def test_a_heap_that_flickers_for_an_hour_with_new_track_numbers_is_one_problem() -> None:
    one = role()
    looks = [
        scene(20 * n, *([] if n % 2 else [thing(track=n + 1, x=0.3 + 0.01 * (n % 3))]))
        for n in range(180)
    ]
    assert story(fed(one, looks)) == [("opened", "06010")]


def test_it_is_told_again_only_so_often() -> None:
    one = role(replace(CONFIG, classes=(StreetClassConfig("waste_heap", "06010", update_min=10),)))
    told = problems(fed(one, every(20, 0, HOUR, [HEAP])))
    assert [one.phase for one in told] == ["opened"] + ["updated"] * 5
    assert len({one.problem_id for one in told}) == 1
    assert told[-1].sightings > 150


def test_pieces_of_one_heap_are_one_problem_and_two_stalls_side_by_side_are_two() -> None:
    pieces = [thing(x=0.30, size=0.05), thing(x=0.353, size=0.06, track=2)]
    assert story(fed(role(), every(20, 0, 200, pieces))) == [("opened", "06010")]
    stalls = [thing("vendor_stall", 0.3), thing("vendor_stall", 0.41, track=2)]
    told = problems(fed(role(), every(20, 0, 200, stalls)))
    assert [one.class_code for one in told] == ["09001", "09001"]
    assert len({one.problem_id for one in told}) == 2


def test_a_stall_that_comes_close_beside_another_is_a_problem_of_its_own() -> None:
    one = role()
    first, second = thing("vendor_stall", 0.3), thing("vendor_stall", 0.345, track=2)
    assert len(fed(one, every(20, 0, 200, [first]))) == 1
    assert story(fed(one, every(20, 200, 500, [first, second]))) == [("opened", "09001")]


def test_two_heaps_that_grow_together_are_the_older_one() -> None:
    one = role()
    left, right = thing(x=0.2, size=0.08), thing(x=0.5, size=0.08, track=2)
    first = problems(fed(one, every(20, 0, 60, [left])))
    second = problems(fed(one, every(20, 60, 120, [left, right])))
    both = thing(x=0.2, size=0.38, track=3)
    (ended,) = problems(fed(one, every(20, 120, 300, [both])))
    assert (ended.phase, ended.problem_id) == ("ended", second[0].problem_id)
    assert ended.detail == f"part of {first[0].problem_id}"


def test_a_single_bottle_is_nobodys_problem_but_several_together_are() -> None:
    bottles = [thing("bottle", 0.3 + 0.04 * n, size=0.02, track=n) for n in range(4)]
    litter = StreetClassConfig("bottle", "06010", gap=2.0, least=4, open_s=300.0)
    wanted = replace(CONFIG, classes=(litter,))
    assert fed(role(wanted), every(20, 0, HOUR, bottles[:1])) == []
    assert story(fed(role(wanted), every(20, 0, HOUR, bottles)))[:1] == [("opened", "06010")]
    assert fed(role(), every(20, 0, HOUR, bottles)) == []  # not unless somebody asked for it


def test_weak_sights_open_nothing_and_yet_keep_open_what_is_open() -> None:
    weak = thing(score=0.3)
    assert fed(role(), every(20, 0, HOUR, [weak])) == []
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    assert fed(one, every(20, 60, HOUR, [weak])) == []


BIN = thing("overflowing_bin", score=0.7)
CLOSED = thing("overflowing_bin", score=0.38)


def test_what_was_doubtful_for_an_hour_is_opened_soon_once_it_is_sure() -> None:
    one, doubtful = role(), thing("shop_outside", score=0.45)
    assert fed(one, every(20, 0, HOUR, [doubtful])) == []
    sure = replace(doubtful, score=0.7)
    assert story(fed(one, every(20, HOUR, HOUR + 60, [sure]))) == [("opened", "09005")]


def test_an_emptied_bin_has_ended_though_it_looks_a_little_like_a_full_one() -> None:
    one = role()
    assert story(fed(one, every(20, 0, 60, [BIN]))) == [("opened", "06042")]
    assert story(fed(one, every(20, 60, 120, [CLOSED]))) == [("ended", "06042")]
    assert story(fed(one, every(20, 120, 300, [BIN]))) == [("opened", "06042")]


def test_what_the_last_look_made_of_it_counts_not_the_mean_of_its_track() -> None:
    one = role()
    fed(one, every(20, 0, 60, [BIN]))
    emptied = replace(BIN, latest=0.38)
    assert story(fed(one, every(20, 60, 120, [emptied]))) == [("ended", "06042")]


def test_heaps_that_only_meet_at_their_corners_are_two() -> None:
    front, back = thing(x=0.3, y=0.6, size=0.1), thing(x=0.4, y=0.7, size=0.1, track=2)
    assert story(fed(role(), every(20, 0, 60, [front, back]))) == [("opened", "06010")] * 2
    beside = replace(back, box=(0.4, 0.63, 0.5, 0.73))
    assert story(fed(role(), every(20, 0, 60, [front, beside]))) == [("opened", "06010")]


@pytest.mark.parametrize("state", ["covered", "turned", "defocused", "frozen", "looped", "dark"])
def test_a_camera_that_cannot_look_neither_opens_nor_ends(state: str) -> None:
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    fed(one, [ViewReading("cam-1", at(60), state)])
    stall = thing("vendor_stall", 0.7)
    assert fed(one, every(20, 61, HOUR, [stall])) == []
    fed(one, [ViewReading("cam-1", at(HOUR), "good")])
    assert fed(one, [scene(HOUR + 1)]) == []
    assert story(fed(one, [scene(HOUR + 21)])) == [("ended", "06010")]


def test_looks_that_were_not_made_say_nothing() -> None:
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    missed = [looked(60 + n, "l", reason="covered") for n in range(50)]
    assert fed(one, missed) == []


def test_what_a_parked_van_hides_is_not_gone() -> None:
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    van = thing("vehicle", 0.25, y=0.5, size=0.3)
    assert fed(one, every(20, 60, HOUR, [van])) == []
    assert story(fed(one, every(20, HOUR, HOUR + 60, []))) == [("ended", "06010")]


def test_what_is_only_believed_to_be_there_opens_nothing_and_ends_nothing() -> None:
    held = replace(thing("vendor_stall"), unseen_s=20.0)
    one = role()
    fed(one, every(20, 0, 60, [thing("vendor_stall")]))
    assert fed(one, every(20, 60, 900, [held])) == []
    assert story(fed(one, every(20, 900, 940, [thing("vendor_stall")]))) == [("opened", "09001")]
    assert fed(one, every(20, 940, HOUR, [held])) == []
    assert story(fed(one, every(20, HOUR, HOUR + 60, []))) == [("ended", "09001")]


def test_a_look_at_a_part_of_the_picture_says_nothing_of_the_rest() -> None:
    one = role()
    right = thing(x=0.8)
    fed(one, every(20, 0, 60, [right]))
    assert fed(one, [looked(60 + 60 * n, "l", preset="left-half") for n in range(9)]) == []
    assert fed(one, [looked(900 + 60 * n, "l", preset="walls") for n in range(9)]) == []
    told = fed(one, [looked(1800 + 60 * n, "l") for n in range(2)])
    assert story(told) == [("ended", "06010")]


def test_positions_of_a_turning_camera_are_different_places() -> None:
    camera = replace(
        CAMERA,
        zones=(),
        presets=(PresetConfig("east", token="1"), PresetConfig("west", token="2")),
        ptz=PtzConfig("http://10.0.0.7/onvif", home="east"),
    )
    one = role(camera=camera)
    east = [looked(60 * n, "l", HEAP, preset="east") for n in range(3)]
    west = [looked(60 * n + 30, "l", preset="west") for n in range(3)]
    told = fed(one, sorted([*east, *west], key=lambda look: look.moment.mono_ns))
    (opened,) = problems(told)
    assert (opened.phase, opened.place.preset) == ("opened", "east")
    home = [replace(scene(600 + n, HEAP), preset="east") for n in range(3)]
    assert fed(one, home) == []


def test_the_closest_description_of_a_place_counts() -> None:
    places = (
        CameraPlaceConfig("cam-1", 113.1, 23.1),
        CameraPlaceConfig("cam-1", 113.2, 23.1, zone="pavement"),
        CameraPlaceConfig("cam-1", 113.3, 23.1, zone="yard"),
        CameraPlaceConfig("cam-1", 113.4, 23.1, preset="left-half"),
    )
    one = role(replace(CONFIG, places=places))
    things = [thing(), thing("rubble_heap", 0.6, zones=()), thing("vendor_stall", 0.8, zones=())]
    told = problems(fed(one, every(20, 0, 200, things)))
    assert [(each.class_code, each.place.lon) for each in told] == [
        ("06010", 113.2),
        ("06011", 113.1),
        ("09001", 113.1),
    ]
    half = role(replace(CONFIG, places=places))
    heap = thing(zones=())
    told = problems(fed(half, [looked(40.0 * n, "l", heap, preset="left-half") for n in range(2)]))
    assert [each.place.lon for each in told] == [113.4]


def test_the_same_label_is_another_matter_in_another_zone() -> None:
    classes = (
        StreetClassConfig("goods_on_pavement", "06036", zones=("yard",)),
        StreetClassConfig("goods_on_pavement", "09006"),
    )
    one = role(replace(CONFIG, classes=classes))
    things = [
        thing("goods_on_pavement", 0.1, zones=("yard",)),
        thing("goods_on_pavement", 0.6, track=2),
    ]
    told = problems(fed(one, every(20, 0, 60, things)))
    assert {(one.class_code, one.place.zone) for one in told} == {
        ("06036", "yard"),
        ("09006", "pavement"),
    }


def test_the_photo_of_a_problem_leaves_masked_with_its_thumbnail_first_and_names_the_original() -> (
    None
):
    shot = picture(1)
    one = role()
    told = fed(one, [scene(1, HEAP, picture=shot), *every(20, 20, 80, [HEAP])])
    (opened,) = told
    assert [(one.content, one.sealed) for one in opened.evidence] == [
        (shot.thumbnail, False),
        (shot.masked, False),
        (shot.original, True),
    ]
    refs = problems(told)[0].photos
    assert [one.sha256 for one in refs] == [
        sha256(one.content).hexdigest() for one in opened.evidence if not one.sealed
    ]
    assert {one.parent for one in refs} == {shot.parent_sha256}
    assert {one.camera for one in refs} == {"cam-1"}
    assert all(shot.original not in one.content for one in opened.evidence if not one.sealed)


def test_a_problem_without_a_photo_orders_one_and_sends_it_after() -> None:
    one = role()
    orders = ordered(one, every(20, 0, 60, [HEAP]))
    (order,) = orders
    assert isinstance(order.order, Look)
    told = fed(one, [looked(65, order.order.look, HEAP, picture=picture(64))])
    assert [(one.phase, len(one.photos)) for one in problems(told)] == [("updated", 2)]
    assert fed(one, [looked(70, order.order.look, HEAP, picture=picture(69))]) == []


def test_what_is_no_longer_watched_is_ended_after_the_change() -> None:
    one = role()
    state = None
    for reading in every(20, 0, 60, [HEAP]):
        state = one.step(reading).state or state
    assert state is not None
    again = role(replace(CONFIG, classes=(StreetClassConfig("vendor_stall", "09001"),)))
    again.restore(state)
    told = problems(fed(again, [Tick(at(61))]))
    assert [(one.phase, one.detail) for one in told] == [("ended", "not watched any more")]
    assert fed(again, [Tick(at(62))]) == []


# -- patrol cars

CAR = CameraConfig(id="car-1", source="file:drive.mp4", moving=True)
METRE = 1 / (111_320 * 0.9198)


def passing(t: float, *things_at: tuple[float, str], seen: bool = True) -> list[Reading]:
    """A drive of 200 m past things that stand so many metres along, seen from 20 m before."""
    out: list[Reading] = []
    for metre in range(0, 200, 5):
        near = [label for place, label in things_at if 0 <= place - metre <= 20 and seen]
        things: Sequence[SeenThing] = [thing(label, track=metre) for label in near]
        out.append(drive(t + metre / 5, 113.3 + metre * METRE, *things))
    return out


def car_role() -> Streetscape:
    return Streetscape(StreetscapeConfig(cameras=("car-1",)), {"car-1": CAR})


def test_five_drive_bys_of_one_heap_are_one_problem() -> None:
    one = car_role()
    told = problems(
        [t for n in range(5) for t in fed(one, passing(7200.0 * n, (100, "waste_heap")))]
    )
    assert len({one.problem_id for one in told}) == 1
    assert [one.phase for one in told] == ["opened", "updated", "updated", "updated", "updated"]
    assert told[-1].sightings == 5
    assert told[0].place.lon == pytest.approx(113.3 + 80 * METRE, abs=1e-6)
    assert told[0].place.error_m == 25.0


def test_two_heaps_a_hundred_metres_apart_are_two_problems_of_a_patrol() -> None:
    told = problems(fed(car_role(), passing(0, (50, "waste_heap"), (150, "waste_heap"))))
    assert [one.phase for one in told] == ["opened", "opened"]


def test_a_heap_that_two_drives_did_not_see_is_gone() -> None:
    one = car_role()
    fed(one, passing(0, (100, "waste_heap")))
    assert fed(one, passing(7200, (100, "waste_heap"), seen=False)) == []
    assert story(fed(one, passing(9000, (100, "waste_heap"), seen=False))) == [("ended", "06010")]


def test_a_patrol_without_a_position_could_not_look() -> None:
    one = car_role()
    fed(one, passing(0, (100, "waste_heap")))
    assert fed(one, [drive(100 + n, None, HEAP) for n in range(20)]) == []


def test_a_lost_camera_says_nothing() -> None:
    one = role()
    fed(one, every(20, 0, 60, [HEAP]))
    lost = [LineStatus("cam-1", at(60 + n), 0, 0, 0, 0, connected=False) for n in range(9)]
    assert fed(one, lost) == []
