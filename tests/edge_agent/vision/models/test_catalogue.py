from __future__ import annotations

from pathlib import Path

import pytest

from edge_agent.errors import ConfigError, ModelRefused
from edge_agent.vision.models.catalogue import find, manifests
from edge_agent.vision.models.manifest import read_manifest

TEXT = """name = "{name}"
version = 1
file = "m.tflite"
sha256 = "{sha}"
kind = "detector"
licence = "Apache-2.0"
"""


def made(folder: Path, name: str, more: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "m.tflite").write_bytes(b"model")
    (folder / "model.toml").write_text(TEXT.format(name=name, sha="a" * 64) + more)
    return folder


def test_a_model_is_found_by_name_by_folder_and_by_file(tmp_path: Path) -> None:
    folder = made(tmp_path / "models" / "one", "litter-1.5")
    for name in ("litter-1.5", "one", str(folder), str(folder / "m.tflite")):
        file, manifest = find(name, [tmp_path / "models"])
        assert file == folder / "m.tflite"
        assert manifest is not None
        assert manifest.name == "litter-1.5"


def test_a_file_beside_a_manifest_of_another_has_none(tmp_path: Path) -> None:
    folder = made(tmp_path / "one", "one")
    (folder / "other.tflite").write_bytes(b"model")
    assert find(str(folder / "other.tflite"), []) == (folder / "other.tflite", None)


def test_an_unknown_name_lists_the_known_and_a_broken_manifest_hides_no_other(
    tmp_path: Path,
) -> None:
    made(tmp_path / "a", "one")
    made(tmp_path / "b", "two", "nonsense = 1\n")
    assert len(list(manifests(tmp_path))) == 2
    with pytest.raises(ModelRefused, match=r"\(one\), found neither"):
        find("three", [tmp_path])


def test_a_file_that_is_absent_is_left_to_be_refused(tmp_path: Path) -> None:
    assert find(str(tmp_path / "absent.tflite"), []) == (tmp_path / "absent.tflite", None)


@pytest.mark.parametrize("name", ["a" * 5000, "x\0y.tflite"])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    with pytest.raises(ModelRefused, match="cannot be read"):
        find(name, [])


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[input]\nmean = [1.0]\n", "input.mean: expected mean and std together"),
        ("[input]\nmean = [1.0]\nstd = [0.0]\n", "numbers above 0"),
        ("[input]\nmean = [1.0, 2.0]\nstd = [1.0]\n", "input.mean: expected a list of one number"),
        ("[input]\nvalues = '0..2'\n", "input.values"),
        ("[input]\nfit = 'crop'\nletterbox = true\n", "either this or letterbox"),
        ("[input]\nsize = [320]\n", "input.size: expected width and height"),
        ("[output]\nmin_score = 2.0\n", "output.min_score"),
        ("convention = 'yolo'\n", "convention: expected"),
        ("[outputs]\n", "outputs"),
        ("labels = 3\n", "labels"),
    ],
)
def test_every_mistake_of_a_manifest_is_named_with_its_line(
    tmp_path: Path, more: str, expected: str
) -> None:
    folder = made(tmp_path / "a", "one", more)
    with pytest.raises(ConfigError) as refused:
        read_manifest(folder)
    assert expected in str(refused.value)
    assert str(folder / "model.toml") in str(refused.value)


def test_free_tables_are_kept_as_they_are(tmp_path: Path) -> None:
    folder = made(tmp_path / "a", "one", "[measured]\nn = 5\nmap50 = 0.4\n[trained]\nseed = 7\n")
    manifest = read_manifest(folder)
    assert manifest.measured == {"n": 5, "map50": 0.4}
    assert manifest.trained == {"seed": 7}
    assert manifest.folder == folder
