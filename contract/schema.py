"""JSON Schema 2020-12 for every shape on the wire, made from the structs themselves.

The files under `contract/schemas` are what others build against; a test compares them with this byte
for byte, so a change of the wire is a diff that somebody reads.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from contract import asyncapi
from contract.area import Area
from contract.bundle import Manifest
from contract.commands import Command
from contract.desired import Desired
from contract.envelope import Envelope
from contract.gateway_view import EventPage, GatewayPage, GatewayView, LooksPage
from contract.kpis import KpiReport
from contract.mqtt_binding import DownClaims
from contract.payloads.registry import PAYLOADS
from contract.problem_json import Problem
from contract.receipts import Receipt
from contract.sync import MAX_EVENTS, ClockAnswer, SyncReply, Tombstone
from contract.token import Claims
from contract.workorder import (
    AuditPage,
    Extension,
    HandedOverList,
    HandOverList,
    Merge,
    Milestone,
    Move,
    NewOrder,
    Page,
    Reclassify,
    Unmerge,
    WorkOrder,
)

FOLDER = Path(__file__).parent / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "urn:edile:schema:"
ASYNCAPI_FILE = "asyncapi.json"

# Everything that is not an event's payload, by the name of its file.
SHAPES: dict[str, type[msgspec.Struct]] = {
    "envelope": Envelope,
    "tombstone": Tombstone,
    "sync-reply": SyncReply,
    "clock-answer": ClockAnswer,
    "token-claims": Claims,
    "down-claims": DownClaims,
    "receipt": Receipt,
    "command": Command,
    "desired": Desired,
    "area": Area,
    "problem": Problem,
    "work-order": WorkOrder,
    "work-order-new": NewOrder,
    "work-order-move": Move,
    "work-order-extension": Extension,
    "work-order-merge": Merge,
    "work-order-unmerge": Unmerge,
    "work-order-class": Reclassify,
    "work-order-milestone": Milestone,
    "work-order-hand-over": HandOverList,
    "work-order-handed-over": HandedOverList,
    "work-order-page": Page,
    "audit-page": AuditPage,
    "gateway": GatewayView,
    "gateway-page": GatewayPage,
    "event-page": EventPage,
    "looks-page": LooksPage,
    "kpi-report": KpiReport,
    "bundle-manifest": Manifest,
}


def schema_of(name: str, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """A self-contained schema document for one struct."""
    (root,), definitions = msgspec.json.schema_components([shape], ref_template="#/$defs/{name}")
    own = definitions.pop(root["$ref"].rpartition("/")[2])
    document = {"$schema": DIALECT, "$id": f"{ID}{name}", **own}
    return {**document, "$defs": definitions} if definitions else document


def documents() -> dict[str, bytes]:
    """Every exported file by name, with its exact bytes."""
    shapes: dict[str, type[msgspec.Struct]] = {**PAYLOADS, **SHAPES}
    files = {f"{name}.json": schema_of(name, shape) for name, shape in shapes.items()}
    files["batch.json"] = _batch()
    files[ASYNCAPI_FILE] = asyncapi.document({name: PAYLOADS[name].lane for name in PAYLOADS})
    return {name: _bytes(files[name]) for name in sorted(files)}


def write(folder: Path) -> list[str]:
    """Writes every file that is not yet as it should be and names them. Deletes nothing: the folder
    may hold other people's files; `differences` names what is left over."""
    wanted = documents()
    folder.mkdir(parents=True, exist_ok=True)
    changed = [name for name in differences(folder) if name in wanted]
    for name in changed:
        (folder / name).write_bytes(wanted[name])
    return changed


def differences(folder: Path) -> list[str]:
    """Names of the files in `folder` that are missing, other than exported, or no longer exported."""
    wanted = documents()
    there = {path.name: path.read_bytes() for path in folder.glob("*.json")}
    return sorted(
        name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)
    )


def _batch() -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": f"{ID}batch",
        "title": "Batch",
        "description": "Body of a sync: events and tombstones of one slot, epoch and lane, seq by seq.",
        "type": "array",
        "maxItems": MAX_EVENTS,
        "items": {"anyOf": [{"$ref": f"{ID}envelope"}, {"$ref": f"{ID}tombstone"}]},
    }


def _bytes(document: dict[str, Any]) -> bytes:
    return (
        msgspec.json.format(msgspec.json.encode(document, order="deterministic"), indent=2) + b"\n"
    )
