"""The worker: round after round makes notices of events, and delivers what is due. Any number of them may
run on one PostgreSQL database."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.errors import HubStop, NotNow
from hub.notifying.channels import senders_of
from hub.notifying.delivering import Delivery, Send
from hub.notifying.settings import FILE, Keep, Settings, load
from hub.store import domain_events, notices, recipients
from hub.store.engine import Database

LOG = logging.getLogger("edile.hub.notices")
EVERY_S = 2.0
PRUNE_EVERY_S = 3600.0
_DAY_NS = 86_400 * 10**9
_AT_ONCE = 5_000
SendersOf = Callable[[Settings, Callable[[], int]], Mapping[str, Send]]


class _Stamp(NamedTuple):
    """Of the settings' file: another one is read anew."""

    mtime_ns: int
    size: int


@dataclass(kw_only=True)
class Worker:
    """`draw` is uniform in [0, 1); `sleep` waits seconds; `senders_of` makes the ways out."""

    database: Database
    config: HubConfig
    draw: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    senders_of: SendersOf = senders_of
    _settings: Settings | None = None
    _senders: Mapping[str, Send] = field(default_factory=dict)
    _stamp: _Stamp | None = None
    _pruned_ns: int | None = None

    async def round(self) -> None:
        """Everything that can be made, sent and forgotten now. Raises NotNow."""
        self._look_at_settings()
        delivery = Delivery(
            database=self.database,
            district=self.config.district,
            senders=self._senders,
            utc_ns=self.config.utc_ns,
            draw=self.draw,
            sleep=self.sleep,
        )
        while await asyncio.to_thread(delivery.fan_out):
            pass
        await delivery.deliver()
        await asyncio.to_thread(self._prune)

    def _look_at_settings(self) -> None:
        """The file may change at any time. A faulty one is said once, and the last good one holds."""
        stamp = self._stamp_now()
        if self._settings is not None and stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            found = load(self.config.data_dir)
            self._senders = self.senders_of(found, self.config.utc_ns)
        except HubStop as fault:
            LOG.error("notices: %s", fault)  # noqa: TRY400 - one line
            self._settings = self._settings or Settings()
            return
        self._settings = found
        LOG.info("notices go out by %s", " and ".join(sorted(self._senders)) or "nothing")

    def _stamp_now(self) -> _Stamp | None:
        try:
            found = (self.config.data_dir / FILE).stat()
        except OSError:
            return None
        return _Stamp(found.st_mtime_ns, found.st_size)

    def _prune(self) -> None:
        now_ns = self.config.utc_ns()
        if self._pruned_ns is not None and now_ns - self._pruned_ns < PRUNE_EVERY_S * 1e9:
            return
        self._pruned_ns = now_ns
        keep = self._settings.keep if self._settings is not None else Keep()
        prune(self.database, self.config.district, keep, now_ns)


def prune(
    database: Database, district: str, keep: Keep, now_ns: int, *, most: int = _AT_ONCE
) -> tuple[int, int]:
    """How many events and notices were forgotten. What somebody is still to be told of is kept, unless
    that somebody is paused. `most` rows in one transaction."""
    events_before = rfc3339(now_ns - int(keep.events_days * _DAY_NS))
    notices_before = rfc3339(now_ns - int(keep.notices_days * _DAY_NS))
    with database.read() as conn:
        through = recipients.least_cursor(conn, district)

    def some_events() -> int:
        with database.write() as conn:
            return domain_events.prune(
                conn, district, before=events_before, through=through, most=most
            )

    def some_notices() -> int:
        with database.write() as conn:
            return notices.prune(conn, before=notices_before, most=most)

    return _until_few(some_events, most), _until_few(some_notices, most)


def _until_few(forget: Callable[[], int], most: int) -> int:
    total = 0
    while (some := forget()) == most:
        total += some
    return total + some


async def run(
    database: Database,
    config: HubConfig,
    *,
    every_s: float = EVERY_S,
    draw: Callable[[], float] = random.random,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Until cancelled; what is on its way then is given back. A database that does not answer is said
    once and waited for."""
    worker = Worker(database=database, config=config, draw=draw, sleep=sleep)
    lost = False
    while True:
        wait_s = every_s
        try:
            await worker.round()
        except NotNow as weather:
            wait_s = max(every_s, weather.retry_after_s)
            if not lost:
                LOG.warning("no notices for now: %s", weather)
            lost = True
        else:
            if lost:
                LOG.info("notices again")
            lost = False
        await sleep(wait_s)
