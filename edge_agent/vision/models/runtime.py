"""The runtimes behind one port: LiteRT first, else the older tflite-runtime. Imported when first used.

Only `Interpreter` is used: LiteRT's CompiledModel aborts on TFLite_Detection_PostProcess. An
interpreter belongs to one thread at a time; `invoke` lets other threads run meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol

import numpy as np

from edge_agent.errors import StopError
from edge_agent.vision.postprocess.tensors import Array, Output

RUNTIMES = (
    ("litert", "ai_edge_litert.interpreter"),
    ("tflite-runtime", "tflite_runtime.interpreter"),
)
RUNTIME_ERRORS = (ValueError, RuntimeError, SystemError, OSError, MemoryError, TypeError)
"""What the two runtimes are known to raise on files they do not like."""


class Interpreter(Protocol):
    """The part of both runtimes' `Interpreter` that is used."""

    def allocate_tensors(self) -> None: ...
    def get_input_details(self) -> list[dict[str, Any]]: ...
    def get_output_details(self) -> list[dict[str, Any]]: ...
    def resize_tensor_input(self, input_index: int, tensor_size: Sequence[int]) -> None: ...
    def set_tensor(self, tensor_index: int, value: Array) -> None: ...
    def get_tensor(self, tensor_index: int) -> Array: ...
    def invoke(self) -> None: ...


class Runtime(NamedTuple):
    name: str
    interpreter: Callable[..., Interpreter]


class TensorFact(NamedTuple):
    """An input or output as the runtime has it. `place` is its number there; `scale` 0 = not quantised;
    `free` is its shape with -1 where the file leaves a size open."""

    place: int
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    zero_point: int
    free: tuple[int, ...] = ()

    @property
    def quantised(self) -> bool:
        return self.scale > 0 and self.dtype.kind in "iu"

    def output(self, values: Array) -> Output:
        return Output(values, self.scale, self.zero_point) if self.quantised else Output(values)

    def described(self) -> str:
        text = f"{list(self.shape)} {self.dtype.name}"
        return f"{text} scale {self.scale:.6g} zero {self.zero_point}" if self.quantised else text


def find_runtime(load: Callable[[str], Any] = import_module) -> Runtime:
    """StopError with the reasons when neither can be imported."""
    reasons = []
    for name, module in RUNTIMES:
        try:
            return Runtime(name, load(module).Interpreter)
        except (ImportError, AttributeError) as error:
            reasons.append(f"{name}: {error}")
    raise StopError(
        f"no runtime for TFLite models ({'; '.join(reasons)}); pip install 'edile[vision]'"
    )


def facts(details: Sequence[dict[str, Any]]) -> list[TensorFact]:
    return [_fact(one) for one in details]


def _fact(detail: dict[str, Any]) -> TensorFact:
    scale, zero = detail.get("quantization") or (0.0, 0)
    shape = tuple(int(size) for size in detail["shape"])
    signature = detail.get("shape_signature")
    return TensorFact(
        place=int(detail["index"]),
        name=str(detail["name"]),
        shape=shape,
        dtype=np.dtype(detail["dtype"]),
        scale=float(scale),
        zero_point=int(zero),
        free=shape if signature is None else tuple(int(size) for size in signature),
    )
