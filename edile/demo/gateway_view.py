"""The gateway as someone standing beside it sees it: its store, read from a copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import httpx

from edge_agent.app.lock import running_agent
from edge_agent.errors import StopError
from edge_agent.ledger import SETTING, Ledger
from edge_agent.readings import PositionReading
from edge_agent.store.tracks.encoding import reading_of
from edile.scorecard import Place

STORE, TRACKS = "edile.db", "tracks.db"
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """`waiting`: events by lane that the hub has not stored; `kept`: all that are still here, because
    they are not in a verified backup of the hub."""

    pid: int
    waiting: dict[str, int]
    kept: int


class GatewayView:
    """Looks at the data folder of an agent, running or not; never writes there."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def status(self) -> GatewayStatus | None:
        """None when no agent runs there."""
        try:
            running = running_agent(self._data_dir)
        except StopError:
            return None
        if running is None:
            return None
        return GatewayStatus(running.pid, self.waiting(), self.kept())

    def waiting(self) -> dict[str, int]:
        rows = self._rows("SELECT lane, sum(max(last_seq - stored, 0)) FROM lane GROUP BY lane")
        return {str(lane): int(str(count)) for lane, count in rows}

    def kept(self) -> int:
        """Events in the outbox, sent or not."""
        ((count,),) = self._rows("SELECT count(*) FROM event") or [(0,)]
        return int(str(count))

    def produced(self) -> int:
        """Events of all epochs and lanes since the folder was made, archived ones too."""
        ((total,),) = self._rows("SELECT coalesce(sum(last_seq), 0) FROM lane") or [(0,)]
        return int(str(total))

    def positions(self) -> list[Place]:
        """What terminals reported, as it stands in the tracks."""
        both = "SELECT terminal, body FROM position UNION ALL SELECT terminal, body FROM apart"
        rows = self._rows(both, file=TRACKS)
        return [
            _place(reading_of(0, str(name), body)) for name, body in rows if isinstance(body, bytes)
        ]

    def wire_bytes(self) -> int:
        """To and from the hub, all classes, as the gateway's own ledger says: the running agent's, else
        what it wrote down last."""
        said = self._status_page()
        if said is not None:
            ways: tuple[dict[str, int], ...] = (said["bytes up"], said["bytes down"])
            return sum(count for way in ways for count in way.values())
        rows = self._rows("SELECT value FROM setting WHERE key = ?", SETTING)
        ledger = Ledger.restore(rows[0][0] if rows and isinstance(rows[0][0], bytes) else None)
        return sum(ledger.up().values()) + sum(ledger.down().values())

    def _status_page(self) -> dict[str, Any] | None:
        try:
            running = running_agent(self._data_dir)
            if running is None or not running.status_port:
                return None
            page = f"http://127.0.0.1:{running.status_port}/status.json"
            said: dict[str, Any] = httpx.get(page, timeout=PATIENCE_S, trust_env=False).json()
        except (StopError, httpx.HTTPError, ValueError):
            return None
        return said

    def _rows(self, query: str, *values: str, file: str = STORE) -> list[tuple[object, ...]]:
        """Nothing before the store is made."""
        path = self._data_dir / file
        if not path.exists():
            return []
        source = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        copy = apsw.Connection(":memory:")
        try:
            source.set_busy_timeout(2_000)
            with copy.backup("main", source, "main") as backup:
                backup.step()
            return [tuple(row) for row in copy.execute(query, values)]
        except (apsw.BusyError, apsw.SQLError, apsw.CantOpenError):
            return []  # in the middle of being made, or set aside; the next look will see it
        finally:
            copy.close()
            source.close()


def _place(one: PositionReading) -> Place:
    at_s = 0 if one.at_ns is None else one.at_ns // 1_000_000_000
    return one.terminal, at_s, round(one.lat or 0.0, 6), round(one.lon or 0.0, 6)
