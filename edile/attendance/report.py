"""`edile attendance report`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import typer

from contract.client import ClientError, HubClient
from contract.payloads.attendance import AttendanceShift
from edile.attendance.reporting import report as reported
from edile.attendance.reporting import report_text
from edile.decode.source import stop

EPILOG = (
    "Example: EDILE_TOKEN=... edile attendance report --hub https://hub.example --from 2026-09-01 "
    "--days 30 --zone Asia/Shanghai"
)


class _Event(msgspec.Struct):
    data: AttendanceShift


def report(
    *,
    hub: Annotated[str, typer.Option(help="The hub's URL.")],
    token: Annotated[
        str, typer.Option(envvar="EDILE_TOKEN", help="May read events.", show_default=False)
    ],
    since: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    days: Annotated[int, typer.Option(min=1, max=400)] = 1,
    zone: Annotated[str, typer.Option(help="Whose days.")] = "Asia/Shanghai",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """What the verdicts of some days come to: how many of each, how many were revised, and the share in
    which nobody looked who wore the badge."""
    begin_ns, end_ns = _span(since, days, zone)
    try:
        with HubClient(hub, token) as client:
            found = reported(_shifts(client), begin_ns, end_ns)
    except ClientError as error:
        stop(f"{hub}: {error}")
    if as_json:
        print(json.dumps(found.card()))
    else:
        print(report_text(found))


def _shifts(client: HubClient) -> Iterator[AttendanceShift]:
    for stored in client.every_event(type=AttendanceShift.wire_type):
        yield msgspec.json.decode(stored.event, type=_Event).data


def _span(since: str, days: int, zone: str) -> tuple[int, int]:
    try:
        first, where = date.fromisoformat(since), ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        stop(f"--zone: expected a zone such as Asia/Shanghai, found {zone!r}")
    except ValueError:
        stop(f"--from: expected YYYY-MM-DD, found {since!r}")
    begin, end = (
        datetime.combine(day, time(), where) for day in (first, first + timedelta(days=days))
    )
    return int(begin.timestamp()) * 10**9, int(end.timestamp()) * 10**9
