"""Who is on duty in a unit, and how they are reached. Climbing to who answers when nobody is.

zone,Asia/Shanghai
unit,person,role,from,to,channels,contact
north,Li Na,handler,2026-11-21 08:00,2026-11-21 20:00,webhook:north-desk mailto:north@example.org,ext. 112
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Literal, NamedTuple, get_args

import msgspec

from contract.names import SLUG
from contract.rosters.cells import parts
from hub.owners.faults import Fault, OwnersRefused
from hub.owners.spans import told
from hub.owners.tables import Columns, Row, Table, read_table, wall_clock

Role = Literal["handler", "leader"]
ROLES: tuple[Role, ...] = get_args(Role)
COLUMNS = Columns(("unit", "person", "role", "from", "to"), ("channels", "contact"))
_CHANNEL = re.compile(r"webhook:\S+|mailto:[^@\s]+@[^@\s]+", re.ASCII)
_ROLE: dict[str, Role] = {role: role for role in ROLES}


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a person on duty from `start_ns` up to, not including, `end_ns`."""

    unit: str
    person: str
    role: Role
    start_ns: int
    end_ns: int
    channels: tuple[str, ...] = ()
    contact: str = ""
    document: str = ""
    line: int = 0


class Note(NamedTuple):
    """What a roster leaves open or says twice: legal, and told to whoever keeps it."""

    unit: str
    role: Role
    what: Literal["nobody", "several"]
    start_ns: int
    end_ns: int

    def __str__(self) -> str:
        of = f"{self.unit}, {self.role}"
        return f"{of}: {self.what} from {told(self.start_ns)} to {told(self.end_ns)}"


class OnDuty(NamedTuple):
    """Who answers for a unit: its own people, or those of `unit`, the nearest above that has some."""

    unit: str
    watches: tuple[Watch, ...]


class _Sheet(NamedTuple):
    """Of one unit and role by start; `latest` is the latest end of all rows so far."""

    watches: list[Watch]
    starts: list[int]
    latest: list[int]


class Rosters:
    def __init__(self, watches: Iterable[Watch] = ()) -> None:
        self.watches = tuple(sorted(watches, key=lambda one: (one.start_ns, one.person)))
        by: dict[tuple[str, Role], list[Watch]] = defaultdict(list)
        for watch in self.watches:
            by[watch.unit, watch.role].append(watch)
        self._sheets = {
            key: _Sheet(
                rows,
                [row.start_ns for row in rows],
                list(accumulate((row.end_ns for row in rows), max)),
            )
            for key, rows in sorted(by.items())
        }

    def on_duty(self, unit: str, at_ns: int, role: Role = "handler") -> tuple[Watch, ...]:
        """Of this unit alone, whoever began first is first."""
        sheet = self._sheets.get((unit, role))
        if sheet is None:
            return ()
        found = []
        place = bisect_right(sheet.starts, at_ns) - 1
        while place >= 0 and sheet.latest[place] > at_ns:
            if sheet.watches[place].end_ns > at_ns:
                found.append(sheet.watches[place])
            place -= 1
        return tuple(reversed(found))

    def nearest(self, chain: Iterable[str], at_ns: int, role: Role = "handler") -> OnDuty | None:
        """The first unit of the chain with somebody on duty."""
        for unit in chain:
            watches = self.on_duty(unit, at_ns, role)
            if watches:
                return OnDuty(unit, watches)
        return None

    def notes(self) -> Iterator[Note]:
        """Gaps and overlaps between the first and the last row of each unit and role."""
        for (unit, role), sheet in self._sheets.items():
            reached = sheet.starts[0]
            for watch in sheet.watches:
                if watch.start_ns > reached:
                    yield Note(unit, role, "nobody", reached, watch.start_ns)
                elif watch.start_ns < reached:
                    until = min(reached, watch.end_ns)
                    yield Note(unit, role, "several", watch.start_ns, until)
                reached = max(reached, watch.end_ns)


NOBODY = Rosters()


def read_roster(document: str, content: bytes) -> list[Watch]:
    """OwnersRefused with every fault."""
    table = read_table(document, content, COLUMNS)
    faults = list(table.faults)
    found = []
    for row in table.rows:
        read = _watch(table, row)
        if isinstance(read, Watch):
            found.append(read)
        else:
            faults += [Fault(document, row.line, text) for text in read]
    if faults:
        raise OwnersRefused(sorted(faults, key=lambda fault: fault.line))
    return found


def _watch(table: Table, row: Row) -> Watch | list[str]:
    """A row, or everything that was expected of it."""
    cells = row.cells
    wrong = list(_cell_faults(cells))
    times = []
    for name in ("from", "to"):
        try:
            times.append(wall_clock(cells[name], table.zone))
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    if len(times) == 2 and times[0] >= times[1]:
        wrong.append(f"to {cells['to']}: expected a time behind {cells['from']}")
    if wrong:
        return wrong
    return Watch(
        unit=cells["unit"],
        person=cells["person"],
        role=_ROLE[cells["role"]],
        start_ns=times[0],
        end_ns=times[1],
        channels=parts(cells["channels"]),
        contact=cells["contact"],
        document=table.file,
        line=row.line,
    )


def _cell_faults(cells: dict[str, str]) -> Iterator[str]:
    if not SLUG.fullmatch(cells["unit"]):
        yield f"unit {cells['unit']!r}: expected the id of a unit"
    if not cells["person"]:
        yield "person: expected a name or a handle"
    if cells["role"] not in ROLES:
        yield f"role {cells['role']!r}: expected {' or '.join(ROLES)}"
    for channel in parts(cells["channels"]):
        if not _CHANNEL.fullmatch(channel):
            yield f"channel {channel!r}: expected webhook:… or mailto:…"
