"""Key figures over REST (docs/kpis.md): any period, by any axis, each with its SQL and its orders."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from contract.kpis import KpiReport
from hub.api.auth import Viewer
from hub.api.order_query import moment
from hub.api.parts import PartsOf
from hub.api.problems import invalid, refusal
from hub.api.wire import REFUSED, answers, reply
from hub.store import kpis
from hub.store.kpi_report import report
from hub.store.kpis import By

router = APIRouter(prefix="/v1/kpis", tags=["key figures"])


class KpiQuery(BaseModel):
    """Unknown parameters are refused: a mistyped one must not show the whole district."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field(description="begin of the period, RFC 3339 with zone")
    until: str = Field(description="end of the period, not in it, RFC 3339 with zone")
    by: By | None = Field(None, description="a part each: unit, contractor, area or class")
    unit: str | None = Field(None, description="only this unit")
    contractor: str | None = Field(None, description="only this contractor")
    area: str | None = Field(None, description="only this duty area")
    class_code: str | None = Field(None, description="only this class: CODE or CATALOGUE/CODE")


@router.head("", include_in_schema=False)
@router.get("", summary="Key figures of a period", responses=answers(KpiReport, "The figures"))
def get_kpis(
    request: Request, parts: PartsOf, actor: Viewer, query: Annotated[KpiQuery, Query()]
) -> Response:
    """As orders stand now. Each rate has a denominator of its own; the counts are all there."""
    since, until = moment(query.since, "since"), moment(query.until, "until")
    if since is None or until is None or since >= until:
        raise invalid("the period ends after it begins", "until")
    by, only = _narrowed(query)
    with parts.database.read() as conn:
        found = report(
            conn, actor.district, since=since, until=until, at=parts.now(), by=by, only=only
        )
    return reply(request, found)


@router.head("/statements/{name}", include_in_schema=False)
@router.get("/statements/{name}", summary="A key figure's published SQL", responses=REFUSED)
def get_statement(_actor: Viewer, name: str) -> Response:
    """As it is run; its first lines say what it counts. `from_audit` checks the orders against the log."""
    if name not in {*kpis.FILES, kpis.CHECK}:
        told = f"no statement {name!r}; there are {', '.join((*kpis.FILES, kpis.CHECK))}"
        raise refusal(404, "not-found", told)
    return PlainTextResponse(kpis.statement(name))


def _narrowed(query: KpiQuery) -> tuple[By, str | None]:
    """The axis, and one part of it. Figures are not kept by two axes together."""
    axes: dict[By, str | None] = {
        "unit": query.unit,
        "contractor": query.contractor,
        "area": query.area,
        "class": query.class_code,
    }
    given = {axis: value for axis, value in axes.items() if value is not None}
    if not given:
        return query.by or "all", None
    axis, only = next(iter(given.items()))
    if len(given) > 1 or query.by not in {None, axis}:
        raise invalid("narrow by one of unit, contractor, area and class_code, not by two", "by")
    return axis, only
