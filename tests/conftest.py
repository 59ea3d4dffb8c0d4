"""Options and fixtures for the whole suite."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", settings(), deadline=None)
settings.load_profile("unhurried")  # how fast a machine is decides no test

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM"):
    os.environ.setdefault(_threads, "1")  # the workers of the run share the cores already

_MEMORY, _ROOM_BYTES = Path("/dev/shm"), 4 * 1024**3


def pytest_configure() -> None:
    """Temporary folders lie in memory where there is room for them: most tests write databases, whose every
    commit a disk would be waited for. What a disk may do to a store has its own tests (tests/fault)."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long variants (more states)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long variants are more of the same: left out, not skipped, so that a skip means a lack."""
    if config.getoption("--long"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def skip_or_fail(reason: str) -> None:
    """Without a system package a test is skipped by name with the hint; in CI it must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may be skipped: {reason}")
    pytest.skip(reason)
