"""What kind of file is this, before any runtime sees it. A refusal says what was found instead."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass, field
from pathlib import Path

from edge_agent.errors import ModelRefused
from edge_agent.vision.models.flatbuffer import BrokenBuffer
from edge_agent.vision.models.graph import Graph, read_graph

MAX_BYTES = 512 << 20
IDENTIFIER = b"TFL3"  # bytes 4:8, schema.fbs file_identifier
LFS_POINTER = b"version https://git-lfs"
OTHER_FILES = (
    (LFS_POINTER, "a git-lfs pointer, not the model itself; fetch it with: git lfs pull"),
    (b"PK\x03\x04", "a ZIP archive (a Keras or PyTorch file, or the model still packed)"),
    (b"\x89HDF", "an HDF5 file (Keras); convert it to TFLite first"),
    (b"\x1f\x8b", "a gzip archive; unpack it first"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x7fELF", "a program or library"),
    (b"{", "JSON text"),
    (b"<", "a web page or XML, often a download that failed"),
    (b"\x08", "perhaps an ONNX or TensorFlow graph; convert it to TFLite first"),
)


@dataclass(frozen=True)
class ModelFile:
    """The bytes that are hashed are the bytes that are run: read once."""

    path: Path
    content: bytes = field(repr=False)
    sha256: str
    graph: Graph = field(repr=False)


def read_model_file(path: Path) -> ModelFile:
    """ModelRefused when this cannot be a whole TFLite model."""
    content = _content(path)
    if content[4:8] != IDENTIFIER:
        raise ModelRefused(
            f"{path}: expected a TFLite model (TFL3 at byte 4), found {_kind(content)}"
        )
    try:
        graph = read_graph(content)
    except BrokenBuffer as error:
        raise ModelRefused(
            f"{path}: expected a whole TFLite model, found one broken or cut short: {error}"
        ) from error
    if not graph.inputs or not graph.outputs:
        raise ModelRefused(
            f"{path}: expected a model with inputs and outputs, found "
            f"{len(graph.inputs)} inputs and {len(graph.outputs)} outputs"
        )
    return ModelFile(path, content, hashlib.sha256(content).hexdigest(), graph)


def _content(path: Path) -> bytes:
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise ModelRefused(f"{path}: expected a .tflite file, found a folder")
        if not stat.S_ISREG(about.st_mode):
            raise ModelRefused(f"{path}: expected a .tflite file, found a pipe or device")
        if about.st_size > MAX_BYTES:
            raise ModelRefused(
                f"{path}: expected at most {MAX_BYTES >> 20} MiB, found {about.st_size >> 20} MiB"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelRefused(f"{path}: expected a model, found no such file") from error
    except OSError as error:
        raise ModelRefused(f"{path}: cannot be read: {error.strerror}") from error


def _kind(content: bytes) -> str:
    if not content:
        return "an empty file"
    for start, what in OTHER_FILES:
        if content.startswith(start):
            return what
    if not any(content[:4096]):
        return (
            f"{len(content)} bytes that begin with zeros, as a write that was cut off leaves them"
        )
    return f"{len(content)} bytes that begin with {content[:8].hex(' ')}"
