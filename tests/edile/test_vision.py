"""`edile vision run` and `edile models`: what a person types and what scripts read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from edge_agent.cli.models import models
from edge_agent.cli.vision import vision
from edge_agent.errors import StopError
from edge_agent.vision.models.file_checks import read_model_file
from tests.fakes.tflite_files import Array, ModelFile, constant_model, with_zip, written

LABELS = {"labelmap.txt": "glass\npaper\n"}
CLASSIFIER = with_zip(constant_model([np.array([[0.25, 0.75]], np.float32)]), LABELS)


def detector() -> bytes:
    """Sees one paper in the middle, a quarter of the side long, and half a glass on it."""
    grid = np.zeros((1, 6, 2100), np.float32)
    grid[0, :4] = 0.01
    grid[0, :, 7] = [0.5, 0.5, 0.25, 0.25, 0.1, 0.9]
    grid[0, :, 8] = [0.1, 0.5, 0.1, 0.1, 0.4, 0.0]
    return with_zip(constant_model([grid], size=(320, 320)), LABELS)


def picture(folder: Path, name: str = "a.png", size: tuple[int, int] = (320, 320)) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((*size, 3), 90, np.uint8))
    return path


def look(*arguments: object) -> Result:
    return CliRunner().invoke(vision, ["run", *map(str, arguments)])


def command(*arguments: object) -> Result:
    return CliRunner().invoke(models, [str(one) for one in arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def vouched(folder: Path, content: bytes, kind: str, name: str = "m") -> Path:
    """A folder with the file and its manifest: no child is needed, tests are quick."""
    folder.mkdir(parents=True, exist_ok=True)
    path = written(folder, content)
    (folder / "model.toml").write_text(
        f'name = "{name}"\nversion = 2\nfile = "model.tflite"\n'
        f'sha256 = "{read_model_file(path).sha256}"\nkind = "{kind}"\nlicence = "Apache-2.0"\n'
        "[measured]\naccuracy = 0.91\nn = 200\n"
    )
    return path


def test_each_picture_is_one_line_of_classes(tmp_path: Path) -> None:
    model = vouched(tmp_path, CLASSIFIER, "classifier")
    image = picture(tmp_path)
    result = look("--model", model, image, image)
    found = lines(result)
    assert (result.exit_code, len(found)) == (0, 2)
    assert found[0].pop("ms") > 0
    assert found[0] == {
        "image": str(image),
        "convention": "classifier",
        "classes": [{"label": "paper", "score": 0.75}, {"label": "glass", "score": 0.25}],
    }


def test_boxes_are_in_the_pixels_of_the_picture(tmp_path: Path) -> None:
    model = vouched(tmp_path, detector(), "detector")
    (found,) = lines(look("-m", model, picture(tmp_path, size=(360, 640))))
    assert found["convention"] == "yolov8"
    assert found["detections"] == [
        {"label": "paper", "score": 0.9, "box": [240.0, 100.0, 400.0, 260.0]},
        {"label": "glass", "score": 0.4, "box": [32.0, 148.0, 96.0, 212.0]},
    ]


def test_a_least_score_leaves_out_what_is_below(tmp_path: Path) -> None:
    model = vouched(tmp_path, detector(), "detector")
    (found,) = lines(look("-m", model, "--min-score", 0.5, picture(tmp_path)))
    assert [one["label"] for one in found["detections"]] == ["paper"]


def test_pictures_that_cannot_be_read_get_their_own_line_and_exit_1(tmp_path: Path) -> None:
    model = vouched(tmp_path, CLASSIFIER, "classifier")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    result = look("-m", model, tmp_path / "broken.jpg", tmp_path / "absent.png", picture(tmp_path))
    broken, absent, good = lines(result)
    assert result.exit_code == 1
    assert (
        broken["error"]
        == "expected a picture, found a picture cut short: its header ends too early"
    )
    assert absent == {
        "image": str(tmp_path / "absent.png"),
        "error": "expected a picture, found no such file",
    }
    assert good["classes"][0]["label"] == "paper"
    assert "2 of 3 pictures could not be read" in result.stderr


def test_what_was_seen_is_drawn_on_one_picture_or_on_each(tmp_path: Path) -> None:
    model = vouched(tmp_path, detector(), "detector")
    first, second = picture(tmp_path, "x/a.png"), picture(tmp_path, "y/a.png")
    out = tmp_path / "out.png"
    assert look("-m", model, first, "--draw", out).exit_code == 0
    drawn = cv2.imread(str(out))
    assert drawn.shape == (320, 320, 3)
    assert (drawn != 90).any()
    assert look("-m", model, first, second, "--draw", out).exit_code == 0
    assert (tmp_path / "out-a-1.png").is_file()
    assert (tmp_path / "out-a-2.png").is_file()


@pytest.mark.parametrize("name", ["out.nothing", "absent/out.png"])
def test_a_picture_that_cannot_be_written_stops_with_its_name(tmp_path: Path, name: str) -> None:
    model = vouched(tmp_path, detector(), "detector")
    result = look("-m", model, picture(tmp_path), "--draw", tmp_path / name)
    assert isinstance(result.exception, StopError)
    assert name in str(result.exception)


def test_labels_and_convention_on_the_line_come_first(tmp_path: Path) -> None:
    model = vouched(tmp_path, CLASSIFIER, "classifier")
    (tmp_path / "其他.txt").write_text("玻璃\n纸张\n", encoding="utf-8")
    result = look("-m", model, "--labels", tmp_path / "其他.txt", picture(tmp_path))
    assert lines(result)[0]["classes"][0]["label"] == "纸张"
    wrong = look("-m", model, "--convention", "ssd", picture(tmp_path))
    assert "which cannot be ssd" in str(wrong.exception)
    unknown = look("-m", model, "--convention", "yolov99", picture(tmp_path))
    assert "expected one of auto, ssd" in str(unknown.exception)


def test_labels_that_are_too_few_are_said_and_the_rest_is_numbers(tmp_path: Path) -> None:
    model = vouched(tmp_path, CLASSIFIER, "classifier")
    (tmp_path / "few.txt").write_text("glass\n")
    result = look("-m", model, "--labels", tmp_path / "few.txt", picture(tmp_path))
    assert result.exit_code == 0
    assert lines(result)[0]["classes"][0]["label"] == "class 1"
    assert "labels: 1 for 2 classes" in result.stderr
    assert look("-m", model, picture(tmp_path)).stderr == ""


def test_a_refused_model_is_one_line_and_exit_2(tmp_path: Path) -> None:
    path = written(tmp_path, b"version https://git-lfs.github.com/spec/v1\n")
    command_line = [sys.executable, "-m", "edile", "vision", "run", "-m", str(path), "a.jpg"]
    done = subprocess.run(command_line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().count("\n") == 0
    assert "git-lfs pointer" in done.stderr


def test_an_unknown_file_goes_through_the_child_and_is_silent_on_standard_error(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, CLASSIFIER)
    command_line = [sys.executable, "-m", "edile", "vision", "run", "-m", str(path)]
    done = subprocess.run(
        [*command_line, str(picture(tmp_path))], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["classes"][0]["label"] == "paper"


def test_a_name_that_nobody_knows_lists_those_that_are_known() -> None:
    result = look("-m", "no-such-model", "a.jpg")
    assert "expected a file or the name of a model" in str(result.exception)


def test_help_shows_how_it_is_used() -> None:
    said = look("--help").stdout
    assert "Example: edile vision run" in said
    assert "yolov8" in said
    for name in ("list", "verify", "bench", "inspect", "eval"):
        assert "Example: edile models" in command(name, "--help").stdout


def test_models_of_a_folder_are_listed_broken_ones_too(tmp_path: Path) -> None:
    vouched(tmp_path / "one", CLASSIFIER, "classifier", "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "model.toml").write_text("name = 3\n")
    result = command("list", "--folder", tmp_path)
    assert result.exit_code == 0
    assert any(
        "one" in row and "v2" in row and "n 200" in row for row in result.stdout.splitlines()
    )
    assert any("two" in row and "broken" in row for row in result.stdout.splitlines())


def test_a_model_is_verified_against_what_it_answered_before(tmp_path: Path) -> None:
    vouched(tmp_path, CLASSIFIER, "classifier")
    none_yet = command("verify", tmp_path)
    assert none_yet.exit_code == 1
    assert "expected.json" in none_yet.stdout
    picture(tmp_path, "expected/a.png")
    kept = command("verify", tmp_path, "--record", "--picture", "expected/a.png")
    assert kept.exit_code == 0, kept.output
    assert "ok (sha256, 2 labels, self-test, 1 expected pictures)" in kept.stdout
    document = json.loads((tmp_path / "expected.json").read_text())
    document["pictures"][0]["classes"][0]["score"] = 0.6
    (tmp_path / "expected.json").write_text(json.dumps(document))
    assert "expected paper 0.6, found 0.75" in command("verify", tmp_path).stdout


def test_a_detector_that_finds_another_box_or_one_more_is_not_what_it_was(tmp_path: Path) -> None:
    vouched(tmp_path, detector(), "detector")
    assert command("verify", tmp_path, "--record").exit_code == 0
    document = json.loads((tmp_path / "expected.json").read_text())
    document["pictures"][0]["detections"].pop()
    document["pictures"][1]["detections"][0]["box"][0] += 20
    (tmp_path / "expected.json").write_text(json.dumps(document))
    result = command("verify", tmp_path)
    assert result.exit_code == 1
    assert "expected no more, found glass" in result.stdout
    assert "found none" in result.stdout


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pictures": [{}]}', '{"pictures": []}', "\x00"])
def test_a_broken_expected_json_is_a_fault_and_no_crash(tmp_path: Path, text: str) -> None:
    vouched(tmp_path, CLASSIFIER, "classifier")
    (tmp_path / "expected.json").write_text(text)
    result = command("verify", tmp_path)
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)
    assert "expected.json: expected answers" in result.stdout


def test_a_changed_file_and_missing_labels_are_found(tmp_path: Path) -> None:
    path = vouched(tmp_path / "a", CLASSIFIER, "classifier")
    path.write_bytes(CLASSIFIER + b"\0")
    assert "expected SHA-256" in command("verify", tmp_path / "a").stdout
    bare = constant_model([np.array([[0.25, 0.75]], np.float32)])
    vouched(tmp_path / "b", bare, "classifier")
    assert "labels: expected 2" in command("verify", tmp_path / "b").stdout


def test_a_bench_is_one_line_for_each_number_of_threads(tmp_path: Path) -> None:
    vouched(tmp_path, CLASSIFIER, "classifier")
    found = lines(command("bench", tmp_path, "--threads", 1, "--threads", 2, "--runs", 5))
    assert [one["threads"] for one in found] == [1, 2]
    assert all(one["p95_ms"] >= one["p50_ms"] > 0 and one["overhead"] > 0 for one in found)


def test_inspect_says_what_was_found_and_why_and_begins_a_manifest(tmp_path: Path) -> None:
    vouched(tmp_path, detector(), "detector")
    said = command("inspect", tmp_path).stdout
    assert "because  2100 places = strides (8, 16, 32), 6 columns for 2 labels" in said or (
        "because  2100 places = strides (8, 16, 32)" in said
    )
    assert "because  box units 0..1" in said
    facts = json.loads(command("inspect", tmp_path, "--json").stdout)
    assert (facts["convention"], facts["labels"], facts["licence"]) == (
        "yolov8",
        ["glass", "paper"],
        "Apache-2.0",
    )
    begun = tmp_path / "begun"
    begun.mkdir()
    written(begun, detector())
    (begun / "model.toml").write_text(command("inspect", tmp_path, "--toml").stdout)
    result = look("-m", begun, picture(tmp_path))
    assert result.exit_code == 0, result.exception
    assert lines(result)[0]["detections"][0]["label"] == "paper"


def brightness(scale: float = 1 / 255) -> bytes:
    """Glass when the picture is bright: scores are its mean and one less its mean."""
    file = ModelFile()
    image = file.input([1, 8, 8, 3], "uint8", (scale, 0))
    real = file.tensor("real", [1, 8, 8, 3], "float32")
    file.operator(6, [image], [real])  # DEQUANTIZE
    target = file.tensor("shape", [2], "int32", values=np.array([1, 192], np.int32))
    row = file.tensor("row", [1, 192], "float32")
    file.operator(22, [real, target], [row])  # RESHAPE
    weights: Array = np.stack([np.full(192, 1 / 192), np.full(192, -1 / 192)]).astype(np.float32)
    matrix = file.tensor("w", [2, 192], "float32", values=weights)
    offset = file.tensor("b", [2], "float32", values=np.array([0, 1], np.float32))
    scores = file.tensor("scores", [1, 2], "float32")
    file.operator(9, [row, matrix, offset], [scores])  # FULLY_CONNECTED
    file.output(scores)
    return with_zip(file.content, LABELS)


@pytest.mark.parametrize("scale", [1 / 255, 6 / 255])
def test_a_begun_manifest_changes_no_answer_whatever_the_file_is_called(
    tmp_path: Path, scale: float
) -> None:
    name = '街区 "最终" _' + "x" * 70 + ".tflite"
    (tmp_path / name).write_bytes(brightness(scale))
    image = picture(tmp_path)
    before = lines(look("-m", tmp_path / name, image))[0]
    (tmp_path / "model.toml").write_text(command("inspect", tmp_path / name, "--toml").stdout)
    after = lines(look("-m", tmp_path, image))[0]
    assert before["classes"] == after["classes"]


def test_a_classifier_is_measured_with_its_interval_and_matrix(tmp_path: Path) -> None:
    vouched(tmp_path, brightness(), "classifier")
    data = tmp_path / "data"
    for number, (truth, value) in enumerate(
        [("glass", 250), ("glass", 200), ("glass", 20), ("paper", 10)]
    ):
        path = data / truth / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((16, 16, 3), value, np.uint8))
    (data / "paper" / "broken.png").write_bytes(b"nothing")
    result = command("eval", tmp_path, data, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "out" / "m.eval.json").read_text())
    assert figures["accuracy"]["share"] == 0.75
    assert figures["accuracy"]["n"] == 4
    assert figures["accuracy"]["interval95"] == pytest.approx([0.3006, 0.9544], abs=1e-3)
    assert figures["classes"]["glass"]["recall"]["share"] == pytest.approx(2 / 3, abs=1e-3)
    assert figures["classes"]["paper"]["precision"]["share"] == 0.5
    assert len(figures["unread"]) == 1
    assert cv2.imread(str(tmp_path / "out" / "m.eval.png")) is not None


def test_a_detector_is_measured_against_yolo_label_files(tmp_path: Path) -> None:
    vouched(tmp_path, detector(), "detector")
    data = tmp_path / "data"
    truths = [
        "1 0.5 0.5 0.25 0.25\n0 0.1 0.5 0.1 0.1\n",
        "1 0.5 0.5 0.2 0.25\n",
        "1 0.2 0.2 0.1 0.1\n",
    ]
    for number, truth in enumerate(truths):
        picture(data / "images", f"{number}.png")
        (data / "labels").mkdir(exist_ok=True)
        (data / "labels" / f"{number}.txt").write_text(truth)
    (data / "classes.txt").write_text("glass\npaper\n")
    result = command("eval", tmp_path, data, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "out" / "m.eval.json").read_text())
    paper, glass = figures["classes"]["paper"], figures["classes"]["glass"]
    # Three papers, found in the first two pictures: the third answer is wrong, all are equally sure.
    assert paper["boxes"] == 3
    assert paper["recall"]["share"] == pytest.approx(2 / 3, abs=1e-3)
    assert paper["ap50"] == pytest.approx(2 / 3, abs=1e-3)
    assert (glass["boxes"], glass["ap50"], glass["precision"]["n"]) == (1, 1.0, 3)
    assert figures["map50"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-3)
    assert cv2.imread(str(tmp_path / "out" / "m.eval.png")) is not None


def test_label_files_that_are_none_and_folders_without_pictures_stop(tmp_path: Path) -> None:
    vouched(tmp_path, detector(), "detector")
    (tmp_path / "empty").mkdir()
    assert "YOLO label files" in str(command("eval", tmp_path, tmp_path / "empty").exception)
    picture(tmp_path / "data", "a.png")
    (tmp_path / "data" / "a.txt").write_text("bin 1 2 3\n")
    result = command("eval", tmp_path, tmp_path / "data")
    assert "a.txt:1: expected a class and 4 numbers" in str(result.exception)
    (tmp_path / "data" / "a.txt").write_bytes(b"\xff\xfe\x00")
    assert "a.txt: expected UTF-8" in str(command("eval", tmp_path, tmp_path / "data").exception)


def test_figures_that_cannot_be_written_stop_with_their_place(tmp_path: Path) -> None:
    vouched(tmp_path, CLASSIFIER, "classifier")
    picture(tmp_path / "data" / "glass", "a.png")
    taken = tmp_path / "file"
    taken.write_text("")
    for out in (taken, taken / "below"):
        result = command("eval", tmp_path, tmp_path / "data", "--out", out)
        assert isinstance(result.exception, StopError)
        assert "cannot be written" in str(result.exception)


def test_a_plate_reader_is_measured_by_the_names_of_its_files(tmp_path: Path) -> None:
    letters = "皖AB1-"
    steps = np.zeros((1, 5, 6), np.float32)
    for step, letter in enumerate("皖A-B1-"):
        steps[0, letters.index(letter), step] = 1
    content = with_zip(constant_model([steps], size=(24, 94)), {"labels.txt": "\n".join(letters)})
    vouched(tmp_path, content, "text")
    data = tmp_path / "data"
    data.mkdir()
    _, encoded = cv2.imencode(".png", np.zeros((24, 94, 3), np.uint8))
    for name in ("皖AB1", "皖AB1-2", "皖AB11"):
        (data / f"{name}.png").write_bytes(encoded.tobytes())
    result = command("eval", tmp_path, data, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["whole"] == {
        "share": 0.6667,
        "n": 3,
        "interval95": figures["whole"]["interval95"],
    }
    assert figures["characters"]["share"] == pytest.approx(12 / 13, abs=1e-3)
