"""The child that opens a file first: `python -m edge_agent.vision.models.opening_child FILE ASKED`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from edge_agent.errors import ModelRefused, StopError
from edge_agent.vision.models.file_checks import read_model_file
from edge_agent.vision.models.first_opening import EXIT_REFUSED, bound_this_process
from edge_agent.vision.models.loading import open_here
from edge_agent.vision.models.runtime import find_runtime


def main() -> int:
    path, asked = Path(sys.argv[1]), json.loads(sys.argv[2])
    bound_this_process()
    labels = Path(asked["labels"]) if asked["labels"] else None
    try:
        file = read_model_file(path)
        if file.sha256 != asked["sha256"]:
            raise ModelRefused(f"{path}: the file changed while it was opened")
        open_here(file, None, labels, asked["convention"], runtime=find_runtime())
    except StopError as error:
        print(error)  # noqa: T201 - the parent reads it; runtimes write to stderr
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
