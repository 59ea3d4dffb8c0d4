"""Render the pictures that a detector's `expected.json` answers to.

    python -m models.training.scene_examples models/city-appearance/examples 901 902 903

One street scene per seed, by the simulator's own renderer: no photograph of anybody's data set. The
files are committed, so the test needs no renderer either.
"""

from __future__ import annotations

import sys
from pathlib import Path

from simulators.scenes.picture import taken
from simulators.scenes.sampling import PROBLEMS, sample

SIZE = (416, 234)
EDITION = 300  # surfaces of no training, validation or test set


def main() -> None:
    folder, seeds = Path(sys.argv[1]), [int(word) for word in sys.argv[2:]]
    folder.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(seeds):
        kind = list(PROBLEMS)[at % len(PROBLEMS)]
        jpeg, _ = taken(sample(seed, kind, EDITION, SIZE))
        (folder / f"street-{seed}.jpg").write_bytes(jpeg)


if __name__ == "__main__":
    main()
