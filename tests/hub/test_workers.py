"""Tasks beside the answering: what becomes of those that end."""

from __future__ import annotations

import asyncio
import logging

import pytest

from hub.workers import Workers


@pytest.mark.anyio
async def test_a_worker_that_fails_is_said_and_makes_the_hub_unready(
    caplog: pytest.LogCaptureFixture,
) -> None:
    workers, failed = Workers(), asyncio.Event()

    async def broken() -> None:
        try:
            raise RuntimeError("inside")
        finally:
            failed.set()

    workers.start("sweeping", broken())
    workers.start("notices", asyncio.Event().wait())  # type: ignore[arg-type]
    assert workers.fault() is None
    with caplog.at_level(logging.CRITICAL):
        await failed.wait()
        await asyncio.sleep(0)
    assert workers.fault() == "stopped: sweeping"
    assert "sweeping stopped by a bug" in caplog.text
    await workers.stop()


@pytest.mark.anyio
async def test_stopping_waits_for_what_a_worker_still_does() -> None:
    workers, done = Workers(), list[str]()

    async def careful() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            done.append("closed")

    workers.start("one", careful())
    await asyncio.sleep(0)
    await workers.stop()
    assert (done, workers.fault()) == (["closed"], None)
