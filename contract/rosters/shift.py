"""One planned shift of one person, as a roster gives it for one day. All times UTC nanoseconds."""

from __future__ import annotations

import msgspec


class BadgeSpan(msgspec.Struct, frozen=True, array_like=True):
    """`badge` was this person's from `start_ns` up to, not including, `end_ns`: a shift in which a
    badge was swapped has several."""

    badge: str
    start_ns: int
    end_ns: int


class PlannedShift(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is expected of one person between `start_ns` and `end_ns`.

    key       `{person}/{local date of its start}/{number within that day}`: the shift's one name
    areas     any of them counts as being at work
    breaks    stretches inside the shift in which nobody is expected anywhere
    crew      people who ride and work together (a truck's crew); None = alone
    vehicle   terminal of the vehicle this person rides on in this shift
    amended   its entry was changed after it had begun, approved by a second person
    """

    key: str
    person: str
    badges: tuple[BadgeSpan, ...]
    areas: tuple[str, ...]
    start_ns: int
    end_ns: int
    breaks: tuple[tuple[int, int], ...] = ()
    group: str | None = None
    crew: str | None = None
    vehicle: str | None = None
    amended: bool = False

    def expected(self) -> tuple[tuple[int, int], ...]:
        """The shift without its breaks, in order."""
        pieces, begin_ns = [], self.start_ns
        for start_ns, end_ns in sorted(self.breaks):
            until_ns = min(start_ns, self.end_ns)
            if begin_ns < until_ns:
                pieces.append((begin_ns, until_ns))
            begin_ns = max(begin_ns, end_ns)
        if begin_ns < self.end_ns:
            pieces.append((begin_ns, self.end_ns))
        return tuple(pieces)
