"""The key figures from the audit log alone, in plain Python: each order is led through its rows again.

Of the orders themselves only what the log does not have: due time, class, area, owner, and which order a
relapse or a merged one belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.store.kpis import By, Figures


@dataclass
class Course:
    """`stood`: (from, to) of each time on the shelf; `asked`: was it ever with a unit."""

    facts: Mapping[str, Any]
    reporter: str = ""
    opened: str = ""
    state: str = ""
    before_merging: str | None = None
    asked: bool = False
    handled: tuple[str, str] | None = None
    ended: str | None = None
    closer: str | None = None
    reworks: int = 0
    returns: int = 0
    shelf: str | None = None
    stood: list[tuple[str, str]] = field(default_factory=list)

    def take(self, row: Mapping[str, Any]) -> None:
        match row["action"]:
            case "opened":
                self.reporter, self.opened, self.state = row["actor"], row["at"], row["to_state"]
                self.asked = self.state == "dispatched"
            case "moved":
                self._move(row["from_state"], row["to_state"], row["at"], row["actor"])
            case "merged":
                self.before_merging, self.state, self.ended = self.state, "void", row["at"]
            case "unmerged":
                self.state, self.before_merging, self.ended = self.before_merging or "", None, None

    def _move(self, origin: str, to: str, at: str, actor: str) -> None:
        assert origin == self.state
        if origin == "shelved" and self.shelf is not None:
            self.stood.append((self.shelf, at))
        self.shelf = at if to == "shelved" else None
        if to in {"dispatched", "no-owner"}:
            self.reworks += origin in {"resolved", "closed"}
            self.asked, self.handled, self.ended = self.asked or to == "dispatched", None, None
        if to == "returned":
            self.returns += 1
        if to == "resolved":
            self.handled = (at, actor)
        if to in {"closed", "void"}:
            self.ended, self.closer = at, actor
        self.state = to

    @property
    def merged(self) -> bool:
        return self.before_merging is not None


def courses(rows: Iterable[Mapping[str, Any]], orders: Iterable[Mapping[str, Any]]) -> list[Course]:
    found = {f"work-order/{one['id']}": Course(one) for one in orders}
    for row in rows:
        if row["subject"] in found:
            found[row["subject"]].take(row)
    return list(found.values())


def figures(
    all_: list[Course], since: str, until: str, at: str, by: By
) -> dict[str | None, Figures]:
    parts: dict[str | None, list[Course]] = {}
    for one in all_:
        parts.setdefault(_part(one, by), []).append(one)
    made = {part: _figures(some, all_, since, until, at) for part, some in parts.items()}
    return {part: one for part, one in made.items() if one != Figures()}


def _part(one: Course, by: By) -> str | None:
    facts = one.facts
    found: dict[str, str | None] = {
        "all": "all",
        "unit": facts["owner_unit"],
        "contractor": facts["contractor"],
        "area": facts["area"],
        "class": f"{facts['catalogue']}/{facts['class_code']}",
    }
    return found[by]


def _figures(some: list[Course], all_: list[Course], since: str, until: str, at: str) -> Figures:
    def within(moment: str | None) -> bool:
        return moment is not None and since <= moment < until

    def count(among: list[Course], true: Callable[[Course], object]) -> int:
        return sum(1 for one in among if true(one))

    opened = [one for one in some if within(one.opened)]
    own = [one for one in opened if not one.merged]
    asked = [one for one in own if one.asked]
    due = [
        one
        for one in some
        if within(one.facts["due_at"]) and one.facts["due_at"] < at and one.state != "void"
    ]
    closed = [one for one in some if one.state == "closed" and within(one.ended)]
    void = [one for one in some if one.state == "void" and within(one.ended)]
    standing = [one for one in some if one.state not in {"closed", "void"}]
    took = [(_moment(one.ended) - _moment(one.opened)).total_seconds() for one in closed]
    stood = [
        (_moment(end) - _moment(begin)).total_seconds()
        for one in closed
        for begin, end in one.stood
    ]
    return Figures(
        filed=count(own, lambda one: one.asked or one.state in {"no-owner", "resolved", "closed"}),
        refused=count(own, lambda one: not one.asked and one.state == "void"),
        in_review=count(own, lambda one: one.state == "review"),
        merged=len(opened) - len(own),
        void=count(asked, lambda one: one.state == "void"),
        dispatched=len(asked),
        accurate=count(asked, lambda one: one.returns == 0),
        returns=sum(one.returns for one in asked),
        to_resolve=count(due, lambda one: one.asked),
        resolved_in_time=count(due, lambda one: one.asked and _handled_in_time(one)),
        to_rectify=count(due, lambda one: one.asked and one.reworks),
        rectified_in_time=count(
            due, lambda one: one.asked and one.reworks and _handled_in_time(one)
        ),
        to_close=len(due),
        closed_in_time=count(
            due, lambda one: one.state == "closed" and one.ended <= one.facts["due_at"]
        ),
        closed=len(closed),
        reworked=count(closed, lambda one: one.reworks),
        reworks=sum(one.reworks for one in closed),
        relapsed=count(closed, lambda one: _came_back(one, all_)),
        ended_void=count(void, lambda one: not one.merged and one.asked),
        ended_refused=count(void, lambda one: not one.merged and not one.asked),
        ended_merged=count(void, lambda one: one.merged),
        gross_s=sum(took),
        stopped_s=sum(stood),
        longest_s=max(took, default=0.0),
        self_closed=count(closed, lambda one: one.closer == one.reporter and _person(one)),
        self_handled=count(
            closed, lambda one: one.handled and one.handled[1] == one.reporter and _person(one)
        ),
        one_gateway=count(
            closed,
            lambda one: one.closer == one.reporter and one.reporter.startswith("gateway/"),
        ),
        open=len(standing),
        overdue=count(
            standing,
            lambda one: (
                one.state not in {"resolved", "shelved"}
                and one.facts["due_at"] is not None
                and one.facts["due_at"] < at
            ),
        ),
        shelved=count(standing, lambda one: one.state == "shelved"),
        no_owner=count(standing, lambda one: one.state == "no-owner"),
        resolved=count(standing, lambda one: one.state == "resolved"),
        late=count(
            standing,
            lambda one: (
                one.state == "resolved"
                and one.handled is not None
                and one.facts["due_at"] is not None
                and one.handled[0] > one.facts["due_at"]
            ),
        ),
    )


def _handled_in_time(one: Course) -> bool:
    return one.handled is not None and one.handled[0] <= one.facts["due_at"]


def _came_back(one: Course, all_: list[Course]) -> bool:
    return any(
        other.facts["relapse_of"] == one.facts["id"]
        and timedelta(0) <= _moment(other.opened) - _moment(one.ended) <= timedelta(days=7)
        for other in all_
    )


def _person(one: Course) -> bool:
    return one.reporter.startswith("token/")


def _moment(text: str | None) -> datetime:
    assert text is not None
    return datetime.fromisoformat(text)
