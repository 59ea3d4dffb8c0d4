"""Commands to gateways: numbered, signed, kept until they are answered or expire; among them the request for
an unmasked original, and what is asked of cameras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.commands import (
    AcceptViewArgs,
    Command,
    CommandOp,
    OriginalArgs,
    PhotoArgs,
    sign_command,
)
from contract.keys import PrivateKey
from contract.timestamps import rfc3339
from hub.config import HubConfig
from hub.errors import HubStop
from hub.identity import COMMAND_KID, load_or_make_keys
from hub.store import audit, gateways, originals
from hub.store.engine import Database

ANSWERED_WITHIN_S = 7 * 86_400
ASKED_NOW_S, MOST_NOW_S = 600, 86_400
MOST_LISTED = 200
OF_CAMERAS: Mapping[CommandOp, type[CameraArgs]] = {
    "photo": PhotoArgs,
    "accept-view": AcceptViewArgs,
}
Values = Mapping[str, Any]
CameraArgs = PhotoArgs | AcceptViewArgs


def issue(
    conn: sa.Connection,
    key: PrivateKey,
    *,
    slot: str,
    op: CommandOp,
    args: dict[str, Any],
    actor: str,
    now_ns: int,
    expires_in_s: int,
) -> Command | None:
    """In the caller's transaction; the gateway gets it with its next sync. None for an unknown slot."""
    seq = gateways.next_command_seq(conn, slot)
    if seq is None:
        return None
    made = Command(
        id=f"{slot}-{seq}",
        slot=slot,
        cmd_seq=seq,
        op=op,
        args=args,
        expires=rfc3339(now_ns + expires_in_s * 10**9),
    )
    gateways.add_command(
        conn,
        id=made.id,
        slot=slot,
        cmd_seq=seq,
        op=made.op,
        jws=sign_command(key, COMMAND_KID, made),
        actor=actor,
        made_at=rfc3339(now_ns),
        expires=made.expires,
    )
    return made


def ask_for_original(
    conn: sa.Connection,
    key: PrivateKey,
    *,
    district: str,
    slot: str,
    wanted: OriginalArgs,
    actor: str,
    now_ns: int,
    expires_in_s: int = ANSWERED_WITHIN_S,
) -> Command | None:
    """`wanted.sha256`: the original's or a photo's that was made of it. On record here before the gateway
    hears of it. None for an unknown slot."""
    audit.lock(conn, district)
    args = msgspec.structs.asdict(wanted)
    made = issue(
        conn, key, slot=slot, op=originals.ASKED, args=args, actor=actor, now_ns=now_ns,
        expires_in_s=expires_in_s,
    )  # fmt: skip
    if made is not None:
        entry = audit.Entry(
            at=rfc3339(now_ns), actor=actor, action="original-requested",
            subject=f"evidence/{wanted.sha256}", reason=wanted.reason,
            detail={"id": made.id, "slot": slot, "requested_by": wanted.requested_by},
        )  # fmt: skip
        audit.append(conn, district, entry)
    return made


def original_ask(database: Database, config: HubConfig, values: Values) -> tuple[str, int]:
    """`sha256`, `by`, `reason`, `slot` or None: the gateway that brought the photo."""
    try:
        wanted = OriginalArgs(
            sha256=values["sha256"], requested_by=f"desk/{values['by']}", reason=values["reason"]
        )
    except ValueError as error:
        raise HubStop(f"original: {error}") from error
    key = load_or_make_keys(config.data_dir).command
    with database.write() as conn:
        slot = values.get("slot") or originals.slot_of_photo(conn, wanted.sha256)
        if slot is None:
            raise HubStop(f"no photo {wanted.sha256} is here: name the gateway with --slot")
        made = ask_for_original(
            conn, key, district=config.district, slot=slot, wanted=wanted, actor="desk",
            now_ns=config.utc_ns(),
        )  # fmt: skip
    if made is None:
        raise HubStop(f"no gateway {slot}")
    return f"{made.id}: {slot} is asked with its next sync, until {made.expires}", 0


