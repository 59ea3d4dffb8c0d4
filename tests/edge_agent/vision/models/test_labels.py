"""Labels in every form met in the field, and which name belongs to which answer."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.label_map import map_classifier, map_detector
from edge_agent.vision.models.labels import (
    COCO_GAPS,
    embedded_labels,
    parse_labels,
    read_labels,
)
from tests.fakes.tflite_files import with_zip

MODEL = b"\x1c\x00\x00\x00TFL3" + bytes(100)
COCO_80 = [f"name {number}" for number in range(80)]


def names(text: str) -> dict[int, str]:
    return parse_labels(text, "a test").by_id


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\n",
        "\ufeffcat\r\ndog\r\n".lstrip("\ufeff"),
        "0 cat\n1 dog",
        "0  cat\n1  dog\n",
        "0:cat\n1:dog",
        "0, cat\n1, dog",
        "{0: 'cat', 1: 'dog'}",
        '{"names": {"0": "cat", "1": "dog"}, "task": "detect"}',
        "{'names': ['cat', 'dog'], 'stride': 32}",
        "description: x\ntask: detect\nnames:\n  0: cat\n  1: dog\n",
        "item { id: 0 name: 'cat' }\nitem {\n id: 1\n display_name: \"dog\"\n name: '/m/0bt9lr' }",
    ],
)
def test_every_form_of_a_list_is_read(text: str) -> None:
    assert names(text) == {0: "cat", 1: "dog"}


def test_a_list_whose_names_begin_with_numbers_here_and_there_is_a_plain_list() -> None:
    assert names("3 door car\ncat\n") == {0: "3 door car", 1: "cat"}


def test_a_first_name_of_question_marks_moves_a_detectors_names_by_one() -> None:
    found = map_detector(parse_labels("???\nperson\nbicycle\n???\nbus", "t"), None)
    assert found.names == {0: "person", 1: "bicycle", 3: "bus"}
    assert found.name(2) == "class 2"


def test_ids_written_from_1_with_gaps_move_a_detectors_names_by_one() -> None:
    found = map_detector(
        parse_labels("1  person\n2  bicycle\n13  stop sign\n90  toothbrush", "t"), 90
    )
    assert found.names == {0: "person", 1: "bicycle", 12: "stop sign", 89: "toothbrush"}


def test_ids_written_from_0_with_gaps_are_taken_as_they_are() -> None:
    found = map_detector(parse_labels("0  person\n12  stop sign\n89  toothbrush", "t"), 90)
    assert found.names == {0: "person", 12: "stop sign", 89: "toothbrush"}


def test_80_names_for_90_classes_leave_out_the_ids_that_coco_never_used() -> None:
    found = map_detector(parse_labels("\n".join(COCO_80), "t"), 90)
    # cocodataset.org: the 12th name is stop sign with id 13, the last is toothbrush with id 90.
    assert (found.name(0), found.name(10), found.name(12)) == ("name 0", "name 10", "name 11")
    assert (found.name(89), found.name(11)) == ("name 79", "class 11")
    assert len(COCO_GAPS) == 10


def test_a_list_with_gaps_for_a_model_without_them_is_closed_up() -> None:
    found = map_detector(parse_labels("person\n???\nbus\nn/a\ncat", "t"), 3)
    assert found.names == {0: "person", 1: "bus", 2: "cat"}


def test_1001_outputs_for_1000_names_begin_with_a_background() -> None:
    plain = [f"n{number}" for number in range(1000)]
    found = map_classifier(parse_labels("\n".join(plain), "t"), 1001)
    assert (found.name(0), found.name(1), found.name(1000)) == ("background", "n0", "n999")
    with_background = map_classifier(parse_labels("\n".join(["background", *plain]), "t"), 1000)
    assert (with_background.name(0), with_background.name(999)) == ("n0", "n999")
    same = map_classifier(parse_labels("\n".join(["background", *plain]), "t"), 1001)
    assert (same.name(0), same.name(1)) == ("background", "n0")


def test_another_number_of_labels_keeps_what_there_is_and_says_so() -> None:
    few = map_classifier(parse_labels("cat\ndog", "t"), 4)
    assert (few.name(1), few.name(3)) == ("dog", "class 3")
    assert "2 have no name" in few.why
    one_short = map_classifier(parse_labels("cat\ndog", "t"), 3)
    assert [one_short.name(number) for number in range(3)] == ["cat", "dog", "class 2"]
    many = map_detector(parse_labels("a\nb\nc", "t"), 2)
    assert many.name(1) == "b"
    assert "1 names are never answered" in many.why


@pytest.mark.parametrize("name", ["labelmap.txt", "labels.txt", "labels_without_background.txt"])
def test_labels_are_found_in_the_archive_behind_the_model(name: str) -> None:
    assert embedded_labels(with_zip(MODEL, {name: "cat\ndog\n"})).by_id == {0: "cat", 1: "dog"}


@pytest.mark.parametrize("name", ["temp_meta.txt", "metadata.json"])
def test_names_and_task_are_found_in_ultralytics_metadata(name: str) -> None:
    said = "{'description': 'x', 'task': 'segment', 'names': {0: 'cat', 1: 'dog'}}"
    found = embedded_labels(with_zip(MODEL, {name: said}))
    assert (found.by_id, found.task) == ({0: "cat", 1: "dog"}, "segment")


def test_a_broken_tail_is_no_labels_and_no_error() -> None:
    whole = with_zip(MODEL, {"labelmap.txt": "cat\ndog\n" * 50})
    for end in range(len(MODEL), len(whole)):
        assert embedded_labels(whole[:end]).by_id == {}
    for place in range(len(MODEL), len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 0xFF
        assert len(embedded_labels(bytes(broken))) <= 100  # never more than were written


def test_an_archive_that_grows_without_bounds_is_not_unpacked() -> None:
    bomb = bytearray(with_zip(MODEL, {"labels.txt": "x" * (8 << 20)}))
    assert embedded_labels(bytes(bomb)).by_id == {}
    # The same, with a directory that lies about the size.
    directory = bomb.rindex(b"PK\x01\x02")
    bomb[directory + 24 : directory + 28] = struct.pack("<I", 10)
    assert len(embedded_labels(bytes(bomb))) <= 1  # ten bytes at the most


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_model_are_answered(tail: bytes) -> None:
    assert embedded_labels(MODEL + tail).by_id == {}  # no archive comes about by chance


@given(st.text(max_size=300), st.integers(1, 1100))
def test_any_text_is_labels_and_every_answer_has_a_name(text: str, outputs: int) -> None:
    found = parse_labels(text, "t")
    for mapped in (
        map_detector(found, outputs),
        map_detector(found, None),
        map_classifier(found, outputs),
    ):
        assert all(mapped.name(number) for number in (0, 1, outputs - 1))


@given(
    st.lists(
        st.text("abcdefgh ", min_size=1).map(str.strip).filter(bool),
        min_size=1,
        max_size=30,
        unique=True,
    )
)
def test_a_plain_list_as_long_as_the_outputs_is_taken_in_its_order(labels: list[str]) -> None:
    found = parse_labels("\n".join(labels), "t")
    for mapped in (map_classifier(found, len(labels)), map_detector(found, len(labels))):
        assert [mapped.name(number) for number in range(len(labels))] == labels


def test_a_label_file_that_cannot_be_used_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    for path in (
        tmp_path / "empty.txt",
        tmp_path / "binary.txt",
        tmp_path / "absent.txt",
        tmp_path,
    ):
        with pytest.raises(ModelRefused, match=str(path)):
            read_labels(path)
