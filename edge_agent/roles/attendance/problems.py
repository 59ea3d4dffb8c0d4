"""Exceptions as events: opened once, ended once, each problem with its own id.

What is open stands in the ledger, so a restart neither repeats nor forgets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from contract.payloads.attendance import AttendanceException, ExceptionKind
from contract.payloads.base import Payload, Phase, PhotoRef
from contract.timestamps import rfc3339
from edge_agent.ports import Conclusion, NewEvidence
from edge_agent.roles.attendance.ledger import AttendanceState, Raised

TRACK_TYPE = "application/jsonl"


@dataclass
class Problems:
    """`out`: what one step concluded."""

    state: AttendanceState
    out: list[Conclusion] = field(default_factory=list)

    def open(
        self,
        raised: dict[ExceptionKind, Raised],
        kind: ExceptionKind,
        badge: str,
        since_ns: int,
        *,
        area: str | None = None,
        detail: str | None = None,
    ) -> bool:
        """False when it is open already."""
        if kind in raised:
            return False
        one = Raised(self.state.next_problem(f"badge/{badge}"), since_ns, (badge,))
        raised[kind] = one
        self._tell("opened", kind, one, area=area, detail=detail)
        return True

    def end(
        self, raised: dict[ExceptionKind, Raised], kind: ExceptionKind, area: str | None = None
    ) -> bool:
        """False when it was not open."""
        one = raised.pop(kind, None)
        if one is None:
            return False
        self._tell("ended", kind, one, area=area)
        return True

    def find(
        self,
        kind: ExceptionKind,
        badges: tuple[str, ...],
        since_ns: int,
        detail: str,
        evidence: bytes,
    ) -> bool:
        """A finding about several badges. One that grew is the same problem with more names; one
        that has been told is not told again."""
        names = tuple(sorted(badges))
        known = self.state.findings
        for key, one in known.items():
            if key.startswith(f"{kind}|") and set(one.badges) >= set(names):
                return False
        smaller = [
            k for k, r in known.items() if k.startswith(f"{kind}|") and set(r.badges) <= set(names)
        ]
        phase: Phase = "updated" if smaller else "opened"
        if smaller:
            first = known.pop(smaller[0])
            one = Raised(first.problem_id, min(first.since_ns, since_ns), names)
            for key in smaller[1:]:
                self._tell("ended", kind, known.pop(key), detail="part of a larger finding")
        else:
            one = Raised(self.state.next_problem(f"badge/{names[0]}"), since_ns, names)
        known[f"{kind}|{'|'.join(names)}"] = one
        self._tell(phase, kind, one, detail=detail, evidence=evidence)
        return True

    def close_findings(self, badges_on: set[str]) -> bool:
        """Those of which no badge is on its shift any more are over."""
        over = [k for k, one in self.state.findings.items() if badges_on.isdisjoint(one.badges)]
        for key in over:
            self._tell("ended", key.partition("|")[0], self.state.findings.pop(key))  # type: ignore[arg-type]
        return bool(over)

    def tell(self, payload: Payload, subject: str) -> None:
        self.out.append(Conclusion(payload, subject))

    def taken(self) -> tuple[Conclusion, ...]:
        """What was concluded since it was last asked."""
        out, self.out = tuple(self.out), []
        return out

    def _tell(
        self,
        phase: Phase,
        kind: ExceptionKind,
        one: Raised,
        *,
        area: str | None = None,
        detail: str | None = None,
        evidence: bytes = b"",
    ) -> None:
        kept = (NewEvidence(evidence, TRACK_TYPE),) if evidence else ()
        payload = AttendanceException(
            problem_id=one.problem_id,
            phase=phase,
            kind=kind,
            badges=one.badges,
            since=rfc3339(one.since_ns),
            area=area,
            detail=detail,
            evidence=tuple(
                PhotoRef(sha256=sha256(part.content).hexdigest(), media_type=part.media_type)
                for part in kept
            ),
        )
        self.out.append(Conclusion(payload, f"badge/{one.badges[0]}", evidence=kept))
