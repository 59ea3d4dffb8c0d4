"""Who may come in as whom: the roster, what is remembered of each terminal, and who is here now."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping

import msgspec

from edge_agent.config.devices.speaker import zone_minutes
from edge_agent.config.devices.terminal_roster import KnownTerminal
from edge_agent.config.devices.terminals import TerminalServerConfig, roster_of
from edge_agent.drivers.terminals import trust
from edge_agent.drivers.terminals.bounds import TAKEOVERS, TAKEOVERS_S
from edge_agent.drivers.terminals.session import Session
from edge_agent.drivers.terminals.trust import Seen, Verdict
from edge_agent.errors import StopError
from edge_agent.ports import Clock, Pin
from edge_agent.readings import TerminalDoubt
from firmware_bridges.jt808 import Model

LOG = logging.getLogger("edile.terminals")
CODE_BYTES = 6


class Gate:
    """`changed`: pins that are not on disk yet; whoever writes them takes them away."""

    def __init__(
        self, config: TerminalServerConfig, clock: Clock, count: Callable[[str], None]
    ) -> None:
        self.changed: dict[str, Pin] = {}
        self._config, self._clock, self._count = config, clock, count
        self._roster: dict[str, KnownTerminal] = roster_of(config)
        self._roster_mark = self._file_mark()
        self._pins: dict[str, Pin] = {}
        self._untold: set[str] = set()
        self._here: dict[str, Session] = {}

    def begin(self, pins: Mapping[str, Pin]) -> None:
        """As if nobody were here; `pins` is what the disk remembers."""
        self._pins = {**pins, **self.changed}
        self._untold = {name for name, pin in self._pins.items() if pin.doubt and not pin.told}
        self._here.clear()

    def here(self, terminal: str) -> Session | None:
        return self._here.get(terminal.lstrip("0") or "0")

    @property
    def present(self) -> int:
        return len(self._here)

    def introduce(self, session: Session, terminal: str, seen: Seen) -> bool:
        """See `session.Post`."""
        known = self._roster.get(terminal)
        if known is None and self._config.unknown == "refuse":
            self._count("refused.unknown")
            return False
        session.zone_s, session.model = self._settings(known)
        if known is None:  # a stranger: nothing to remember, so that strangers cost nothing
            session.doubted = True
            self._replace(session, terminal)
            return True
        verdict = self._contest(session, terminal, known) or trust.judge(
            terminal, self._pins.get(terminal), seen, known, self._utc_ns()
        )
        self._take(session, terminal, verdict)
        self._here[terminal] = session
        return True

    def mint(self, session: Session, terminal: str) -> str:
        """See `session.Post`. Told before it is on disk: should that be lost, the next code that the
        terminal shows is a first sight."""
        if session.doubted:
            return secrets.token_hex(CODE_BYTES)
        pin = self._pins.get(terminal) or Pin()
        if pin.code is None:
            pin = msgspec.structs.replace(pin, code=secrets.token_hex(CODE_BYTES))
            self._put(terminal, pin)
        return pin.code or ""

    def left(self, session: Session) -> None:
        terminal = session.terminal
        if terminal is not None and self._here.get(terminal) is session:
            del self._here[terminal]

    def doubts(self, device: str) -> list[TerminalDoubt]:
        """Those that nobody was told of yet; `told` is for when somebody was."""
        if not self._untold:
            return []
        moment = self._clock.moment()
        pins = ((name, self._pins[name].doubt) for name in sorted(self._untold))
        return [TerminalDoubt(device, moment, name, *doubt) for name, doubt in pins if doubt]

    def told(self, terminal: str) -> None:
        self._put(terminal, msgspec.structs.replace(self._pins[terminal], told=True))

    def _settings(self, known: KnownTerminal | None) -> tuple[int | None, Model | None]:
        zone_s = known.zone_s if known else None
        if zone_s is None and self._config.zone is not None:
            zone_s = zone_minutes(self._config.zone) * 60
        return zone_s, known.model if known else None

    def _utc_ns(self) -> int:
        now = self._clock.moment()
        return 0 if now.clock == "unset" else now.utc_ns

    # -- one terminal, two connections

    def _contest(self, session: Session, terminal: str, known: KnownTerminal) -> Verdict | None:
        """From one network the newest wins, because the other is a connection that broke unnoticed;
        but not again and again. From two networks at once it is two terminals."""
        other = self._here.get(terminal)
        if other is None or other is session:
            return None
        pin = self._pins.get(terminal)
        apart = other.line.network != session.line.network
        if not apart:
            self._replace(session, terminal)
        if not apart and session.takeovers < TAKEOVERS:
            return None
        if pin is not None and trust.vouched(pin, known):
            return None
        if apart:
            other.doubted = True
        return trust.doubt(terminal, pin, "twice-at-once", self._utc_ns())

    def _replace(self, session: Session, terminal: str) -> None:
        other, now_s = self._here.get(terminal), self._clock.monotonic_s()
        self._here[terminal] = session
        if other is None or other is session:
            return
        recent = now_s - other.takeovers_s < TAKEOVERS_S
        session.takeovers = other.takeovers + 1 if recent else 1
        session.takeovers_s = other.takeovers_s if recent else now_s
        other.line.hang_up("the same terminal connected again")

    def _take(self, session: Session, terminal: str, verdict: Verdict) -> None:
        session.doubted = verdict.doubted
        if verdict.pin is None:
            return
        self._put(terminal, verdict.pin)
        if verdict.pin.doubt is not None:
            self._count("doubted")
            LOG.warning("terminal %s in quarantine: %s (%s)", terminal, *verdict.pin.doubt)

    def _put(self, terminal: str, pin: Pin) -> None:
        self._pins[terminal] = self.changed[terminal] = pin
        if pin.doubt is None or pin.told:
            self._untold.discard(terminal)
        else:
            self._untold.add(terminal)

    # -- the roster

    def roster_changed(self) -> bool:
        """Its file, since this was last asked."""
        mark = self._file_mark()
        if mark is None or mark == self._roster_mark:
            return False
        self._roster_mark = mark
        return True

    def load_roster(self) -> dict[str, KnownTerminal] | None:
        """Slow; touches nothing of ours, so it may run in another thread. A wrong file leaves the old
        roster in force and is told once."""
        try:
            return roster_of(self._config)
        except StopError as error:
            LOG.error("the roster stays as it was: %s", error)  # noqa: TRY400 - lines for a person
            return None

    def adopt_roster(self, roster: dict[str, KnownTerminal]) -> None:
        self._roster = roster
        LOG.info("the roster of %s names %d terminals", self._config.id, len(roster))
        for terminal, session in list(self._here.items()):
            self._look_again(terminal, session)

    def _look_again(self, terminal: str, session: Session) -> None:
        known, pin = self._roster.get(terminal), self._pins.get(terminal)
        if known is None and self._config.unknown == "refuse":
            session.line.hang_up("no longer in the roster")
        elif (known is not None and pin is not None and trust.vouched(pin, known)) or (
            known is not None and session.doubted and (pin is None or pin.doubt is None)
        ):
            session.line.hang_up("in the roster now; it connects again as itself")
        else:
            session.zone_s, session.model = self._settings(known)
            session.doubted = session.doubted or known is None

    def _file_mark(self) -> tuple[int, int] | None:
        if self._config.roster_file is None:
            return None
        try:
            about = self._config.roster_file.stat()
        except OSError:
            return None
        return about.st_mtime_ns, about.st_size
