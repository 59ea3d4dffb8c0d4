"""What is asked of the kept tracks, one thing at a time: badges to be watched again, shifts to judge."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable

from edge_agent.config.attendance import AttendanceConfig
from edge_agent.ports import Recall
from edge_agent.roles.attendance import verdicts
from edge_agent.roles.attendance.judging import window_of
from edge_agent.roles.attendance.ledger import Entry
from edge_agent.roles.attendance.live import Live
from edge_agent.roles.attendance.roll import Roll

RESUME = "resume:"


class Remembering:
    """`waiting`: keys of watches of which it is not known yet where their badges were."""

    def __init__(self, config: AttendanceConfig, roll: Roll, live: Live) -> None:
        self._config, self._roll, self._live = config, roll, live
        self._order: deque[str] = deque()
        self._due: list[tuple[int, str]] = []
        self._asked: str | None = None
        self.waiting: set[str] = set()

    def resume(self, keys: Iterable[str]) -> None:
        new = [key for key in keys if key not in self.waiting]
        self._order.extend(new)
        self.waiting.update(new)

    def judge(self, entry: Entry) -> None:
        """When its time has come (`due_ns`)."""
        if entry.due_ns is not None:
            heapq.heappush(self._due, (entry.due_ns, entry.plan.key))

    def next(self, now_ns: int) -> list[Recall]:
        """Nothing while an answer is awaited."""
        if self._asked is not None:
            return []
        recall = self._next_resume(now_ns) or self._next_due(now_ns)
        if recall is None:
            return []
        self._asked = recall.key
        return [recall]

    def answered(self, key: str) -> bool:
        """False when it was not asked by us: by the role that stood here before."""
        if key != self._asked:
            return False
        self._asked = None
        if key.startswith(RESUME):
            self._order.popleft()
            self.waiting.discard(key.removeprefix(RESUME))
        return True

    def _next_resume(self, now_ns: int) -> Recall | None:
        while self._order:
            key = self._order[0]
            watch = self._live.watches.get(key)
            if watch is not None:
                begin_ns, end_ns = window_of(watch.plan, self._config.limits)
                badges = verdicts.badges_of(watch.plan)
                return Recall(f"{RESUME}{key}", badges, begin_ns, min(end_ns, now_ns))
            self._order.popleft()
            self.waiting.discard(key)
        return None

    def _next_due(self, now_ns: int) -> Recall | None:
        """An entry that became due again later than it stands here comes again."""
        while self._due and self._due[0][0] <= now_ns:
            due_ns, key = heapq.heappop(self._due)
            entry = self._roll.entries.get(key)
            if entry is None or entry.due_ns is None:
                continue
            if entry.due_ns > due_ns:
                self.judge(entry)
                continue
            return verdicts.recall_of(entry, self._config)
        return None
