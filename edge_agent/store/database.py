"""The gateway's store: one SQLite file, one connection, one thread.

`Store` is synchronous and called from one thread only (`writer.Writer` owns it in the agent). Every
method is one transaction: a conclusion and the role state that led to it commit together, or neither.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import apsw

from contract.envelope import Moment
from contract.names import LANES, Lane, epoch_text, lane_key
from contract.payloads.gateway import GatewayNotice, LaneEnd, PreviousEpoch, Shed
from edge_agent.errors import StoreFull
from edge_agent.ports import Conclusion, Work
from edge_agent.store import pressure, salvage, schema
from edge_agent.store.encoding import encoded
from edge_agent.store.evidence import EvidenceFolder, Upload
from edge_agent.store.files import Files, SystemFiles, no_room
from edge_agent.store.fullness import Fullness
from edge_agent.store.keeping import Keeping
from edge_agent.store.opening import FILE, folder_for, open_or_set_aside
from edge_agent.store.originals import Original
from edge_agent.store.outbox import Batch, LaneProgress, Outbox
from edge_agent.store.schema import Connect, Limits, connect

__all__ = ["Connect", "Limits", "Store", "connect"]
LOG = logging.getLogger("edile.store")
EPOCH_BITS = 62
PRUNE_ITEMS, PRUNE_STEP = 2_000, 200  # a step's log must fit where little is free
WAL_BIG_BYTES = 8 * 1024 * 1024
GATEWAY = "gateway"
_GENERATION, _CLONES, _EPOCH = "hub-generation", "clone-suspected", "epoch"


class Store:
    """Open it with `Store.open`; `epoch` is this start's."""

    def __init__(
        self, data_dir: Path, con: apsw.Connection, *, reconnect: Connect, limits: Limits, source: str,
        epoch: str, files: Files,
    ) -> None:  # fmt: skip
        self.epoch, self.limits, self.data_dir = epoch, limits, data_dir
        self._con, self._reconnect, self._source = con, reconnect, source
        self._outbox = Outbox(con, epoch)
        self._files = files
        self._evidence = EvidenceFolder(con, data_dir, files)
        self._keeping = Keeping(con, self._evidence)
        self._notices: list[Conclusion] = []
        self._fullness = Fullness(con, limits)
        self.shed_raw: pressure.ShedRaw = pressure.no_raw

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        connect: Connect = connect,
        files: Files = SystemFiles(),
        limits: Limits = Limits(),
        entropy: Callable[[int], int],
        source: str,
        moment: Moment,
        unclean: bool,
        versions: Mapping[str, str],
    ) -> Store:
        """Migrates, checks, sets a corrupt file aside, draws the epoch (`entropy(62)` gives that many
        random bits) and commits the `started` notice. StoreRefused when the folder is not ours."""
        folder = folder_for(data_dir)
        epoch = epoch_text(entropy(EPOCH_BITS))
        con, damage = open_or_set_aside(
            folder, connect, limits, epoch, files=files, unclean=unclean
        )
        store = cls(
            folder, con, reconnect=connect, limits=limits, source=source, epoch=epoch, files=files
        )
        if damage is not None:
            with store._transaction():
                salvage.carry_over(con, damage, connect)
            store._notices.append(salvage.set_aside_notice(damage))
        store._begin(moment, versions)
        if not salvage.pending(folder):
            store._evidence.sweep()
        return store

    def _begin(self, moment: Moment, versions: Mapping[str, str]) -> None:
        previous = self._previous()
        with self._transaction():
            if not salvage.pending(self.data_dir):  # a walk's lanes look finished until its end
                self._outbox.drop_finished(keep=None if previous is None else previous.epoch)
            self._outbox.begin_epoch()
            self._put("setting", {_EPOCH: self.epoch.encode()})
        detail = "after an unclean stop" if self._notices else None
        notice = GatewayNotice(
            kind="started", previous=previous, versions=dict(versions), detail=detail
        )
        self.commit([Work(moment, (Conclusion(notice, GATEWAY),))])

    def _previous(self) -> PreviousEpoch | None:
        """The epoch that ran last; lanes that a salvage put in have later ids and older epochs."""
        epoch = (self.setting(_EPOCH) or b"").decode()
        ends: dict[str, LaneEnd] = {
            row.lane: LaneEnd(seq=row.last_seq, chain_head=row.last_head.hex())
            for row in self._outbox.rows.values()
            if row.epoch == epoch
        }
        return PreviousEpoch(epoch=epoch, lanes=ends) if ends else None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._con.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._con.execute("COMMIT")
        except BaseException:
            if not self._con.get_autocommit():
                self._con.execute("ROLLBACK")
            self._outbox.reload()
            raise

    # --- recording -------------------------------------------------------------------------------

    def commit(self, works: Sequence[Work]) -> list[tuple[str, ...]]:
        """One transaction for all of `works`; the event ids of each. StoreFull when nothing more may
        be shed. An I/O error reopens the connection and tries the transaction once more."""
        if works and self._fullness.is_filling() and not _has_urgent(works):
            while self._fullness.used() >= self.limits.routine:
                if not self._relieve(files=False):
                    raise StoreFull("the store is full of events that the hub has not archived")
        log_emptied = False
        while True:
            try:
                return self._commit_twice(works)
            except (apsw.FullError, OSError) as error:
                if not isinstance(error, apsw.FullError) and not no_room(error):
                    raise
                if not log_emptied and self._empty_log():
                    log_emptied = True
                elif not self._relieve(files=no_room(error) or self._fullness.has_room()):
                    raise StoreFull("the store is full and nothing in it may be dropped") from error

    def _commit_twice(self, works: Sequence[Work]) -> list[tuple[str, ...]]:
        """Notices that wait go with the works. After an I/O error nobody knows whether the transaction
        got in: the reopened store does, and only what did not get in is tried again."""
        notices = tuple(self._notices) if works else ()
        everything = [*works, Work(works[-1].moment, notices)] if notices else works
        before = {lane: self._outbox.current(lane).last_seq for lane in LANES}
        try:
            ids = self._commit(everything)
        except apsw.IOError as error:
            LOG.error("the disk failed (%s); opening the store again and trying once more", error)  # noqa: TRY400 - one line
            self._reopen()
            got_in = any(self._outbox.current(lane).last_seq > before[lane] for lane in LANES)
            ids = (
                encoded(everything, before, self.epoch, self._source).ids
                if got_in
                else self._commit(everything)
            )
        if notices:
            self._notices = self._notices[len(notices) :]
        return ids[: len(works)]

    def _empty_log(self) -> bool:
        """The log may be what fills the disk: its pages go home and it is cut to nothing."""
        try:
            self._con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except apsw.FullError:
            return False
        return True

    def _commit(self, works: Sequence[Work]) -> list[tuple[str, ...]]:
        rows = {lane: self._outbox.current(lane) for lane in LANES}
        before = {lane: row.last_seq for lane, row in rows.items()}
        made = encoded(works, before, self.epoch, self._source)
        kept = self._keeping.files(made, rows)
        with self._transaction():
            for lane, bodies in made.bodies.items():
                if bodies:
                    self._outbox.append(lane, bodies)
                    self._fullness.wrote(sum(map(len, bodies)))
            self._keeping.take_effect(kept, made, works, rows)
            for work in works:
                if work.role_states:
                    self._put_states(work.role_states)
                if work.settings:
                    self._put("setting", work.settings)
        return made.ids

    def _put(self, table: Literal["role_state", "setting"], values: Mapping[str, bytes]) -> None:
        self._con.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", values.items())  # noqa: S608 - two names

    def _put_states(self, states: Mapping[str, bytes]) -> None:
        """An empty state is forgotten."""
        if kept := {name: state for name, state in states.items() if state}:
            self._put("role_state", kept)
        if gone := [(name,) for name, state in states.items() if not state]:
            self._con.executemany("DELETE FROM role_state WHERE role = ?", gone)

    # --- state -----------------------------------------------------------------------------------

    def role_state(self, role: str) -> bytes | None:
        return self._one("SELECT state FROM role_state WHERE role = ?", role)

    def keyed_states(self, role: str) -> dict[str, bytes]:
        """What the role keeps under keys of its own (`role/key`), by key."""
        begin, end = f"{role}/", f"{role}0"  # "0" is what comes after "/"
        rows = self._con.execute(
            "SELECT role, state FROM role_state WHERE role > ? AND role < ?", (begin, end)
        )
        return {name.removeprefix(begin): bytes(state) for name, state in rows}

    def setting(self, key: str) -> bytes | None:
        return self._one("SELECT value FROM setting WHERE key = ?", key)

    def put_setting(self, key: str, value: bytes) -> None:
        with self._transaction():
            self._put("setting", {key: value})

    def _one(self, sql: str, key: str) -> bytes | None:
        row = self._con.execute(sql, (key,)).fetchone()
        return None if row is None else bytes(row[0])

    # --- the uplink's side -----------------------------------------------------------------------

    def depth(self) -> dict[Lane, int]:
        """Events per lane that the hub has not stored."""
        return self._outbox.depth()

    def lanes(self) -> list[LaneProgress]:
        """Every lane that is not fully archived, oldest epoch first, and the running epoch's."""
        return self._outbox.progress()

    def lane_end(self, lane: Lane) -> tuple[int, bytes]:
        """Last sequence and chain head of the running epoch's lane."""
        row = self._outbox.current(lane)
        return row.last_seq, row.last_head

    def next_batch(
        self, epoch: str, lane: Lane, *, max_events: int, max_bytes: int, after: int | None = None
    ) -> Batch | None:
        """Contiguous from `after` + 1 (default: what the hub stored); None when there is nothing."""
        return self._outbox.batch(
            epoch, lane, max_events=max_events, max_bytes=max_bytes, after=after
        )

    def apply_reply(
        self,
        *,
        stored: Mapping[str, int],
        archived: Mapping[str, int],
        generation: str,
        receipt: str | None,
        moment: Moment,
    ) -> None:
        """Watermarks, generation and receipt in one transaction; then prunes what is archived."""
        with self._transaction():
            known = self.setting(_GENERATION)
            if known is not None and known != generation.encode():
                self._outbox.fall_back()
                self._evidence.doubt(lambda key: pressure.reached(self._outbox, key))
            if known != generation.encode():
                self._con.execute(
                    "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                    (_GENERATION, generation.encode()),
                )
            beyond = self._outbox.advance(stored, archived, moment.utc_ns)
            if receipt is not None:
                self._con.execute(
                    "INSERT OR REPLACE INTO setting VALUES ('last-receipt', ?)", (receipt.encode(),)
                )
        self._suspect(beyond, moment)
        self.prune(moment, PRUNE_ITEMS)

    def _suspect(self, beyond: Collection[str], moment: Moment) -> None:
        """Once per lane: the hub knows more of it than this box ever made."""
        known = (self.setting(_CLONES) or b"").decode().split()
        new = [key for key in beyond if key not in known]
        if not new:
            return
        notice = GatewayNotice(
            kind="clone-suspected",
            detail=f"the hub has more than this box made of {', '.join(new)}",
        )
        marks = {_CLONES: " ".join([*known, *new]).encode()}
        self.commit([Work(moment, (Conclusion(notice, GATEWAY),), settings=marks)])

    def rewind(self, stored: Mapping[str, int]) -> None:
        """After a 409: the hub is at `stored`, go on from there."""
        with self._transaction():
            self._outbox.rewind(stored)

    def prune(self, moment: Moment, most: int) -> int:
        """Deletes what is archived (or long stored), at most `most` items; how many went."""
        gone = 0
        days = 10**6 if moment.clock == "unset" else self.limits.keep_days
        for row, up_to in self._outbox.prunable(moment.utc_ns, days):
            key, went = lane_key(row.epoch, row.lane), 1
            while went and gone < most:
                with self._transaction():
                    now = self._outbox.rows[key]
                    went = self._outbox.prune(now, up_to, min(PRUNE_STEP, most - gone))
                gone += went
        return gone

    def next_upload(self, skip: Collection[str] = ()) -> Upload | None:
        return self._evidence.next_upload(skip)

    def read_evidence(self, sha256: str, offset: int, size: int) -> bytes:
        return self._evidence.read(sha256, offset, size)

    def evidence_progress(self, sha256: str, sent: int, *, done: bool) -> None:
        """`done`: the hub hashed the whole and agreed. It may go once an event that is made after
        this moment is archived, because the backup that holds that event holds the file too."""
        row = self._outbox.current("routine")
        with self._transaction():
            self._evidence.progress(
                sha256, sent, proof_id=row.key(row.last_seq + 1) if done else None
            )

    def give_original(
        self, name: str, moment: Moment, conclude: Callable[[Original], Conclusion]
    ) -> Original | None:
        """What `conclude` makes of the original that `name` (or its parent) names is recorded, and from the
        same transaction on it may leave. None: not known; one that is not `here` is not given."""
        found = self._keeping.originals.find(name)
        if found is not None and found.here:
            given = replace(conclude(found), gives=(found.sha256,))
            self.commit([Work(moment, (given,))])
        return found

    # --- upkeep ----------------------------------------------------------------------------------

    def maintain(self, moment: Moment) -> None:
        """A slice of housekeeping: prune, shed under pressure, salvage, checkpoint."""
        self.prune(moment, PRUNE_ITEMS)
        for shed in self._keeping.expire(moment, self.limits, self._outbox, self._transaction):
            self._tell_shed(shed)
        over = self._evidence.held_bytes() > self.limits.evidence_bytes
        if over or self._fullness.used() >= self.limits.pressure:
            self._relieve(files=over)
        with self._transaction():
            told, walked = salvage.take_slice(
                self.data_dir, self._reconnect, self._outbox, self._evidence, self._con
            )
        self._notices += told
        if walked is not None:
            salvage.finish(self.data_dir, walked)
            self._keeping.look_again()
        if self._notices:
            self.commit([Work(moment)])
        wal = self.data_dir / f"{FILE}-wal"
        if wal.exists() and wal.stat().st_size > WAL_BIG_BYTES:
            self._con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def _relieve(self, *, files: bool) -> bool:
        """One rung of the ladder, the first that yields anything; whether one did. `files`: it is not the
        database that has grown too large."""
        shed = pressure.relieve(
            self._con, self._outbox, self._evidence, self._transaction, self.shed_raw,
            originals=self._keeping.originals if files else None,
        )  # fmt: skip
        if shed is not None:
            self._tell_shed(shed)
        return shed is not None

    def _tell_shed(self, shed: Shed) -> None:
        LOG.warning("dropped %d %s (%d bytes)", shed.count, shed.what, shed.bytes)
        self._notices.append(Conclusion(GatewayNotice(kind="shed", shed=shed), GATEWAY))

    def _reopen(self) -> None:
        with suppress(apsw.IOError):  # closing wants to write, too
            self._con.close(force=True)
        con = self._reconnect(str(self.data_dir / FILE))
        schema.configure(con, self.limits)
        # What the log holds is written again, to the file itself, and flushed: after a failed flush
        # nobody else vouches for it.
        con.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        self._con, self._outbox = con, Outbox(con, self.epoch)
        self._evidence = EvidenceFolder(con, self.data_dir, self._files)
        self._keeping = Keeping(con, self._evidence)
        self._fullness = Fullness(con, self.limits)

    def close(self) -> None:
        """Checkpoints and closes; every commit was durable before."""
        self._con.close()


def _has_urgent(works: Sequence[Work]) -> bool:
    return any(one.payload.lane == "urgent" for work in works for one in work.conclusions)
