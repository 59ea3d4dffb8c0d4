"""The desk: what operators on the hub's own machine ask by command line, while it runs or not.

An SQLite hub has exactly one writing connection (docs/adr/0002), so no second process may open the file
to revoke a key. While the hub runs, its commands go through a Unix socket beside the database, which
only the hub's own user may open; one JSON line there, one back. Otherwise they are done on the spot.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from contract.gateway_view import CameraLooked
from contract.names import SLUG
from contract.timestamps import rfc3339
from hub import backup, commanding, desk_rules, publishing
from hub.config import HubConfig
from hub.dispatching.operations import OPERATIONS as ORDERS
from hub.duties.operations import OPERATIONS as DUTIES
from hub.errors import HubError, HubStop
from hub.notifying.operations import OPERATIONS as NOTICES
from hub.store import audit, camera_looks, gateways, tokens
from hub.store.engine import Database

MAX_LINE_BYTES = 16 * 1024 * 1024
PATIENCE_S = 600.0  # a backup takes its time
DISTRICT, HUB_ID = "district", "hub_id"


class Answer(msgspec.Struct, frozen=True):
    """`status` as a program's exit status; `text` for a person."""

    text: str
    status: int = 0


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    operation: str
    values: dict[str, Any]


Values = Mapping[str, Any]
Operation = Callable[[Database, HubConfig, Values], Answer]


def _audited(
    conn: sa.Connection, config: HubConfig, action: str, subject: str, detail: dict[str, object]
) -> None:
    """Whoever may use the desk is the hub's own user; nobody narrower is known here."""
    entry = audit.Entry(
        at=rfc3339(config.utc_ns()), actor="desk", action=action, subject=subject, detail=detail
    )
    audit.lock(conn, config.district)
    audit.append(conn, config.district, entry)


def _key_add(database: Database, config: HubConfig, values: Values) -> Answer:
    kid, unit = values["kid"], values.get("unit")
    with database.write() as conn:
        audit.lock(conn, config.district)
        gateways.add_key(
            conn,
            kid=kid,
            public_pem=values["public"],
            district=config.district,
            unit=unit,
            at=rfc3339(config.utc_ns()),
        )
        _audited(conn, config, "key-added", f"key/{kid}", {"unit": unit})
    return Answer(f"{kid} is active{f', unit {unit}' if unit else ', no unit yet'}")


def _key_revoke(database: Database, config: HubConfig, values: Values) -> Answer:
    with database.write() as conn:
        gateways.set_key_state(conn, values["kid"], "revoked")
        _audited(conn, config, "key-revoked", f"key/{values['kid']}", {})
    return Answer(f"{values['kid']} is revoked")


def _key_list(database: Database, _config: HubConfig, _values: Values) -> Answer:
    with database.read() as conn:
        found = gateways.keys(conn)
    return Answer("\n".join(f"{kid:<24} {state:<8} {at}" for kid, state, at in found))


def _token_add(database: Database, config: HubConfig, values: Values) -> Answer:
    with database.write() as conn:
        made = tokens.add_token(
            conn,
            district=config.district,
            name=values["name"],
            role=values["role"],
            at=rfc3339(config.utc_ns()),
            entropy=config.entropy,
            unit=values.get("unit"),
        )
    return Answer(made)


def _token_revoke(database: Database, config: HubConfig, values: Values) -> Answer:
    at = rfc3339(config.utc_ns())
    with database.write() as conn:
        tokens.revoke_token(conn, district=config.district, name=values["name"], at=at)
    return Answer(f"{values['name']} is revoked")


def _token_list(database: Database, config: HubConfig, _values: Values) -> Answer:
    with database.read() as conn:
        found = tokens.list_tokens(conn, district=config.district)
    lines = []
    for row in found:
        state = f"revoked {row.revoked_at}" if row.revoked_at else "live"
        lines.append(f"{row.name:<24} {row.role:<11} {state:<32} used {row.last_used_at or '-'}")
    return Answer("\n".join(lines))


def _backup(database: Database, config: HubConfig, values: Values) -> Answer:
    return Answer(f"verified: {backup.back_up(database, config, Path(values['to']))}")


def _desired_set(database: Database, config: HubConfig, values: Values) -> Answer:
    now = rfc3339(config.utc_ns())
    serial = publishing.publish(
        database, config.data_dir, values["slot"], values["content"].encode(), now
    )
    return Answer(f"{values['slot']}: serial {serial}")


def _audit_verify(database: Database, _config: HubConfig, _values: Values) -> Answer:
    with database.read() as conn:
        broken = audit.verify(conn)
    if not broken:
        return Answer("the audit log is whole")
    return Answer("\n".join(f"{one.district} row {one.seq}: {one.what}" for one in broken), 1)


def _looks(database: Database, config: HubConfig, values: Values) -> Answer:
    """`hours`, `slot` or None."""
    since = rfc3339(config.utc_ns() - values["hours"] * 3_600 * 10**9)
    with database.read() as conn:
        found = camera_looks.looked(conn, config.district, since=since, slot=values.get("slot"))
    lines = [line for one in found for line in _looked(one)]
    return Answer("\n".join(lines) or f"no camera told of a look within {values['hours']} h")


