"""TrashNet as arrays, and its split by near-duplicate groups."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.near_duplicates import embeddings, groups
from models.training.pictures import Picture, read_rgb
from models.training.splits import grouped_split

FOLDERS = ("cardboard", "glass", "metal", "paper", "plastic", "trash")
LABELS = (*FOLDERS[:-1], "residual")
SHARES = {"train": 0.76, "validation": 0.10, "test": 0.14}
SPLIT_SEED = 7


@dataclass(frozen=True)
class Shot:
    picture: Picture
    label: int
    path: Path


def split_of(root: Path, cache: Path) -> dict[str, list[Path]]:
    """Paths per split. The features behind the groups are kept in `cache` (a minute of work)."""
    paths = sorted(p for name in FOLDERS for p in (root / name).glob("*.jpg"))
    if not paths:
        raise FileNotFoundError(f"{root}: no folders {', '.join(FOLDERS)} with JPEG files")
    stored: NDArray[np.float32] | None = np.load(cache) if cache.exists() else None
    if stored is None or len(stored) != len(paths):
        stored = embeddings(paths)
        np.save(cache, stored)
    names = grouped_split(
        [p.parent.name for p in paths], groups(paths, stored), SHARES, seed=SPLIT_SEED
    )
    return {name: [p for p, n in zip(paths, names, strict=True) if n == name] for name in SHARES}


def read(paths: list[Path]) -> list[Shot]:
    return [Shot(read_rgb(p), FOLDERS.index(p.parent.name), p) for p in paths]
