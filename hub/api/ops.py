"""What operators of the hub itself ask: is it alive, is it ready, how is it doing, which version."""

from __future__ import annotations

import platform
from importlib.metadata import version

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from hub.api.auth import Viewer
from hub.api.metrics import CONTENT
from hub.api.parts import PartsOf
from hub.api.problems import refusal
from hub.api.wire import reply
from hub.store import orders

router = APIRouter(tags=["operations"])
_LIVE = {"Cache-Control": "no-store"}


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?")
async def healthz() -> Response:
    """Answers without touching the database: it is not a reason to restart the hub when that is slow."""
    return JSONResponse({"status": "alive"}, headers=_LIVE)


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Can it do its work?")
def readyz(parts: PartsOf) -> Response:
    """Database, migrations, age of the backup: 503 names what is wrong."""
    found = {check.name: check.fault() for check in parts.checks}
    faults = {name: fault for name, fault in found.items() if fault is not None}
    if faults:
        told = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        raise refusal(503, "not-ready", told, headers={"Retry-After": "10"})
    return JSONResponse({"status": "ready", "checks": sorted(found)}, headers=_LIVE)


@router.head("/metrics", include_in_schema=False)
@router.get("/metrics", summary="Counters for Prometheus")
def metrics(parts: PartsOf, _actor: Viewer) -> Response:
    """Prometheus sends the bearer token by `authorization: credentials:` of its scrape config."""
    with parts.database.read() as conn:
        counted = orders.count_by_state(conn)
    return Response(parts.metrics.exposition(counted), headers={**_LIVE, "Content-Type": CONTENT})


@router.head("/version", include_in_schema=False)
@router.get("/version", summary="Which version this is")
def get_version(request: Request, _actor: Viewer) -> Response:
    """The program, its contract and the Python under it."""
    told = {
        "program": "edile",
        "version": version("edile"),
        "contract": "v1",
        "python": platform.python_version(),
    }
    return reply(request, told)
