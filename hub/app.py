"""Puts the hub together: one place where every part is made and handed to the ones that need it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from contract.sync import MAX_BATCH_BYTES
from contract.timestamps import parse_rfc3339
from hub import backup
from hub.api import cameras, evidence, gateways, looks, originals, photos, sync
from hub.api.box import BoxParts
from hub.api.parts import Check, Parts
from hub.api.rest import install_rest
from hub.config import HubConfig
from hub.deadlines import alarms
from hub.desk import open_desk
from hub.dispatching.book import book_of
from hub.duties import running as duties
from hub.errors import HubStop, NotNow
from hub.identity import HubKeys, load_or_make_keys
from hub.ingest import Ingest
from hub.notifying import running as notifying
from hub.store import gateways as rows
from hub.store import schema
from hub.store.blobs import Blobs
from hub.store.engine import Database
from hub.sweeping import figures, silence
from hub.sweeping import running as sweeping
from hub.workers import Workers

LOG = logging.getLogger("edile.hub")
_OVERHEAD_BYTES = 64 * 1024
BACKUPS_LATE = 3  # so many intervals without one make the hub not ready


def generation_of(database: Database, config: HubConfig) -> str:
    """Made once; a restore makes a new one."""
    with database.write() as conn:
        found = rows.meta(conn, backup.GENERATION)
        if found is None:
            found = f"g{config.entropy(6).hex()}"
            rows.put_meta(conn, backup.GENERATION, found)
    return found


def create_app(config: HubConfig) -> FastAPI:
    """The whole hub, migrated database assumed. HubStop when it cannot run."""
    database = Database.open(config.database)
    wrong = schema.fault(database)
    if wrong is not None:
        database.close()
        raise HubStop(f"{database.url.render_as_string()}: {wrong}")
    blobs = Blobs(config.data_dir / backup.EVIDENCE)
    blobs.prepare(config.utc_ns() / 1e9)
    keys = load_or_make_keys(config.data_dir)
    ingest = Ingest(database, keys, config.district, generation_of(database, config))
    tasks = Workers()
    app = FastAPI(
        title="Edile hub",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(database, config, keys, tasks),
    )
    app.state.box = BoxParts(config, database, keys, ingest)
    for part in (sync, evidence, originals, gateways, cameras, looks):
        app.include_router(part.router)
    limits = {
        "/v1/sync": MAX_BATCH_BYTES + _OVERHEAD_BYTES,
        "/v1/evidence": evidence.PART_BYTES + _OVERHEAD_BYTES,
        "/v1/photos": photos.MAX_PHOTO_BYTES,
    }
    parts = Parts(
        database=database,
        utc_ns=config.utc_ns,
        entropy=config.entropy,
        checks=(*_checks(database, config), Check("workers", tasks.fault)),
        blobs=blobs,
    )
    install_rest(app, parts, body_limits=limits)
    return app


def _checks(database: Database, config: HubConfig) -> tuple[Check, ...]:
    def at_head() -> str | None:
        try:
            return schema.fault(database)
        except NotNow as error:
            return str(error)

    def backed_up() -> str | None:
        every = config.backup_every_s
        if every is None:
            return None
        try:
            with database.read() as conn:
                last = rows.meta(conn, backup.LAST_BACKUP)
        except NotNow as error:
            return str(error)
        if last is None:
            return None  # the first one is on its way
        age_s = (config.utc_ns() - parse_rfc3339(last)) / 1e9
        late = age_s > BACKUPS_LATE * every + 60
        return f"the last verified backup is {age_s:.0f} s old" if late else None

    def known() -> str | None:
        """Whether the calendars in force reach far enough (docs/deadlines.md)."""
        try:
            with database.read() as conn:
                calendars = book_of(conn, config.district).calendars.all
        except (HubStop, NotNow) as error:
            return str(error)
        today = datetime.fromtimestamp(config.utc_ns() / 1e9, UTC).date()
        found = alarms(calendars, today)
        return found[0].text if found else None

    return (Check("database", at_head), Check("backup", backed_up), Check("calendars", known))


def _lifespan(database: Database, config: HubConfig, keys: HubKeys, tasks: Workers):  # type: ignore[no-untyped-def]  # Starlette's own shape
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks.start("backups", _keep_backed_up(database, config))
        tasks.start("sweeping", sweeping.run(database, config, key=keys.command))
        if config.sweep_every_s is not None:
            tasks.start("duties", duties.run(database, config))
            tasks.start("key figures", figures.run(database, config))
            tasks.start("silence", silence.run(database, config))
        tasks.start("notices", notifying.run(database, config))
        try:
            async with open_desk(database, config):
                yield
        finally:
            await tasks.stop()
            database.close()

    return lifespan


async def _keep_backed_up(database: Database, config: HubConfig) -> None:
    """A failed backup is said and tried again; gateways meanwhile keep what is not archived."""
    if config.backup_every_s is None or config.backup_to is None:
        return
    while True:
        await asyncio.sleep(config.backup_every_s)
        try:
            made = await run_in_threadpool(backup.back_up, database, config, config.backup_to)
        except (HubStop, NotNow) as error:
            LOG.error("no backup: %s", error)  # noqa: TRY400 - one line
        else:
            LOG.info("backed up and verified: %s", made)
