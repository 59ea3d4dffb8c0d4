"""Sets on disk, and scenes as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from simulators.cli import app
from simulators.scenes.picture import render
from simulators.scenes.point_sampling import sample_point
from simulators.scenes.sampling import PROBLEMS, sample, without_problems
from simulators.scenes.scene import Label, ignored
from simulators.scenes.things.table import CODES, KINDS, POINT_CLASSES, STREET_CLASSES
from simulators.scenes.writing import plan, write_set, yolo

SMALL = (160, 90)


@pytest.fixture(scope="module")
def two_sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")
    for folder in folders:
        write_set(folder, 4, 7, "trial", size=SMALL)
    return folders


def test_the_same_seed_writes_the_same_bytes(two_sets: tuple[Path, Path]) -> None:
    first, second = two_sets
    names = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(names) == 4 + 4 + 2
    assert all((first / name).read_bytes() == (second / name).read_bytes() for name in names)


def test_label_files_say_what_the_truth_says(two_sets: tuple[Path, Path]) -> None:
    folder = two_sets[0]
    classes = (folder / "classes.txt").read_text().split()
    assert classes == list(STREET_CLASSES)
    found = 0
    for line in (folder / "truth-trial.jsonl").read_text().splitlines():
        row = json.loads(line)
        picture = cv2.imread(str(folder / "images" / "trial" / row["image"]))
        assert picture is not None
        assert picture.shape == (90, 160, 3)
        told = [one for one in row["labels"] if one["label"] in classes and not one["ignore"]]
        written = (
            (folder / "labels" / "trial" / row["image"])
            .with_suffix(".txt")
            .read_text()
            .splitlines()
        )
        assert len(written) == len(told)
        for text, one in zip(written, told, strict=True):
            number, x, y, wide, tall = map(float, text.split())
            assert classes[int(number)] == one["label"]
            left, right = (x - wide / 2) * 160, (x + wide / 2) * 160
            assert (left, right) == pytest.approx((one["box"][0], one["box"][2]), abs=1e-3)
            assert ((y - tall / 2) * 90, (y + tall / 2) * 90) == pytest.approx(
                (one["box"][1], one["box"][3]), abs=1e-3
            )
            found += 1
    assert found >= 3


def test_at_a_disposal_point_every_bag_and_bin_has_its_stream(tmp_path: Path) -> None:
    write_set(tmp_path, 6, 3, "trial", size=(320, 180), place="point")
    assert (tmp_path / "classes.txt").read_text().split() == list(POINT_CLASSES)
    rows = [json.loads(line) for line in (tmp_path / "truth-trial.jsonl").read_text().splitlines()]
    seen = {one["label"] for row in rows for one in row["labels"]}
    assert seen - {"notice_board"} <= set(POINT_CLASSES)
    assert {"person", "bin_recyclable", "bin_residual"} <= seen
    assert any(label.startswith("bag_") for label in seen)


def test_a_carried_bag_hangs_at_its_carrier() -> None:
    for seed in range(60, 75):
        scene = sample_point(seed, -1, SMALL)
        parts = [t for t in scene.things if t.options.get("part") == "bag"]
        _, labels = render(scene)
        for thing in parts:
            at = scene.things.index(thing)
            held = [one for one in labels if one.thing == at]
            who = [one for one in labels if one.thing == at - 1]
            if held and who:
                assert held[0].label == f"bag_{thing.options['stream']}"
                middle = (held[0].box[0] + held[0].box[2]) / 2
                wide = who[0].box[2] - who[0].box[0]
                assert who[0].box[0] - wide < middle < who[0].box[2] + wide
                return
    pytest.fail("nobody carried a bag into the picture")


def test_splits_share_neither_scenes_nor_surfaces() -> None:
    made = {split: plan(30, 7, split, SMALL) for split in ("train", "val", "test")}
    for one, other in (("train", "val"), ("train", "test"), ("val", "test")):
        assert not {s.seed for s in made[one]} & {s.seed for s in made[other]}
        assert not {s.edition for s in made[one]} & {s.edition for s in made[other]}


def test_every_class_has_a_code_and_a_thing_that_shows_it() -> None:
    assert set(CODES) == set(STREET_CLASSES) == set(PROBLEMS)
    for label, kinds in PROBLEMS.items():
        assert {KINDS[kind].label for kind in kinds} == {label}


@pytest.mark.parametrize("kind", list(PROBLEMS))
def test_a_class_that_is_asked_for_is_nearly_always_in_the_scene(kind: str) -> None:
    scenes = [sample(seed, kind) for seed in range(40)]
    there = [any(KINDS[thing.kind].label == kind for thing in scene.things) for scene in scenes]
    assert sum(there) >= 26  # a garden wall has no shop, a narrow view no room
    assert scenes == [sample(seed, kind) for seed in range(40)]


def test_a_street_in_order_shows_no_problem() -> None:
    scene = without_problems(sample(11, "waste_heap", -1, SMALL))
    _, labels = render(scene)
    assert not {label.label for label in labels} & set(STREET_CLASSES)


def test_a_problem_changes_the_picture_where_its_label_is() -> None:
    scene = sample(3, "overflowing_bin", -1, (320, 180))
    with_it, labels = render(scene)
    without, _ = render(without_problems(scene))
    shown = [label for label in labels if label.label in STREET_CLASSES and label.visible > 0.5]
    assert shown
    difference = np.abs(with_it.astype(int) - without.astype(int)).mean(2)
    for label in shown:
        x1, y1, x2, y2 = (int(part) for part in label.box)
        assert difference[y1:y2, x1:x2].mean() > 2 * difference.mean()


def test_what_hardly_shows_is_to_be_ignored() -> None:
    clear = Label("bin", (10, 10, 40, 40), 0.2, 0.0, 0)
    assert not ignored(clear)
    assert ignored(Label("bin", (10, 10, 40, 40), 0.9, 0.0, 0))
    assert ignored(Label("bin", (0, 10, 40, 40), 0.5, 0.8, 0))
    assert ignored(Label("bin", (10, 10, 16, 40), 0.0, 0.0, 0))
    assert yolo([Label("waste_heap", (10, 10, 16, 40), 0.0, 0.0, 0)], STREET_CLASSES, SMALL) == ""


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = CliRunner().invoke(app, ["scenes", "--out", str(tmp_path / "file"), "--n", "1"])
    assert refused.exit_code == 2
    assert "Not a directory" in refused.stderr
