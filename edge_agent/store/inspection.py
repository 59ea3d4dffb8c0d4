"""Looking at a store without touching it: from another process, on a copy made by the backup API.

The live file is opened read-only by apsw in *this* process, copied page by page and closed; the copy
is what `sqlite-utils` reads. Never call this from inside the running agent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import apsw
import msgspec
import sqlite_utils

from contract.names import LANES, parse_event_id
from edge_agent.errors import StoreRefused
from edge_agent.store import schema
from edge_agent.store.outbox import SEQ_BITS, SEQ_MASK

FILE = "edile.db"
Stage = Literal["waiting", "stored", "archived", "tombstone", "unknown"]


@contextmanager
def copy_of(data_dir: Path) -> Iterator[sqlite_utils.Database]:
    """A private copy as a sqlite-utils Database; StoreRefused when there is no store of ours."""
    path = data_dir / FILE
    if not path.is_file():
        raise StoreRefused(f"no store at {path}: has an agent with this data_dir ever run?")
    with TemporaryDirectory(prefix="edile-copy-") as folder:
        target = Path(folder) / FILE
        try:
            _copy(path, target)
        except (apsw.NotADBError, apsw.CorruptError) as error:
            raise StoreRefused(f"{path} does not read as a database: {error}") from error
        copy = sqlite_utils.Database(target)
        try:
            yield copy
        finally:
            copy.close()


def _copy(path: Path, target: Path) -> None:
    source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        source.set_busy_timeout(schema.BUSY_MS)
        schema.check_ours(source, str(path))
        into = apsw.Connection(str(target))
        with into.backup("main", source, "main") as backup:
            backup.step(-1)
        into.pragma("journal_mode", "delete")
        into.close()
    finally:
        source.close()


def lanes(copy: sqlite_utils.Database) -> list[dict[str, Any]]:
    """Per lane, oldest first: epoch, lane, last_seq, stored, archived, waiting (not yet stored)."""
    rows = copy.query("SELECT epoch, lane, last_seq, stored, archived FROM lane ORDER BY id")
    return [{**row, "waiting": max(0, row["last_seq"] - row["stored"])} for row in rows]


def outbox_status(copy: sqlite_utils.Database) -> dict[str, Any]:
    """`depth` by lane (not stored at the hub), `rows` kept, `evidence` to upload, `sealed` originals that
    stay here, `lanes`. A store of the first schema, not yet opened by this agent, has no originals."""
    table = lanes(copy)
    knows = "sealed" in copy["evidence"].columns_dict
    sealed = "(sealed = 1 AND given IS NULL)" if knows else "(0)"
    generation = settings(copy).get("hub-generation")
    return {
        "depth": {lane: sum(r["waiting"] for r in table if r["lane"] == lane) for lane in LANES},
        "rows": next(copy.query("SELECT count(*) AS n FROM event"))["n"],
        "evidence": _files(copy, "size - sent", f"proof_id IS NULL AND NOT {sealed}"),
        "sealed": _files(copy, "size", sealed),
        "hub_generation": None if generation is None else generation.decode(),
        "lanes": [row for row in table if row["last_seq"] > row["archived"]],
    }


def _files(copy: sqlite_utils.Database, size: str, which: str) -> dict[str, Any]:
    """`files` and `bytes` of the evidence that is here."""
    sql = (
        f"SELECT count(*) AS files, coalesce(sum({size}), 0) AS bytes FROM evidence "  # noqa: S608
        f"WHERE shed = 0 AND {which}"
    )
    return next(copy.query(sql))


def settings(copy: sqlite_utils.Database) -> dict[str, bytes]:
    return {row["key"]: bytes(row["value"]) for row in copy["setting"].rows}


def events(
    copy: sqlite_utils.Database, *, waiting_only: bool = False, most: int | None = None
) -> Iterator[bytes]:
    """Exact bytes of the kept events (and tombstones), oldest epoch first, each lane in order."""
    sql = (
        "SELECT body FROM event JOIN lane ON lane.id = event.id >> :bits "
        "WHERE NOT :waiting OR (event.id & :mask) > lane.stored ORDER BY event.id LIMIT :most"
    )
    terms = {
        "bits": SEQ_BITS,
        "mask": SEQ_MASK,
        "waiting": int(waiting_only),
        "most": -1 if most is None else most,
    }
    return (bytes(row["body"]) for row in copy.query(sql, terms))


@dataclass(frozen=True)
class Why:
    """Where an event is. `ahead`: events of its lane that must go before it."""

    event_id: str
    stage: Stage
    detail: str
    ahead: int = 0
    event: dict[str, Any] | None = None


def explain(copy: sqlite_utils.Database, event_id: str) -> Why:
    """ValueError when `event_id` is not one."""
    eid = parse_event_id(event_id)
    row = next(
        copy.query("SELECT * FROM lane WHERE epoch = ? AND lane = ?", [eid.epoch, eid.lane]), None
    )
    if row is None or eid.seq > row["last_seq"]:
        return Why(event_id, "unknown", "this store never made an event of that id")
    key = row["id"] << SEQ_BITS | eid.seq
    found = next(copy.query("SELECT body, upto FROM event WHERE id = ?", [key]), None)
    body = None if found is None or found["upto"] else msgspec.json.decode(found["body"])
    if eid.seq <= row["archived"]:
        return Why(event_id, "archived", "at the hub and in its verified backup", 0, body)
    if eid.seq <= row["stored"]:
        return Why(
            event_id, "stored", "committed at the hub, not yet in a verified backup", 0, body
        )
    if body is None:
        return Why(
            event_id, "tombstone", "lost to corruption of the store; the hub is told the range"
        )
    ahead = eid.seq - row["stored"] - 1
    return Why(event_id, "waiting", f"{ahead} events of its lane go first", ahead, body)
