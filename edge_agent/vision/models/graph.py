"""What a TFLite file says of itself without being run: tensors, operators, declared normalisation.

Field numbers: tensorflow/lite/schema/schema.fbs (version 3) and the TFLite Metadata schema
(tflite-support, metadata_schema.fbs 1.5). Used as evidence for the convention; a file that cannot be
walked to its end is broken or cut short and never reaches the runtime.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from edge_agent.vision.models.flatbuffer import BrokenBuffer, Table

# BuiltinOperator of schema.fbs, those that tell something.
ADD, DEQUANTIZE, LOGISTIC, MUL, RESHAPE, SOFTMAX = 0, 6, 14, 18, 22, 25
PAD, CUSTOM, TRANSPOSE, SUB, DIV, SQUEEZE, CAST = 34, 32, 39, 41, 42, 43, 53
QUANTIZE, NMS_V4, NMS_V5 = 114, 120, 121
PASSING = frozenset({DEQUANTIZE, QUANTIZE, RESHAPE, SQUEEZE, TRANSPOSE, CAST})
SSD_POSTPROCESS = "TFLite_Detection_PostProcess"
METADATA_NAME = "TFLITE_METADATA"
FLOAT32 = 0
MAX_STEPS = 8
TENSOR_TYPES = {
    0: "float32",
    1: "float16",
    2: "int32",
    3: "uint8",
    4: "int64",
    7: "int16",
    9: "int8",
}


@dataclass(frozen=True)
class GraphTensor:
    name: str
    shape: tuple[int, ...]
    type: str
    buffer: int
    scale: float | None
    zero_point: int


@dataclass(frozen=True)
class Operator:
    code: int
    custom: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """The first subgraph. `mean`, `std` are those of the TFLite Metadata, empty when not declared."""

    tensors: tuple[GraphTensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[Operator, ...]
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    buffers: tuple[memoryview, ...] = field(default=(), repr=False)

    def producer(self, tensor: int) -> Operator | None:
        """The operator a tensor's values come from, seen through quantisation and reshaping."""
        for _ in range(MAX_STEPS):
            found = next((one for one in self.operators if tensor in one.outputs), None)
            if found is None or found.code not in PASSING:
                return found
            tensor = found.inputs[0]
        return None

    def first_reader(self) -> Operator | None:
        """The operator that takes the picture, behind a QUANTIZE or CAST of it."""
        if not self.inputs:
            return None
        tensor = self.inputs[0]
        for _ in range(MAX_STEPS):
            found = next((one for one in self.operators if tensor in one.inputs), None)
            if found is None or found.code not in {QUANTIZE, CAST, DEQUANTIZE}:
                return found
            tensor = found.outputs[0]
        return None

    def input_quantisation(self) -> tuple[float, int, str] | None:
        """Scale, zero point and type of the first quantised form of the picture."""
        if not self.inputs:
            return None
        places = [self.inputs[0]]
        places += [
            one.outputs[0]
            for one in self.operators
            if one.code == QUANTIZE and self.inputs[0] in one.inputs and one.outputs
        ]
        for place in places:
            tensor = self.tensors[place]
            if tensor.scale is not None and tensor.type in {"uint8", "int8", "int16"}:
                return tensor.scale, tensor.zero_point, tensor.type
        return None

    def constants(self, tensor: int) -> tuple[float, ...]:
        """A small constant's values; empty when it is computed, large or of another type."""
        one = self.tensors[tensor]
        content = self.buffers[one.buffer] if one.buffer < len(self.buffers) else b""
        if one.type != "float32" or not 4 <= len(content) <= 64 or len(content) % 4:
            return ()
        return struct.unpack(f"<{len(content) // 4}f", content)

    def has(self, *codes: int) -> bool:
        return any(one.code in codes for one in self.operators)


def read_graph(data: bytes) -> Graph:
    """BrokenBuffer when an offset leads out of the file, as it does in one that was cut short."""
    model = Table.root(data)
    buffers = tuple(_content(one, data) for one in model.tables(4))
    codes = [_code(one) for one in model.tables(1)]
    graph = next(model.tables(2), None)
    if graph is None:
        raise BrokenBuffer("it holds no graph")
    tensors = tuple(_tensor(one) for one in graph.tables(0))
    inputs, outputs = _indices(graph, 1), _indices(graph, 2)
    operators = tuple(_operator(one, codes) for one in graph.tables(3))
    used = {*inputs, *outputs, *(i for one in operators for i in (*one.inputs, *one.outputs))}
    if any(index >= len(tensors) for index in used):
        raise BrokenBuffer(f"it uses tensor {max(used)} of {len(tensors)}")
    if any(one.buffer >= len(buffers) for one in tensors):
        raise BrokenBuffer(f"a tensor's values are in a buffer beyond its {len(buffers)}")
    mean, std = _normalisation(model, buffers)
    return Graph(tensors, inputs, outputs, operators, mean, std, buffers)


def _content(buffer: Table, data: bytes) -> memoryview:
    """Values lie in the table, or (files beyond 2 GB, and newer converters) elsewhere in the file."""
    offset, size = buffer.number(1, "Q"), buffer.number(2, "Q")
    if offset > 1 and size:
        if offset + size > len(data):
            raise BrokenBuffer(f"values end at byte {offset + size}, the file has {len(data)}")
        return memoryview(data)[offset : offset + size]
    return buffer.blob(0)


def _code(code: Table) -> tuple[int, str]:
    """Old files have the operator in one byte; what did not fit there is in field 3."""
    return max(code.number(0, "b"), code.number(3)), code.text(1)


def _tensor(tensor: Table) -> GraphTensor:
    quantisation = tensor.table(4)
    scales = quantisation.numbers(2, "f") if quantisation else ()
    zeros = quantisation.numbers(3, "q") if quantisation else ()
    return GraphTensor(
        name=tensor.text(3),
        shape=tuple(int(size) for size in tensor.numbers(0)),
        type=TENSOR_TYPES.get(tensor.number(1, "b"), "another type"),
        buffer=tensor.number(2, "I"),
        scale=float(scales[0]) if len(scales) == 1 and scales[0] else None,
        zero_point=int(zeros[0]) if zeros else 0,
    )


def _operator(operator: Table, codes: list[tuple[int, str]]) -> Operator:
    index = operator.number(0, "I")
    if index >= len(codes):
        raise BrokenBuffer(f"it uses operator {index} of {len(codes)}")
    code, custom = codes[index]
    return Operator(code, custom, _indices(operator, 1), _indices(operator, 2))


def _indices(table: Table, place: int) -> tuple[int, ...]:
    """-1 stands for an optional input that is absent."""
    return tuple(int(one) for one in table.numbers(place) if one >= 0)


def _normalisation(
    model: Table, buffers: tuple[memoryview, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of the first input; broken metadata is no metadata."""
    try:
        for entry in model.tables(6):
            number = entry.number(1, "I")
            if entry.text(0) == METADATA_NAME and number < len(buffers):
                return _declared(bytes(buffers[number]))
    except (BrokenBuffer, struct.error):
        pass
    return (), ()


def _declared(data: bytes) -> tuple[tuple[float, ...], tuple[float, ...]]:
    for subgraph in Table.root(data).tables(3):
        for tensor in subgraph.tables(2):
            for unit in tensor.tables(4):
                options = unit.table(1)
                if unit.number(0, "B") == 1 and options is not None:  # NormalizationOptions
                    return options.numbers(0, "f"), options.numbers(1, "f")
            return (), ()
    return (), ()
