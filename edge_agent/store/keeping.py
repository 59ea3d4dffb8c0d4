"""What conclusions do to evidence besides becoming events: files kept, originals followed and given out;
and how long originals stay. Methods that write rows run in the store's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import apsw

from contract.envelope import Moment
from contract.names import Lane, lane_key
from contract.payloads.gateway import Shed
from edge_agent.ports import Work
from edge_agent.store import pressure
from edge_agent.store.encoding import Encoded
from edge_agent.store.evidence import EvidenceFolder, Kept
from edge_agent.store.originals import CLIPS, HOUR_NS, Originals, problem_of
from edge_agent.store.outbox import LaneRow, Outbox
from edge_agent.store.schema import Limits

LEFT = 0.9  # of their share once some had to go: one notice for many, not one for each


class Keeping:
    """Knows whether there are originals at all, so that a gateway without cameras pays nothing."""

    def __init__(self, con: apsw.Connection, evidence: EvidenceFolder) -> None:
        self._evidence, self.originals = evidence, Originals(con)
        self._any = self.originals.any_here()
        self._expired_ns = 0

    def look_again(self) -> None:
        """A salvage brought rows."""
        self._any = self.originals.any_here()

    def files(self, made: Encoded, rows: Mapping[Lane, LaneRow]) -> list[Kept]:
        """Durable before the transaction that names them."""
        return [
            Kept(
                name=self._evidence.keep_file(one),
                new=one,
                event_id=rows[lane].key(seq),
                moment=moment,
                problem=problem_of(conclusion),
            )
            for conclusion, lane, seq, moment in made.rest_on_evidence
            for one in conclusion.evidence
        ]

    def take_effect(
        self,
        kept: Sequence[Kept],
        made: Encoded,
        works: Sequence[Work],
        rows: Mapping[Lane, LaneRow],
    ) -> None:
        """Rows of the files, words on problems, originals given out. StoreFull when one of these is not
        here any more."""
        self._evidence.keep_rows(kept)
        self._any = self._any or any(one.new.sealed for one in kept)
        for work in works if self._any else ():
            for conclusion in work.conclusions:
                if problem := problem_of(conclusion):
                    self.originals.follow(problem, work.moment)
        for conclusion, lane, seq, _ in made.rest_on_evidence:
            event_id = f"{lane_key(rows[lane].epoch, lane)}.{seq}"
            self.originals.give(conclusion.gives, event_id, rows[lane].key(seq))

    def expire(
        self, moment: Moment, limits: Limits, outbox: Outbox, transaction: pressure.Transaction
    ) -> list[Shed]:
        """What is over its time goes, looked for once an hour; and what is over its share, always: clips
        of theirs first."""
        if not self._any:
            return []
        shed = []
        if abs(moment.utc_ns - self._expired_ns) >= HOUR_NS and moment.clock != "unset":
            self._expired_ns = moment.utc_ns
            with transaction():
                self.originals.date(moment)
                self.originals.forget_rows(moment, limits)
            late = self.originals.expired(
                moment, limits, lambda blob: pressure.reached(outbox, blob.event_id),
                lambda blob: pressure.archived(outbox, blob),
            )  # fmt: skip
            shed.append(("expired-originals", list(late)))
        clips = self.originals.held(CLIPS)[1]
        if clips > limits.sealed_clip_bytes:
            over = clips - int(limits.sealed_clip_bytes * LEFT)
            going = list(self.originals.least_needed(over, CLIPS))
            shed.append(("sealed-clips", going))
        elif (size := self.originals.held()[1]) > limits.sealed_bytes:
            over = size - int(limits.sealed_bytes * LEFT)
            shed.append(("sealed-originals", list(self.originals.least_needed(over))))
        return [
            pressure.drop_all(what, blobs, self._evidence, transaction)
            for what, blobs in shed
            if blobs
        ]
