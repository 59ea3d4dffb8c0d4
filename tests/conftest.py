"""Options and fixtures for the whole suite."""

from __future__ import annotations

import os

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long variants (more states)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="long variant: run pytest --long"))


@pytest.fixture
def anyio_backend() -> str:
    """Coroutine tests marked `anyio` (httpx brings the plugin) run on asyncio, as the agent does."""
    return "asyncio"


def skip_or_fail(reason: str) -> None:
    """Without a system package a test is skipped by name with the hint; in CI it must be there."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI nothing may be skipped: {reason}")
    pytest.skip(reason)