def ask_camera(
    conn: sa.Connection,
    key: PrivateKey,
    *,
    district: str,
    slot: str,
    op: CommandOp,
    wanted: CameraArgs,
    actor: str,
    now_ns: int,
    expires_in_s: int = ASKED_NOW_S,
) -> Command | None:
    """On record here before the gateway hears of it. None for an unknown slot."""
    audit.lock(conn, district)
    made = issue(
        conn, key, slot=slot, op=op, args=msgspec.structs.asdict(wanted), actor=actor,
        now_ns=now_ns, expires_in_s=expires_in_s,
    )  # fmt: skip
    if made is not None:
        entry = audit.Entry(
            at=rfc3339(now_ns), actor=actor, action=f"{op}-requested",
            subject=f"camera/{slot}/{wanted.camera}", reason=wanted.reason,
            detail={"id": made.id, "requested_by": wanted.requested_by, "preset": wanted.preset},
        )  # fmt: skip
        audit.append(conn, district, entry)
    return made


def camera_ask(
    op: CommandOp, database: Database, config: HubConfig, values: Values
) -> tuple[str, int]:
    """`slot`, `camera`, `by`, `reason`, `preset` or None."""
    if not values["by"].strip():
        raise HubStop(f"{op}: --by: who asks?")
    try:
        wanted = OF_CAMERAS[op](
            camera=values["camera"], preset=values.get("preset"),
            requested_by=f"desk/{values['by']}", reason=values["reason"],
        )  # fmt: skip
    except ValueError as error:
        raise HubStop(f"{op}: {error}") from error
    key, slot = load_or_make_keys(config.data_dir).command, values["slot"]
    with database.write() as conn:
        made = ask_camera(
            conn, key, district=config.district, slot=slot, op=op, wanted=wanted, actor="desk",
            now_ns=config.utc_ns(),
        )  # fmt: skip
    if made is None:
        raise HubStop(f"no gateway {slot}")
    return f"{made.id}: {slot} is asked with its next sync, until {made.expires}", 0


def cameras_asked(database: Database, _config: HubConfig, _values: Values) -> tuple[str, int]:
    with database.read() as conn:
        asked = originals.requests(conn, MOST_LISTED, tuple(OF_CAMERAS))
    return "\n".join(map(_request_line, asked)) or "nobody has asked anything of a camera", 0


def _request_line(one: originals.Request) -> str:
    answer = f"{one.outcome or 'not answered yet'}{f': {one.detail}' if one.detail else ''}"
    return f"{one.command:<16} {one.made_at[:19]}Z {one.actor:<20} {one.op:<13} {answer}"


def originals_list(database: Database, _config: HubConfig, _values: Values) -> tuple[str, int]:
    """Requests that were not granted (yet), then what was given."""
    with database.read() as conn:
        asked = originals.requests(conn, MOST_LISTED)
        found = originals.given(conn, MOST_LISTED)
    lines = [
        f"{one.command:<16} {one.made_at[:19]}Z {one.actor:<20} {one.outcome or 'not answered yet'}"
        f"{f': {one.detail}' if one.detail else ''}"
        for one in asked
    ]
    lines += [
        f"{one.sha256} {one.slot:<12} {one.given_at[:19]}Z {one.requested_by}: {one.reason}"
        f"{'' if one.here else ' (on its way)'}"
        for one in found
    ]
    return "\n".join(lines) or "nobody has asked for an original", 0


OPERATIONS: Mapping[str, Callable[[Database, HubConfig, Values], tuple[str, int]]] = {
    "camera-photo": partial(camera_ask, "photo"),
    "camera-accept-view": partial(camera_ask, "accept-view"),
    "cameras-asked": cameras_asked,
    "original-ask": original_ask,
    "originals-list": originals_list,
}
