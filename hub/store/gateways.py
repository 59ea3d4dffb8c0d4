"""Slots, the keys of their boxes, what they last said, replay memory, commands, desired state."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from contract.keys import PublicKey
from contract.names import KID, slot_of_kid
from contract.token import KeyRow
from hub.errors import HubStop
from hub.store.dialects import insert_into
from hub.store.tables import anchor, command, device_key, gateway, hub_meta, seen_jti


def meta(conn: sa.Connection, key: str) -> str | None:
    found: str | None = conn.scalar(sa.select(hub_meta.c.value).where(hub_meta.c.key == key))
    return found


def put_meta(conn: sa.Connection, key: str, value: str) -> None:
    statement = insert_into(conn, hub_meta).values(key=key, value=value)
    conn.execute(
        statement.on_conflict_do_update(index_elements=[hub_meta.c.key], set_={"value": value})
    )


_KEY = sa.select(device_key).where(device_key.c.kid == sa.bindparam("its_kid"))


def key_row(conn: sa.Connection, kid: str) -> KeyRow | None:
    """Key and state by the hub's own table: the only place an algorithm comes from."""
    row = conn.execute(_KEY, {"its_kid": kid}).first()
    if row is None:
        return None
    return KeyRow(kid, PublicKey.from_pem(row.public_pem), row.state)


def add_key(
    conn: sa.Connection, *, kid: str, public_pem: str, district: str, unit: str | None, at: str
) -> None:
    """HubStop when the kid is taken, malformed, or the key is none. Makes the slot when new."""
    if not KID.fullmatch(kid):
        raise HubStop(f"--kid {kid!r}: expected SLOT#NUMBER, for example cs-017#1")
    try:
        pem = PublicKey.from_pem(public_pem).to_pem()
    except ValueError as error:
        raise HubStop(f"--public holds no Ed25519 or P-256 public key in PEM: {error}") from error
    old = conn.execute(sa.select(device_key).where(device_key.c.kid == kid)).first()
    if old is not None and (old.public_pem, old.state) != (pem, "active"):
        raise HubStop(f"{kid} is taken (state {old.state}); a new box gets the next number")
    slot = slot_of_kid(kid)
    made = insert_into(conn, gateway).values(slot=slot, district=district, unit=unit)
    if unit is None:
        conn.execute(made.on_conflict_do_nothing())
    else:
        conn.execute(
            made.on_conflict_do_update(index_elements=[gateway.c.slot], set_={"unit": unit})
        )
    if old is None:
        conn.execute(
            sa.insert(device_key).values(
                kid=kid, slot=slot, public_pem=pem, state="active", added_at=at
            )
        )


def set_key_state(conn: sa.Connection, kid: str, state: str) -> None:
    changed = conn.execute(
        sa.update(device_key).where(device_key.c.kid == kid).values(state=state)
    ).rowcount
    if not changed:
        raise HubStop(f"no key {kid!r}; `edile hub key list` shows the ones there are")


def keys(conn: sa.Connection) -> list[tuple[str, str, str]]:
    """(kid, state, added_at), by kid."""
    query = sa.select(device_key.c.kid, device_key.c.state, device_key.c.added_at)
    return [(r.kid, r.state, r.added_at) for r in conn.execute(query.order_by(device_key.c.kid))]


def remember_jti(conn: sa.Connection, jti: str, until_s: int, now_s: int) -> bool:
    """False when it was seen before and is not forgotten yet."""
    conn.execute(sa.delete(seen_jti).where(seen_jti.c.until_s < now_s))
    new = insert_into(conn, seen_jti).values(jti=jti, until_s=until_s).on_conflict_do_nothing()
    return conn.execute(new.returning(seen_jti.c.jti)).first() is not None


_HEARD = (
    sa.update(gateway)
    .where(gateway.c.slot == sa.bindparam("its_slot"))
    .values(last_seen=sa.bindparam("at"))
)


