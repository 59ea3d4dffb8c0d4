"""From a PyTorch module to the float and the int8 file a gateway opens.

litert-torch 0.10 writes the float graph, ai-edge-quantizer 0.10 (installed with it) turns it into
integers after seeing training pictures. Weights: per channel, symmetric. Activations and both ends
of the graph: per tensor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe
from ai_edge_quantizer.qtyping import TFLOperationName
from numpy.typing import NDArray
from torch import nn

from models.training.lite0 import INPUT_MEAN, INPUT_STD
from models.training.pictures import Picture

Floats = NDArray[np.float32]
DETECTOR_OPERATORS = (
    *("INPUT", "CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "PAD", "RESIZE_NEAREST_NEIGHBOR"),
)
"""All of a detector but the decoding of its cells, which stays in floats: 8 bits are too coarse for a
box's place in the picture."""


def write_float(model: nn.Module, size: tuple[int, int], path: Path) -> None:
    """`model` takes `[1, 3, height, width]`; the file takes `[1, height, width, 3]`."""
    last = litert_torch.to_channel_last_io(model.eval(), args=[0])
    litert_torch.convert(last, (torch.zeros(1, *size, 3),)).export(str(path))


def model_input(picture: Picture) -> Floats:
    """`[1, h, w, 3]` of an RGB picture that already has the model's size."""
    return ((picture.astype(np.float32) - INPUT_MEAN) / INPUT_STD)[None]


def write_int8(
    float_path: Path, path: Path, pictures: Iterable[Picture], *, only: Sequence[str] = ()
) -> None:
    """Quantise with the ranges that `pictures` (of the training split only) bring forth.

    `only` names the operators that become integers; without it all do, both ends included.
    """
    worker = quantizer.Quantizer(str(float_path))
    if not only:
        worker.load_quantization_recipe(recipe.static_wi8_ai8())
    for name in only:
        worker.add_static_config(".*", TFLOperationName(name), 8, 8)
    signature, names = signature_of(float_path)
    data = [{names[0]: model_input(p)} for p in pictures]
    ranges = worker.calibrate({signature: data}, num_threads=1)
    worker.quantize(ranges, enable_progress_report=False).export_model(str(path), overwrite=True)


def signature_of(path: Path) -> tuple[str, list[str]]:
    signatures: dict[str, Any] = Interpreter(str(path)).get_signature_list()
    ((key, parts),) = signatures.items()
    return key, list(parts["inputs"])


class Runner:
    """A file run as the gateway runs it: real numbers in and out, whatever the file holds."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        self.interpreter = Interpreter(str(path), num_threads=threads)
        self.interpreter.allocate_tensors()
        (self.input,) = self.interpreter.get_input_details()
        self.outputs = self.interpreter.get_output_details()

    def __call__(self, x: Floats) -> list[Floats]:
        scale, zero = self.input["quantization"]
        if scale:
            low, high = np.iinfo(self.input["dtype"]).min, np.iinfo(self.input["dtype"]).max
            x = np.clip(np.round(x / scale) + zero, low, high).astype(self.input["dtype"])
        self.interpreter.set_tensor(self.input["index"], x)
        self.interpreter.invoke()
        return [self._real(detail) for detail in self.outputs]

    def _real(self, detail: dict[str, Any]) -> Floats:
        raw = self.interpreter.get_tensor(detail["index"])
        scale, zero = detail["quantization"]
        return (raw.astype(np.float32) - zero) * scale if scale else raw
