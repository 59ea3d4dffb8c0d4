"""The convolutions of an int8 file, as numbers: what training can go on from where no checkpoint was kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

Floats = NDArray[np.float32]
DEPTHWISE, FULL = schema.BuiltinOperator.DEPTHWISE_CONV_2D, schema.BuiltinOperator.CONV_2D
AXES = {DEPTHWISE: (3, 0, 1, 2), FULL: (0, 3, 1, 2)}  # from the file's order to PyTorch's
WIDTHS = {schema.TensorType.INT8: np.int8, schema.TensorType.INT32: np.int32}


@dataclass(frozen=True)
class Folded:
    """With the norm after it in it. `weight` `[out, in / groups, rows, columns]`, `bias` `[out]`."""

    weight: Floats
    bias: Floats


def convolutions(path: Path) -> list[Folded]:
    """All of a file's, in the order in which they are computed. ValueError where one is not of integers."""
    content = path.read_bytes()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(content, 0))
    graph, found = model.subgraphs[0], []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = max(code.builtinCode, code.deprecatedBuiltinCode)
        if kind not in AXES:
            continue
        weight, bias = (_real(content, model, graph.tensors[at]) for at in operator.inputs[1:3])
        found.append(Folded(np.ascontiguousarray(weight.transpose(AXES[kind])), bias))
    return found


def _real(content: bytes, model: schema.ModelT, tensor: schema.TensorT) -> Floats:
    """Numbers of a constant, from the integers that stand for them. The quantiser writes them behind the
    flatbuffer, where the buffer says."""
    try:
        width = WIDTHS[tensor.type]
    except KeyError:
        raise ValueError(
            f"{tensor.name!r} is no integer tensor: not a file of write_int8"
        ) from None
    buffer = model.buffers[tensor.buffer]
    data = content[buffer.offset : buffer.offset + buffer.size] if buffer.offset else buffer.data
    raw = np.frombuffer(bytes(data), width).reshape(tensor.shape)
    scale = np.asarray(tensor.quantization.scale, np.float32)
    along = [1] * raw.ndim
    along[tensor.quantization.quantizedDimension] = len(scale)
    return (raw.astype(np.float32) * scale.reshape(along)).astype(np.float32)
