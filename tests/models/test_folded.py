"""The weights of a shipped file, read from its bytes, are those that the interpreter computes with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.schema_py_generated import BuiltinOperator

from models.training.folded import Folded, convolutions
from tests.fakes.tflite_files import ModelFile, written

MODELS = Path(__file__).resolve().parents[2] / "models"
FILES = [
    MODELS / "city-appearance" / "city-appearance-512.int8.tflite",
    MODELS / "street-litter" / "street-litter-320.int8.tflite",
]


def constants(path: Path) -> list[np.ndarray]:
    """Numbers of all weights and biases by the interpreter's own account."""
    interpreter = Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    found = []
    for detail in interpreter.get_tensor_details():
        scales = detail["quantization_parameters"]["scales"]
        if len(scales) < 2:  # per channel are constants only
            continue
        along = [1] * len(detail["shape"])
        along[detail["quantization_parameters"]["quantized_dimension"]] = len(scales)
        raw = interpreter.get_tensor(detail["index"]).astype(np.float32)
        found.append((raw * scales.reshape(along)).astype(np.float32))
    return found


def key(values: np.ndarray) -> bytes:
    return np.sort(values, axis=None).tobytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_weight_and_bias_is_one_of_the_interpreters(path: Path) -> None:
    known = {key(values) for values in constants(path)}
    folded = convolutions(path)
    assert len(folded) > 30
    for one in folded:
        assert key(one.weight) in known
        assert key(one.bias) in known


def test_weights_are_laid_out_as_a_convolution_of_pytorch_has_them() -> None:
    """The first three layers of EfficientNet-Lite0: a 3x3 of three channels, a depthwise 3x3, a 1x1."""
    shapes = [one.weight.shape for one in convolutions(FILES[0])[:3]]
    assert shapes == [(32, 3, 3, 3), (32, 1, 3, 3), (16, 32, 1, 1)]


def test_the_levels_share_their_towers_but_for_a_factor_of_each_channel() -> None:
    """So the order is that of the computation: box and score heads of three levels are the same weights."""
    heads = [one for one in convolutions(FILES[0]) if one.weight.shape == (13, 64, 1, 1)]
    assert len(heads) == 3
    assert same(heads[0], heads[1])
    assert same(heads[0], heads[2])


def same(one: Folded, other: Folded) -> bool:
    return bool(
        np.allclose(one.weight, other.weight) and np.allclose(one.bias, other.bias, atol=0.05)
    )


def test_a_convolution_in_floats_is_refused_by_the_name_of_its_weights(tmp_path: Path) -> None:
    file = ModelFile()
    image = file.input((1, 4, 4, 3))
    weight = file.tensor(
        "kernel", (2, 1, 1, 3), "float32", values=np.ones((2, 1, 1, 3), np.float32)
    )
    bias = file.tensor("bias", (2,), "float32", values=np.zeros(2, np.float32))
    answer = file.tensor("answer", (1, 4, 4, 2), "float32")
    file.operator(BuiltinOperator.CONV_2D, (image, weight, bias), (answer,))
    file.output(answer)
    with pytest.raises(ValueError, match=r"kernel.*no integer tensor"):
        convolutions(written(tmp_path, file.content))
