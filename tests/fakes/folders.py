"""Folders in memory, for tests that copy whole disks."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def fast_dir(tmp_path: Path) -> Iterator[Path]:
    """In memory where the system has such a folder: these tests copy whole disks, and power cuts
    below the file system have their own suite."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="edile-", dir=memory))
    yield folder
    shutil.rmtree(folder)
