"""What a camera may see, and when it speaks up, is a matter of record: a change of its masks, zones or
thresholds in gw.toml becomes an event at the next start.

Addresses and logins are no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from contract.payloads.gateway import GatewayNotice
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import StoreFull
from edge_agent.ports import Clock, Conclusion, Work
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer

AUDITED = (
    "masks", "bystanders", "mask_labels", "zones", "lines", "presets", "crop", "circle", "rotate",
    "detector", "detector_file", "classifier", "classifier_file", "labels", "classify", "min_score",
    "look_every_s", "view", "moving", "clip_s",
)  # fmt: skip
SHOWN = 40
MOST_DETAIL = 1_000


async def audit_cameras(devices: Iterable[Any], writer: Writer, clock: Clock) -> None:
    """One event for each camera that is new or was changed since the last start. With a full disk it is
    told at the next."""
    for camera in devices:
        if not isinstance(camera, CameraConfig):
            continue
        key = f"camera-settings/{camera.id}"
        written = await writer.call(_reading_of(key))
        before = msgspec.json.decode(written, type=dict[str, str]) if written else None
        now = audited(camera)
        if now == before:
            continue
        notice = GatewayNotice(
            kind="config-applied", device=camera.id, detail=change(before, now)[:MOST_DETAIL]
        )
        work = Work(
            clock.moment(),
            (Conclusion(notice, f"{camera.driver}/{camera.id}"),),
            settings={key: msgspec.json.encode(now)},
        )
        with suppress(StoreFull):
            await writer.record(work)


def _reading_of(key: str) -> Callable[[Store], bytes | None]:
    return lambda store: store.setting(key)


def audited(camera: CameraConfig) -> dict[str, str]:
    """Each audited key as one text."""
    return {key: _text(getattr(camera, key)) for key in AUDITED}


def change(before: Mapping[str, str] | None, now: Mapping[str, str]) -> str:
    """In words: what was, what is. Long values by their count and the first digits of their SHA-256."""
    if before is None:
        return "put up with " + ", ".join(f"{key} {_shown(now[key])}" for key in now)
    changed = [key for key in now if now[key] != before.get(key)]
    return "changed: " + ", ".join(
        f"{key} {_shown(before[key]) if key in before else 'not known'} -> {_shown(now[key])}"
        for key in changed
    )


def _text(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _shown(text: str) -> str:
    if len(text) <= SHOWN:
        return text
    value = msgspec.json.decode(text)
    count = f"{len(value)} " if isinstance(value, list) else ""
    return f"{count}({hashlib.sha256(text.encode()).hexdigest()[:8]})"
