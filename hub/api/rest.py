"""Puts the REST side of the hub into an app: refusals, limits, metrics, routes, documentation."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI

from hub.api import docs_page, kpis, ops, order_changes, photos, stream, trying, work_orders
from hub.api.metrics import MeasureRequests
from hub.api.parts import Parts
from hub.api.problems import LimitBody, install_problems
from hub.api.watching import Watch

MAX_BODY_BYTES = 1 << 20


def install_rest(
    app: FastAPI, parts: Parts, *, body_limits: Mapping[str, int] | None = None
) -> None:
    """`app` is made with `docs_url=None, redoc_url=None, openapi_url=None`: those pages load from
    elsewhere. `body_limits`: bytes by path prefix, for routes that take more than MAX_BODY_BYTES."""
    app.state.parts = parts
    app.state.watch = Watch(parts.database)
    install_problems(app)
    app.add_middleware(LimitBody, default=MAX_BODY_BYTES, limits=body_limits or {})
    app.add_middleware(MeasureRequests, metrics=parts.metrics)
    routers = (
        ops.router,
        work_orders.router,
        order_changes.router,
        photos.router,
        kpis.router,
        trying.router,
        stream.router,
        docs_page.router,
    )
    for router in routers:
        app.include_router(router)
    docs_page.install_schemas(app)
