"""What a photo shows: the original untouched, persons unrecognisable, the thumbnail small."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from edge_agent.vision.boxes import Box
from edge_agent.vision.frames import Frame, Image, decoded
from edge_agent.vision.pictures import hidden, take_picture, thumbnail, way_of_masking
from tests.edge_agent.vision.street import HIGH, WIDE, jpeg, street

PERSON: Box = (0.1, 0.3, 0.3, 0.9)
BAG: Box = (0.6, 0.7, 0.7, 0.9)
COLOUR = 1


def chequered(box: Box) -> Image:
    """Fine detail in the box, as a face has it."""
    image = street(noise=0)
    rows, columns = part(box)
    high, wide = image[rows, columns].shape[:2]
    fine = (np.indices((high, wide)).sum(axis=0) // 3 % 2 * 255).astype(np.uint8)
    image[rows, columns] = fine[:, :, None]
    return image


def part(box: Box) -> tuple[slice, slice]:
    x1, y1, x2, y2 = box
    return slice(int(y1 * HIGH), int(y2 * HIGH)), slice(int(x1 * WIDE), int(x2 * WIDE))


def detail(image: Image, box: Box) -> float:
    """How much neighbouring pixels differ."""
    return float(np.abs(np.diff(image[part(box)][:, :, 0].astype(float), axis=1)).mean())


def test_the_bytes_of_a_camera_that_gives_jpeg_stay_as_they_came() -> None:
    data = jpeg(street([("person", PERSON)]))
    upright = decoded(data, COLOUR)
    assert upright is not None
    taken = take_picture(Frame(5, jpeg=data), upright, covered=[PERSON])
    assert taken.original == data
    assert taken.parent_sha256 == hashlib.sha256(data).hexdigest()
    assert taken.captured_ns == 5


def test_a_person_cannot_be_recognised_and_the_rest_can() -> None:
    image = chequered(PERSON)
    masked = hidden(image, [PERSON])
    assert detail(image, PERSON) > 60
    assert detail(masked, PERSON) < 3
    assert np.array_equal(masked[part(BAG)], image[part(BAG)])
    taken = take_picture(Frame(5, pixels=image), image, covered=[PERSON])
    for derivative in (taken.masked, taken.thumbnail):
        seen = decoded(derivative, COLOUR)
        assert seen is not None
    shown = decoded(taken.masked, COLOUR)
    assert shown is not None
    assert detail(shown, PERSON) < 6
    original = decoded(taken.original, COLOUR)
    assert original is not None
    assert detail(original, PERSON) > 40


def test_with_a_detector_that_knows_no_persons_only_things_are_shown() -> None:
    image = chequered(PERSON)
    masked = hidden(image, [], shown=[BAG])
    assert detail(masked, PERSON) < 8
    assert np.array_equal(masked[part(BAG)], image[part(BAG)])
    assert way_of_masking("persons", ("bag", "bin")) == "all-but-things"
    assert way_of_masking("persons", ("bag", "person")) == "persons"
    assert way_of_masking("none", ("bag",)) == "none"


def test_a_person_before_a_shown_thing_is_covered_all_the_same() -> None:
    image = chequered(PERSON)
    assert detail(hidden(image, [PERSON], shown=[(0.0, 0.2, 0.5, 1.0)]), PERSON) < 3


@pytest.mark.parametrize("noise", [0.0, 60.0])
def test_the_thumbnail_is_small_whatever_the_picture(noise: float) -> None:
    assert len(thumbnail(street(noise=noise))) <= 8_000
    assert len(thumbnail(np.zeros((4, 3000, 3), np.uint8))) <= 8_000


def test_boxes_beyond_the_edge_are_cut() -> None:
    image = street(noise=0)
    assert hidden(image, [(0.9, 0.9, 1.0, 1.0), (0.0, 0.0, 0.0, 0.0)]).shape == image.shape
