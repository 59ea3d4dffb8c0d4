"""The real vision process with a detector that needs no model. What a test wants it to do wrong is in
its environment."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from edge_agent.vision import worker
from edge_agent.vision.frames import Image
from edge_agent.vision.shelf import OpenedModel
from tests.edge_agent.vision.street import open_colours


def opening(place: Path | str, kind: str, threads: int) -> OpenedModel:
    print(os.environ.get("EDILE_TEST_PRINT", ""), file=sys.stderr)
    model = open_colours(place, kind, threads)
    fault = os.environ.get("EDILE_TEST_FAULT")
    if fault is None:
        return model

    def run(_: Image) -> object:
        if fault == "hang":
            threading.Event().wait()
        os.kill(os.getpid(), signal.SIGKILL)  # as a bad model ends its process
        return None

    return OpenedModel(model.name, model.sha256, model.labels, model.input_size, run)  # type: ignore[arg-type]


if __name__ == "__main__":
    worker.STUCK_S = float(os.environ.get("EDILE_TEST_STUCK_S", "30"))
    sys.exit(worker.main(opening))
