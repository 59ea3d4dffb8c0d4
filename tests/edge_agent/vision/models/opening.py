"""Opens a file's bytes in this process, as the child does: files are many and a child costs a second."""

from __future__ import annotations

from pathlib import Path

from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.loading import open_here
from edge_agent.vision.models.model import Model
from edge_agent.vision.models.runtime import find_runtime
from tests.fakes.tflite_files import written


def opened(
    folder: Path, content: bytes, labels: str | None = None, convention: str = "auto"
) -> Model:
    path = written(folder, content)
    names = None
    if labels is not None:
        names = folder / "labels.txt"
        names.write_text(labels, encoding="utf-8")
    return open_here(read_model_file(path), None, names, convention, runtime=find_runtime())