def heard(conn: sa.Connection, slot: str, at: str) -> None:
    conn.execute(_HEARD, {"its_slot": slot, "at": at})


def keep_health(conn: sa.Connection, slot: str, health: bytes, at: str) -> None:
    """The newest report is kept, also when a backlog of old ones comes after it."""
    newer = sa.or_(gateway.c.health_at.is_(None), gateway.c.health_at <= at)
    conn.execute(
        sa.update(gateway).where(gateway.c.slot == slot, newer).values(health=health, health_at=at)
    )


def keep_anchor(
    conn: sa.Connection, slot: str, *, bootid: str, monotime: str, utc: str, err_ms: int
) -> None:
    row = {"slot": slot, "bootid": bootid, "monotime": monotime, "utc": utc, "err_ms": err_ms}
    conn.execute(insert_into(conn, anchor).values(**row).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class Standing:
    """What a sync reply tells a slot besides its watermarks."""

    desired_serial: int
    commands: list[str]


_STANDING = (
    sa.select(gateway.c.desired_serial, command.c.jws)
    .outerjoin_from(
        gateway,
        command,
        sa.and_(
            command.c.slot == gateway.c.slot,
            command.c.outcome.is_(None),
            command.c.expires > sa.bindparam("now"),
        ),
    )
    .where(gateway.c.slot == sa.bindparam("its_slot"))
    .order_by(command.c.cmd_seq)
)


def standing(conn: sa.Connection, slot: str, now: str) -> Standing:
    """Unanswered commands that have not expired, in order."""
    rows = conn.execute(_STANDING, {"its_slot": slot, "now": now}).all()
    serial = rows[0].desired_serial if rows else 0
    return Standing(int(serial or 0), [row.jws for row in rows if row.jws is not None])


def answer_command(
    conn: sa.Connection, slot: str, command_id: str, outcome: str, detail: str | None
) -> None:
    conn.execute(
        sa.update(command)
        .where(command.c.id == command_id, command.c.slot == slot, command.c.outcome.is_(None))
        .values(outcome=outcome, detail=detail)
    )


def give_nonce(conn: sa.Connection, nonce: str, until_s: int) -> None:
    conn.execute(sa.insert(seen_jti).values(jti=f"nonce:{nonce}", until_s=until_s))


def take_nonce(conn: sa.Connection, nonce: str, now_s: int) -> bool:
    """Whether we gave it out and nobody used it yet."""
    mine = sa.delete(seen_jti).where(
        seen_jti.c.jti == f"nonce:{nonce}", seen_jti.c.until_s >= now_s
    )
    return conn.execute(mine).rowcount == 1


def desired_of(conn: sa.Connection, slot: str) -> tuple[int, str | None]:
    """Serial and compact JWS of the newest document; (0, None) without one."""
    query = sa.select(gateway.c.desired_serial, gateway.c.desired).where(gateway.c.slot == slot)
    row = conn.execute(query).first()
    return (0, None) if row is None else (row.desired_serial, row.desired)


def put_desired(conn: sa.Connection, slot: str, serial: int, jws: str) -> None:
    conn.execute(
        sa.update(gateway).where(gateway.c.slot == slot).values(desired_serial=serial, desired=jws)
    )


def next_command_seq(conn: sa.Connection, slot: str) -> int | None:
    """Taken for good; None when there is no such slot."""
    taken = conn.execute(
        sa.update(gateway)
        .where(gateway.c.slot == slot)
        .values(command_seq=gateway.c.command_seq + 1)
        .returning(gateway.c.command_seq)
    ).first()
    return None if taken is None else int(taken.command_seq)


def add_command(conn: sa.Connection, **row: object) -> None:
    conn.execute(sa.insert(command).values(**row))


def slot_district(conn: sa.Connection, slot: str) -> str | None:
    found: str | None = conn.scalar(sa.select(gateway.c.district).where(gateway.c.slot == slot))
    return found
