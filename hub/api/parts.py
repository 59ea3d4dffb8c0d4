"""What the routers are given: built once by the app, read from `request.app.state.parts`."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, Protocol, cast

import sqlalchemy as sa
from fastapi import Depends, Request

from contract.timestamps import rfc3339
from hub.api.metrics import Metrics
from hub.store.blobs import Blobs


class Transactions(Protocol):
    """What routers need of the database: one transaction to read in, one to write in."""

    def read(self) -> AbstractContextManager[sa.Connection]: ...
    def write(self) -> AbstractContextManager[sa.Connection]: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One line of /readyz. `fault` says what is wrong, or nothing; it must not raise."""

    name: str
    fault: Callable[[], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """`utc_ns` is the clock, `entropy` the source of random bytes: tests give their own."""

    database: Transactions
    utc_ns: Callable[[], int]
    entropy: Callable[[int], bytes] = secrets.token_bytes
    checks: tuple[Check, ...] = ()
    blobs: Blobs | None = None
    metrics: Metrics = field(default_factory=Metrics)

    def now(self) -> str:
        return rfc3339(self.utc_ns())


def parts_of(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)


PartsOf = Annotated[Parts, Depends(parts_of)]
