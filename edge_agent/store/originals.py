"""Originals as captured: sealed on the gateway until somebody asks for one and says why.

Nothing here uploads. `give` names the event that says who asked; from then on the original is evidence
like any other. How long one stays is counted from the last word on the problem that it belongs to, as
far as the gateway records such words: of the hub's work orders it knows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import apsw

from contract.envelope import Moment
from edge_agent.errors import StoreFull
from edge_agent.ports import Conclusion
from edge_agent.store.evidence import Blob
from edge_agent.store.schema import Limits

HOUR_NS = 3600 * 10**9
ENDED = "ended"
ANY, CLIPS = "", "video/"
Is = Callable[[Blob], bool]
_BLOB = "sha256, media_type, size, event_id, proof_id, sealed"


@dataclass(frozen=True)
class Original:
    """`given`: the event that says who asked for it. `here` False: its file has gone."""

    sha256: str
    media_type: str
    size: int
    given: str | None
    here: bool


Problem = tuple[str, bool | None]
"""Its name, and whether it is open; None: that was not said."""


def problem_of(conclusion: Conclusion) -> Problem | None:
    """The problem that a conclusion is about, and whether it is open after it."""
    name = getattr(conclusion.payload, "problem_id", None)
    if not isinstance(name, str):
        return None
    phase = getattr(conclusion.payload, "phase", None)
    return name, None if phase is None else phase != ENDED


class Originals:
    """The sealed rows of table `evidence`. Statements run in the caller's transaction."""

    def __init__(self, con: apsw.Connection) -> None:
        self._con = con

    def find(self, name: str) -> Original | None:
        """By its own hash, or by that of a derivative made of it."""
        sql = (
            "SELECT sha256, media_type, size, given, shed FROM evidence "
            "WHERE sealed = 1 AND sha256 IN "
            "(SELECT ?1 UNION ALL SELECT parent FROM evidence WHERE sha256 = ?1)"
        )
        row = self._con.execute(sql, (name,)).fetchone()
        if row is None:
            return None
        sha256, media_type, size, given, shed = row
        return Original(sha256, media_type, size, given, here=not shed)

    def give(self, names: Iterable[str], event_id: str, key: int) -> None:
        """From this transaction on they may leave. StoreFull when one is not here any more: then the
        event that says so must not be recorded either."""
        for name in names:
            self._con.execute(
                "UPDATE evidence SET given = coalesce(given, ?), event_id = max(event_id, ?) "
                "WHERE sha256 = ? AND sealed = 1 AND shed = 0",
                (event_id, key, name),
            )
            if not self._con.changes():
                raise StoreFull(f"the original {name} had to go for want of room")

    def follow(self, problem: Problem, moment: Moment) -> None:
        """Another word on a problem."""
        if problem[1] is None:
            return
        self._con.execute(
            "UPDATE evidence SET open = ?, since_ns = max(since_ns, ?) "
            "WHERE problem = ? AND sealed = 1 AND shed = 0",
            (problem[1], _known(moment), problem[0]),
        )

    def any_here(self) -> bool:
        """Sealed or given."""
        sql = "SELECT EXISTS (SELECT 1 FROM evidence WHERE sealed = 1 AND shed = 0)"
        return bool(next(self._con.execute(sql))[0])

    def held(self, kind: str = ANY) -> tuple[int, int]:
        """How many are sealed here, and their bytes; `kind`: their media type begins with it."""
        sql = (
            "SELECT count(*), coalesce(sum(size), 0) FROM evidence "
            "WHERE sealed = 1 AND shed = 0 AND given IS NULL AND media_type GLOB ? || '*'"
        )
        count, size = next(self._con.execute(sql, (kind,)))
        return int(count), int(size)

    def expired(self, moment: Moment, limits: Limits, known: Is, safe: Is) -> Iterator[Blob]:
        """What may stay no longer: nobody's problem for `sealed_hours`, and the hub's backup has the event
        that names it (`known`), so that somebody could have asked; or here for `sealed_open_hours`,
        whatever it belongs to. One that was given stays until that backup has the file, too (`safe`)."""
        ended_ns = moment.utc_ns - limits.sealed_hours * HOUR_NS
        first_ns = moment.utc_ns - limits.sealed_open_hours * HOUR_NS
        sql = (
            f"SELECT given IS NOT NULL, taken_ns < ?, {_BLOB} FROM evidence "  # noqa: S608 - our own words
            "WHERE sealed = 1 AND shed = 0 AND ((open = 0 AND since_ns < ?) OR taken_ns < ?)"
        )
        for given, late, *columns in self._con.execute(sql, (first_ns, ended_ns, first_ns)):
            blob = Blob(*columns)
            if safe(blob) if given else late or known(blob):
                yield blob

    def least_needed(self, size: int, kind: str = ANY) -> Iterator[Blob]:
        """At least `size` bytes of what is sealed, as far as there is so much: those of problems that
        are over first, the oldest first. `kind` as in `held`."""
        sql = (
            f"SELECT {_BLOB} FROM evidence WHERE sealed = 1 AND shed = 0 AND given IS NULL "  # noqa: S608
            "AND media_type GLOB ? || '*' ORDER BY open, since_ns"
        )
        for row in self._con.execute(sql, (kind,)):
            if size <= 0:
                return
            blob = Blob(*row)
            size -= blob.size
            yield blob

    def forget_rows(self, moment: Moment, limits: Limits) -> None:
        """Nobody asks any more for what could not be here by now."""
        before_ns = moment.utc_ns - limits.sealed_open_hours * HOUR_NS
        self._con.execute(
            "DELETE FROM evidence WHERE shed = 1 AND since_ns > 0 AND since_ns < ?", (before_ns,)
        )

    def date(self, moment: Moment) -> None:
        """Rows of a time when time was not known, or believed to be later than it is."""
        for column in ("taken_ns", "since_ns"):
            self._con.execute(
                f"UPDATE evidence SET {column} = ?1 "  # noqa: S608 - two names
                f"WHERE sealed = 1 AND shed = 0 AND ({column} = 0 OR {column} > ?1)",
                (moment.utc_ns,),
            )


def _known(moment: Moment) -> int:
    return 0 if moment.clock == "unset" else moment.utc_ns
