"""The hub's exceptions, named by what the caller must do.

HubError
├── HubStop          stop, one line to the person, exit 2
├── NotNow           503 with Retry-After: nothing was changed, try again
├── NotContiguous    409: go on from `stored`
└── BatchRefused     422: these bytes will never be taken

Anything else is a bug: 500, the transaction is rolled back, the log has it.
"""

from __future__ import annotations

from collections.abc import Mapping


class HubError(Exception):
    """Base of everything the hub raises on purpose."""


class HubStop(HubError):
    """The program cannot go on; the message is one line a person can act on."""


class NotNow(HubError):
    """Full disk, busy database, an event that failed and may succeed: nothing was changed."""

    def __init__(self, reason: str, retry_after_s: int) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s


class NotContiguous(HubError):
    """The batch does not follow what is stored."""

    def __init__(self, stored: Mapping[str, int]) -> None:
        super().__init__("the batch does not begin right behind what is stored")
        self.stored = dict(stored)


class BatchRefused(HubError):
    """The batch contradicts itself or its token."""
