"""Labels of which a thing has only one, as a manifest declares them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from edge_agent.errors import ConfigError, ModelRefused
from edge_agent.vision.findings import Detections
from edge_agent.vision.models.loading import open_model
from edge_agent.vision.models.manifest import read_manifest
from edge_agent.vision.models.model import Model
from tests.fakes.tflite_files import constant_model, written

BLANK = np.full((320, 320, 3), 90, np.uint8)
MANIFEST = """name = "bags"
version = 1
file = "{file}"
sha256 = "{sha256}"
kind = "detector"
licence = "CC0-1.0"
labels = "labels.txt"

[output]
alike = {alike}
"""


def model_with(folder: Path, alike: str) -> Model:
    """It sees a food bag and, a little beside it, a residual one, and a person over both."""
    grid = np.zeros((2100, 7), np.float32)
    grid[:, :4] = [0.5, 0.5, 0.04, 0.04]
    grid[7] = [0.5, 0.5, 0.2, 0.2, 0.8, 0.0, 0.0]
    grid[8] = [0.51, 0.5, 0.2, 0.2, 0.0, 0.6, 0.0]
    grid[9] = [0.5, 0.5, 0.22, 0.22, 0.0, 0.0, 0.7]
    content = constant_model([np.ascontiguousarray(grid.T[np.newaxis])], size=(320, 320))
    path = written(folder, content)
    (folder / "labels.txt").write_text("bag_food\nbag_residual\nperson\n", encoding="utf-8")
    sha256 = hashlib.sha256(content).hexdigest()
    text = MANIFEST.format(file=path.name, sha256=sha256, alike=alike)
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return open_model(path, manifest=read_manifest(folder))


def labels(model: Model) -> list[str]:
    found = model.run(BLANK)
    assert isinstance(found, Detections)
    return [one.label for one in found.items]


def test_of_labels_that_are_alike_a_thing_has_only_the_best(tmp_path: Path) -> None:
    model = model_with(tmp_path, '[["bag_residual", "bag_food"]]')
    assert labels(model) == ["bag_food", "person"]


def test_without_a_word_in_the_manifest_each_label_stands_for_itself(tmp_path: Path) -> None:
    assert labels(model_with(tmp_path, "[]")) == ["bag_food", "person", "bag_residual"]


def test_a_label_that_the_model_has_not_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match=r"alike: .*bag_food, bag_residual, person.*'bottle'"):
        model_with(tmp_path, '[["bag_food", "bottle"]]')


def test_a_label_is_in_one_group_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.toml:10: output\.alike: expected each label"):
        model_with(tmp_path, '[["bag_food", "person"], ["person", "bag_residual"]]')
