"""A worker of its own that is killed by the kernel in the middle of a batch: `python -m ... URL AT_NS DIES_AT`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

import sqlalchemy as sa

from hub.dispatching.detections import Detection
from hub.duties.sweeping import sweep
from hub.store.engine import Database
from tests.hub.duties.town import BOOK, DISTRICT, Heard


class Killed(Heard):
    """Nobody can catch this one."""

    def __call__(self, conn: sa.Connection, words: Sequence[Detection]) -> None:
        try:
            super().__call__(conn, words)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    url, at_ns, dies_at = sys.argv[1:]
    sweep(
        Database.open(url), DISTRICT, BOOK, Killed(dies_at=int(dies_at)), at_ns=int(at_ns), batch=10
    )
