"""Files that are no whole model: refused before any runtime sees them, saying what was found."""

from __future__ import annotations

import contextlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.flatbuffer import BrokenBuffer
from edge_agent.vision.models.graph import read_graph
from tests.fakes.tflite_files import constant_model, with_zip, written

WHOLE = constant_model([np.arange(600, dtype=np.float32).reshape(1, 600)])
LFS = b"""version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 4275788
"""


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "an empty file"),
        (LFS, "git-lfs pointer.*git lfs pull"),
        (b"\x89HDF\r\n\x1a\n" + bytes(50), "HDF5"),
        (b"\x1f\x8b\x08" + bytes(50), "gzip"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "JPEG"),
        (b"<!DOCTYPE html><html>404", "web page"),
        (bytes(5000), "zeros, as a write that was cut off"),
        (b"not a model at all", "18 bytes that begin with 6e 6f"),
        (b"\x1c\x00\x00\x00TFL3", "broken or cut short"),
        (b"\xff\xff\xff\x7fTFL3" + bytes(90), "broken or cut short"),
    ],
)
def test_a_file_that_is_no_model_is_named_for_what_it_is(
    tmp_path: Path, content: bytes, found: str
) -> None:
    with pytest.raises(ModelRefused, match=found) as refused:
        read_model_file(written(tmp_path, content))
    assert "\n" not in str(refused.value)


def test_an_archive_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.tflite", "w") as archive:
        archive.writestr("model.tflite", WHOLE)
    with pytest.raises(ModelRefused, match="ZIP archive"):
        read_model_file(tmp_path / "a.tflite")


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="no such file"):
        read_model_file(tmp_path / "absent.tflite")
    with pytest.raises(ModelRefused, match="a folder"):
        read_model_file(tmp_path)


def test_a_model_cut_short_anywhere_is_refused(tmp_path: Path) -> None:
    for end in range(0, len(WHOLE) - 8, 7):
        with pytest.raises(ModelRefused):
            read_model_file(written(tmp_path, WHOLE[:end]))


def test_an_archive_behind_the_model_does_not_disturb(tmp_path: Path) -> None:
    found = read_model_file(written(tmp_path, with_zip(WHOLE, {"labels.txt": "a\nb"})))
    assert found.graph.tensors[found.graph.outputs[0]].shape == (1, 600)


@given(st.data())
@settings(max_examples=150)
def test_any_change_of_bytes_is_read_or_refused(data: st.DataObject) -> None:
    broken = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(8, len(broken) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BrokenBuffer):
        assert len(read_graph(bytes(broken)).tensors) <= len(broken)