def _looked(camera: CameraLooked) -> list[str]:
    name = f"{camera.slot:<12} {camera.camera:<12}"
    lines = []
    for one in camera.looks:
        why = ", ".join(f"{reason} {n}" for reason, n in sorted(one.reasons.items()))
        last = f"  last {one.last} {one.last_at[:16]}Z" if one.last and one.last_at else ""
        lines.append(
            f"{name} {' '.join((one.preset or 'as it stands', *one.hours)):<28} "
            f"seen {one.seen:>4}  not seen {one.not_seen:>4}  could not look "
            f"{one.could_not_look:>4}{f' ({why})' if why else ''}{last}"
        )
    if camera.full_looks:
        until = f"until {camera.last_window_end[:16]}Z"
        lines.append(
            f"{name} {'by itself':<28} {camera.full_looks} looks at the whole view {until}"
        )
    return lines


def _said(operation: Callable[[Database, HubConfig, Values], tuple[str, int]]) -> Operation:
    """Those parts of the hub that know no desk answer with text and status."""
    return lambda database, config, values: Answer(*operation(database, config, values))


OPERATIONS: dict[str, Operation] = {
    "key-add": _key_add,
    "key-revoke": _key_revoke,
    "key-list": _key_list,
    "token-add": _token_add,
    "token-revoke": _token_revoke,
    "token-list": _token_list,
    "backup": _backup,
    "desired-set": _desired_set,
    "audit-verify": _audit_verify,
    "looks": _looks,
}
OPERATIONS |= {
    name: _said(operation)
    for name, operation in {
        "rules-publish": desk_rules.rules_publish,
        "rules-list": desk_rules.rules_list,
        "policy-try": desk_rules.policy_try,
        "kpis": desk_rules.kpis_told,
        **NOTICES,
        **DUTIES,
        **ORDERS,
        **commanding.OPERATIONS,
    }.items()
}


def perform(database: Database, config: HubConfig, operation: str, values: Values) -> Answer:
    """What a person can mend is an answer with status 2."""
    try:
        return OPERATIONS[operation](database, config, values)
    except (HubError, tokens.TokenRefused) as error:
        return Answer(str(error), 2)


def names_of(database: Database, *, district: str | None, hub_id: str | None) -> tuple[str, str]:
    """The district and the hub's name, settled once for a database; HubStop for other ones."""
    settled = []
    for key, given in ((DISTRICT, district), (HUB_ID, hub_id)):
        if given is not None and not SLUG.fullmatch(given):
            option = key.replace("_", "-")
            raise HubStop(f"--{option} {given!r}: use a-z, 0-9 and '-', at most 63 characters")
        with database.read() as conn:
            known = gateways.meta(conn, key)
        if known is None:
            known = given or {DISTRICT: "district", HUB_ID: "edile-hub"}[key]
            with database.write() as conn:
                gateways.put_meta(conn, key, known)
        if given is not None and given != known:
            option = key.replace("_", "-")
            raise HubStop(f"--{option} {given}: this database is settled on {known}")
        settled.append(known)
    return settled[0], settled[1]


def socket_of(url: sa.URL) -> Path | None:
    """Where the desk of an SQLite hub is; None for PostgreSQL, which needs none."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return None
    path = Path(url.database).resolve()
    return path.with_name(path.name + ".desk")


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name for `path` within the 108 bytes of a Unix socket's address, whatever its folder."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


@asynccontextmanager
async def open_desk(database: Database, config: HubConfig) -> AsyncIterator[None]:
    """While the block runs, commands of this machine are answered."""
    path = socket_of(database.url)
    if path is None:
        yield
        return
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _short(path) as name:
            listener.bind(name)
    finally:
        os.umask(before)

    async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked = msgspec.json.decode(await reader.readline(), type=_Asked)
            operation = asked.operation if asked.operation in OPERATIONS else None
            answer = Answer(f"this hub does not know {asked.operation}", 2)
            if operation is not None:
                answer = await run_in_threadpool(perform, database, config, operation, asked.values)
        except (msgspec.DecodeError, ValueError, KeyError) as error:
            answer = Answer(f"the desk does not understand: {error}", 2)
        writer.write(msgspec.json.encode(answer) + b"\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(visit, sock=listener, limit=MAX_LINE_BYTES)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def ask_running(url: sa.URL, operation: str, values: Values) -> Answer | None:
    """The running hub's answer; None when none runs. HubStop when the socket is another user's."""
    path = socket_of(url)
    if path is None or not path.exists() or not stat.S_ISSOCK(path.stat().st_mode):
        return None
    line = msgspec.json.encode(_Asked(operation, dict(values))) + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as visitor:
        visitor.settimeout(PATIENCE_S)
        try:
            with _short(path) as name:
                visitor.connect(name)
            visitor.sendall(line)
            with visitor.makefile("rb") as said:
                return msgspec.json.decode(said.readline(), type=Answer)
        except PermissionError as error:
            raise HubStop(f"{path} belongs to another user; run this as the hub's") from error
        except (ConnectionError, msgspec.DecodeError):
            return None  # it ended just now, or left the socket behind
