"""Writes small TFLite files whose answers are known by construction: constant tensors as outputs, the
input copied to the output, or the runtime's own operators over constants.

Written with the schema that ships with the runtime (tensorflow/lite/schema/schema.fbs), so nothing of
the code under test has a part in what the files say.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from flatbuffers import flexbuffers
from numpy.typing import NDArray

Array = NDArray[Any]
TYPES = {
    "float32": schema.TensorType.FLOAT32,
    "float16": schema.TensorType.FLOAT16,
    "int32": schema.TensorType.INT32,
    "uint8": schema.TensorType.UINT8,
    "int8": schema.TensorType.INT8,
    "int64": schema.TensorType.INT64,
}
Quantised = tuple[float, int]
"""Scale and zero point."""


class ModelFile:
    """One graph in the making. Tensors and operators are added, then `content` is the file."""

    def __init__(self) -> None:
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.description = b"made by a test"
        self._model.buffers = [schema.BufferT()]
        self._model.operatorCodes = []
        self._model.metadata = []
        self._graph = schema.SubGraphT()
        self._graph.name = b"main"
        self._graph.tensors, self._graph.operators = [], []
        self._graph.inputs, self._graph.outputs = [], []
        self._model.subgraphs = [self._graph]

    def tensor(
        self,
        name: str,
        shape: Sequence[int],
        kind: str,
        *,
        values: Array | None = None,
        quantised: Quantised | None = None,
        signature: Sequence[int] | None = None,
    ) -> int:
        made = schema.TensorT()
        made.name, made.shape, made.type = name.encode(), list(shape), TYPES[kind]
        made.shapeSignature = None if signature is None else list(signature)
        made.buffer = 0 if values is None else self.buffer(np.ascontiguousarray(values).tobytes())
        if quantised is not None:
            made.quantization = schema.QuantizationParametersT()
            made.quantization.scale, made.quantization.zeroPoint = [quantised[0]], [quantised[1]]
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def buffer(self, content: bytes) -> int:
        made = schema.BufferT()
        made.data = np.frombuffer(content, np.uint8)
        self._model.buffers.append(made)
        return len(self._model.buffers) - 1

    def input(
        self,
        shape: Sequence[int],
        kind: str = "float32",
        quantised: Quantised | None = None,
        signature: Sequence[int] | None = None,
    ) -> int:
        made = self.tensor("image", shape, kind, quantised=quantised, signature=signature)
        self._graph.inputs.append(made)
        return made

    def output(self, tensor: int) -> None:
        self._graph.outputs.append(tensor)

    def constant_output(self, name: str, values: Array, quantised: Quantised | None = None) -> int:
        made = self.tensor(
            name, values.shape, values.dtype.name, values=values, quantised=quantised
        )
        self.output(made)
        return made

    def operator(
        self,
        code: int,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        options: Any = None,
        options_type: int = 0,
        custom: tuple[str, dict[str, Any]] | None = None,
    ) -> None:
        known = schema.OperatorCodeT()
        known.builtinCode = code
        known.deprecatedBuiltinCode = min(code, 127)
        known.version = 1
        made = schema.OperatorT()
        if custom is not None:
            known.customCode = custom[0].encode()
            made.customOptions = np.frombuffer(bytes(flexbuffers.Dumps(custom[1])), np.uint8)
        self._model.operatorCodes.append(known)
        made.opcodeIndex = len(self._model.operatorCodes) - 1
        made.inputs, made.outputs = list(inputs), list(outputs)
        made.builtinOptions, made.builtinOptionsType = options, options_type
        self._graph.operators.append(made)

    def metadata(self, name: str, content: bytes) -> None:
        made = schema.MetadataT()
        made.name, made.buffer = name.encode(), self.buffer(content)
        self._model.metadata.append(made)

    @property
    def content(self) -> bytes:
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def constant_model(
    outputs: Sequence[tuple[str, Array, Quantised | None] | Array],
    *,
    size: tuple[int, int] = (64, 64),
    kind: str = "float32",
    quantised: Quantised | None = None,
) -> bytes:
    """A model that answers the same to every picture. `size`: height, width."""
    file = ModelFile()
    file.input([1, *size, 3], kind, quantised)
    for number, one in enumerate(outputs):
        name, values, scale = one if isinstance(one, tuple) else (f"output_{number}", one, None)
        file.constant_output(name, values, scale)
    return file.content


def with_zip(content: bytes, files: dict[str, str]) -> bytes:
    """The model with an archive behind it, as TFLite metadata puts labels there."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        for name, text in files.items():
            member = zipfile.ZipInfo(name)  # without the time of day: the same file each time
            member.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(member, text)
    return content + archive.getvalue()


def written(folder: Path, content: bytes, name: str = "model.tflite") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def quantise(values: Array, scale: float, zero: int, kind: str) -> Array:
    """Real numbers as a quantised tensor holds them."""
    limits = np.iinfo(kind)
    whole = np.rint(np.asarray(values, np.float64) / scale + zero)
    return np.clip(whole, limits.min, limits.max).astype(kind)
