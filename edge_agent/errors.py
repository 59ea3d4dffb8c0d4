"""The agent's exceptions, named by what the caller must do.

EdileError
├── StopError                 stop, one line to the person, exit 2
│   ├── ConfigError           a file says something it may not: file, line, key, expectation
│   ├── ModelRefused          a model file that must not run: what was found in it
│   ├── StoreRefused          the data folder is not ours to open (foreign, newer schema, no folder)
│   └── AlreadyRunning        another agent holds the folder or port; carries its pid
├── DeviceUnreachable         retry (only the supervisor does)
├── DeviceRefused             tell a person
├── HubUnreachable            keep everything, back off (only the uplink does)
│   └── HubDatesWrong         its certificate and this box's clock disagree: ask the hub for the time
└── StoreFull                 shed by policy, then refuse new low-priority work

Anything else is a bug: the process ends and systemd starts it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class EdileError(Exception):
    """Base of everything the agent raises on purpose."""


class StopError(EdileError):
    """The program cannot go on; the message is one line a person can act on."""


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in a configuration file. `key` is the dotted path, `line` 1-based."""

    file: Path
    line: int
    key: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: expected {self.expected}, found {self.found}"


class ConfigError(StopError):
    """Every mistake of a file at once, so that an installer mends them in one go."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = mistakes


class ModelRefused(StopError):
    """A model file is broken, no model, or answers nothing; the message says what was found."""


class StoreRefused(StopError):
    """The data folder holds something this agent must not open."""


class AlreadyRunning(StopError):
    """Another agent holds the data folder or the port."""

    def __init__(self, what: str, pid: int | None) -> None:
        holder = f"pid {pid}" if pid else "another process"
        super().__init__(f"{what} is already in use by {holder}; stop it first")
        self.pid = pid


class DeviceUnreachable(EdileError):
    """The link to a device failed or cannot be opened; it may come back."""


class DeviceRefused(EdileError):
    """The device answered and said no."""


class HubUnreachable(EdileError):
    """No usable answer from the hub. `retry_after_s` when it named one."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class HubDatesWrong(HubUnreachable):
    """The hub's certificate is good but not valid at the time this box believes it is."""


class StoreFull(EdileError):
    """Nothing more may be shed; new low-priority work is refused and counted."""
