"""What a camera may see, and when it speaks up, is a matter of record: a change of its masks, zones or
thresholds becomes an event, with what was and what is.

Settings of cameras come from gw.toml alone and are compared at each start. Those of the roles that watch
through them may also come from the hub while the agent runs, and are compared when they take effect.
Addresses and logins are no part of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import msgspec

from contract.payloads.gateway import GatewayNotice
from edge_agent.config.devices.camera import CameraConfig
from edge_agent.errors import StoreFull
from edge_agent.ports import Clock, Conclusion, Work
from edge_agent.store.database import Store
from edge_agent.store.writer import Writer

FIRST = ("masks", "bystanders", "mask_labels", "zones")
NOT_AUDITED = frozenset(
    {"id", "driver", "source", "user", "password_file", "threads", "fps", "paced", "repeat",
     "track_file", "ptz"}
)  # fmt: skip
NAMES = ("name", "label", "zone", "on", "camera")
"""Keys by which the parts of a list are told apart, the first that all of them have."""

SHOWN = 120
MOST_DETAIL = 2_000
Texts = Mapping[str, str]
"""Each audited key as JSON."""


async def audit_cameras(devices: Iterable[Any], writer: Writer, clock: Clock) -> None:
    """One event for each camera that is new or was changed since the last start. With a full disk it is
    told at the next."""
    for camera in devices:
        if isinstance(camera, CameraConfig):
            notice = GatewayNotice(kind="config-applied", device=camera.id)
            subject = f"{camera.driver}/{camera.id}"
            key = f"camera-settings/{camera.id}"
            await _audit(key, audited(camera), Conclusion(notice, subject), writer, clock)


async def audit_roles(
    roles: Mapping[str, Any], writer: Writer, clock: Clock, *, serial: int | None = None
) -> None:
    """The same for roles, by name; `serial`: of the hub's document that is in force."""
    for name, settings in roles.items():
        part = f"roles.{name}"
        notice = GatewayNotice(kind="config-applied", part=part, serial=serial)
        conclusion = Conclusion(notice, f"role/{name}")
        await _audit(f"role-settings/{name}", _texts(settings), conclusion, writer, clock)


async def _audit(key: str, now: Texts, told: Conclusion, writer: Writer, clock: Clock) -> None:
    written = await writer.call(_reading_of(key))
    before = msgspec.json.decode(written, type=dict[str, str]) if written else None
    if now == before:
        return
    notice = msgspec.structs.replace(told.payload, detail=change(before, now))
    work = Work(
        clock.moment(),
        (Conclusion(notice, told.subject),),
        settings={key: msgspec.json.encode(now)},
    )
    with suppress(StoreFull):
        await writer.record(work)


def _reading_of(key: str) -> Callable[[Store], bytes | None]:
    return lambda store: store.setting(key)


def audited(camera: CameraConfig) -> Texts:
    return _texts(camera)


def change(before: Texts | None, now: Texts) -> str:
    """In words: what was, what is, and at the end the first digits of the SHA-256 of all that is. Long
    values by their beginning and their own digits."""
    if before is None:
        words = [f"{key} {_shown(msgspec.json.decode(now[key]))}" for key in now]
        return _bounded("put up with ", words, now)
    return _bounded("changed: ", list(_changes(before, now)), now)


def _changes(before: Texts, now: Texts) -> Iterator[str]:
    for key in (*now, *(one for one in before if one not in now)):
        was, is_now = before.get(key), now.get(key)
        if was == is_now:
            continue
        if was is None or is_now is None:
            shown = [
                _shown(msgspec.json.decode(one)) if one else "not known" for one in (was, is_now)
            ]
            yield f"{key} {shown[0]} -> {shown[1]}"
        else:
            yield from _differences(key, msgspec.json.decode(was), msgspec.json.decode(is_now))


def _differences(path: str, was: Any, is_now: Any) -> Iterator[str]:
    """Down to what is different: `masks[window].points ... -> ...`."""
    if was == is_now:
        return
    old, new = _named(was), _named(is_now)
    if old is None or new is None:
        yield f"{path} {_shown(was)} -> {_shown(is_now)}"
        return
    mark = "{}.{}" if isinstance(was, dict) else "{}[{}]"
    for name in (*old, *(one for one in new if one not in old)):
        place = mark.format(path, name)
        if name not in new:
            yield f"{place} gone, it was {_shown(old[name])}"
        elif name not in old:
            yield f"{place} new: {_shown(new[name])}"
        else:
            yield from _differences(place, old[name], new[name])


def _named(value: Any) -> dict[str, Any] | None:
    """A table by its keys, a list of tables by their names; None where its parts have none."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None
    for key in NAMES:
        names = [one.get(key) for one in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, value, strict=True))
    return None


def _texts(settings: Any) -> Texts:
    names = [one.name for one in fields(settings) if one.name not in NOT_AUDITED]
    names.sort(key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))
    return {name: _text(getattr(settings, name)) for name in names}


def _text(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()


def _bounded(begin: str, words: list[str], now: Texts) -> str:
    end = f" (all of it: {_digits(_text(dict(now)))})"
    text = begin + ", ".join(words)
    room = MOST_DETAIL - len(end) - 1
    return (text if len(text) <= room else text[:room] + "…") + end


def _shown(value: Any) -> str:
    text = _text(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({_digits(text)})"


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
