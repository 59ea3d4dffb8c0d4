"""LiteRT first, the older runtime by the same loader."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge_agent.errors import StopError
from edge_agent.vision.findings import Classes
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.loading import open_here
from edge_agent.vision.models.runtime import find_runtime
from tests.fakes.tflite_files import Array, constant_model, written


class OldInterpreter:
    """As tflite-runtime 2.14 has it: no `shape_signature` before TensorFlow 2.2's files, int32 shapes."""

    def __init__(self, *, model_content: bytes, num_threads: int) -> None:
        assert model_content[4:8] == b"TFL3"
        self.threads = num_threads
        self.fed: Array | None = None

    def allocate_tensors(self) -> None:
        pass

    def get_input_details(self) -> list[dict[str, Any]]:
        shape = np.array([1, 64, 64, 3], np.int32)
        return [
            {
                "index": 3,
                "name": "image",
                "shape": shape,
                "dtype": np.uint8,
                "quantization": (1 / 255, 0),
            }
        ]

    def get_output_details(self) -> list[dict[str, Any]]:
        shape = np.array([1, 2], np.int32)
        return [
            {"index": 9, "name": "s", "shape": shape, "dtype": np.float32, "quantization": (0.0, 0)}
        ]

    def resize_tensor_input(self, input_index: int, tensor_size: object) -> None:
        raise AssertionError("the size is fixed")

    def set_tensor(self, tensor_index: int, value: Array) -> None:
        assert (tensor_index, value.dtype, value.shape) == (3, np.uint8, (1, 64, 64, 3))
        self.fed = value

    def invoke(self) -> None:
        assert self.fed is not None

    def get_tensor(self, tensor_index: int) -> Array:
        assert tensor_index == 9
        return np.array([[0.25, 0.75]], np.float32)


def importing(present: dict[str, object]) -> Any:
    def load(module: str) -> object:
        if module not in present:
            raise ModuleNotFoundError(f"No module named {module!r}")
        return present[module]

    return load


OLD = {"tflite_runtime.interpreter": SimpleNamespace(Interpreter=OldInterpreter)}
NEW = {"ai_edge_litert.interpreter": SimpleNamespace(Interpreter=object)}


def test_litert_comes_before_the_older_runtime() -> None:
    assert find_runtime(importing(OLD | NEW)).name == "litert"
    assert find_runtime(importing(OLD)).name == "tflite-runtime"


def test_without_any_runtime_the_line_says_what_to_install() -> None:
    with pytest.raises(StopError, match=r"pip install 'edile\[vision\]'"):
        find_runtime(importing({}))


def test_a_runtime_that_cannot_be_loaded_is_passed_over() -> None:
    def load(module: str) -> object:
        if module.startswith("ai_edge"):
            raise ImportError("libc too old")
        return OLD[module]

    assert find_runtime(load).name == "tflite-runtime"


def test_the_loader_runs_the_older_runtime_as_it_runs_the_newer(tmp_path: Path) -> None:
    content = constant_model(
        [np.array([[0.25, 0.75]], np.float32)], kind="uint8", quantised=(1 / 255, 0)
    )
    file = read_model_file(written(tmp_path, content))
    picture = np.full((90, 90, 3), 40, np.uint8)
    answers = []
    for runtime in (find_runtime(), find_runtime(importing(OLD))):
        model = open_here(file, None, None, runtime=runtime, threads=2)
        found = model.run(picture)
        assert isinstance(found, Classes)
        answers.append([(one.label, one.score) for one in found.items])
    assert answers[0] == answers[1] == [("class 1", 0.75), ("class 0", 0.25)]
