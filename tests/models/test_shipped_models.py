"""Each folder of `models/` is what its manifest, its card and its `expected.json` say.

Answers may differ a little from where they were recorded: the integer kernels of one runtime release,
one processor or another round the last bit differently, and fifty layers carry that on. What was seen
between XNNPACK and LiteRT's own kernels is written in each folder's `expected.json` as its tolerance's
reason; the tolerance is about twice that.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from edge_agent.vision.findings import Classes
from edge_agent.vision.models import open_model, read_manifest
from edge_agent.vision.models.verifying import picture_of, verify

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDERS = sorted(path.parent for path in MODELS.glob("*/model.toml"))
MOST_BYTES = 5_000_000
STREAMS = {"recyclable", "hazardous", "food", "residual"}


@pytest.fixture(params=FOLDERS, ids=[folder.name for folder in FOLDERS])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_a_model_answers_as_it_did_when_it_was_made(folder: Path) -> None:
    assert verify(folder).wrong == ()


def test_expected_answers_are_not_all_the_same(folder: Path) -> None:
    document = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    answers = [
        json.dumps({key: value for key, value in one.items() if key != "file"})
        for one in document["pictures"]
    ]
    assert len(set(answers)) > len(answers) / 2
    assert document["tolerance"]["score"] <= 0.1


def test_a_model_is_small_enough_for_a_gateway_and_says_how_it_was_measured(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert manifest.file.stat().st_size <= MOST_BYTES
    assert manifest.measured["n"] > 0
    assert manifest.measured["command"]
    assert (folder / manifest.trained["recipe"]).is_file()
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# ")


def test_of_the_drawings_the_box_is_most_like_cardboard() -> None:
    manifest = read_manifest(MODELS / "waste-class")
    model = open_model(manifest.file, manifest=manifest)
    likeness = dict[str, float]()
    for path in sorted((MODELS / "waste-class" / "examples").glob("*.jpg")):
        found = model.run(picture_of(f"examples/{path.name}", MODELS / "waste-class"))
        assert isinstance(found, Classes)
        scores = {one.label: one.score for one in found.items}
        assert sum(scores.values()) == pytest.approx(1, abs=0.05)
        likeness[path.stem] = scores.get("cardboard", 0.0)
    assert max(likeness, key=lambda name: likeness[name]) == "box"


def test_every_waste_class_belongs_to_a_stream() -> None:
    folder = MODELS / "waste-class"
    tables = tomllib.loads((folder / "streams.toml").read_text(encoding="utf-8"))
    labels = (folder / "labels.txt").read_text(encoding="utf-8").split()
    assert set(labels) <= set(tables["default"])
    for table in (tables["default"], *tables.get("cities", {}).values()):
        assert set(table.values()) <= STREAMS
