"""The duties and the contracts in force: of a district's reference documents, else as they come with Edile."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from hub.duties.contracts import Contracts, read_contracts
from hub.duties.documents import read_duties
from hub.duties.kinds import DutyBook
from hub.store import reference

SHIPPED = Path(__file__).parent / "shipped" / "duties.yaml"


def duty_book(conn: sa.Connection, district: str) -> DutyBook:
    """As of this transaction. The document's name is free; where there are several the last one by name."""
    content = _in_force(conn, district, "duties")
    return _duties(SHIPPED.read_bytes() if content is None else content)


def contracts_of(conn: sa.Connection, district: str) -> Contracts | None:
    """None where nobody published any: then nothing is ever proposed."""
    content = _in_force(conn, district, "contracts")
    return None if content is None else _contracts(content)


def _in_force(conn: sa.Connection, district: str, kind: reference.Kind) -> bytes | None:
    found = [one for one in reference.in_force(conn, district) if one.kind == kind]
    return found[-1].content if found else None


@lru_cache(maxsize=8)
def _duties(content: bytes) -> DutyBook:
    return read_duties("duties", content)


@lru_cache(maxsize=8)
def _contracts(content: bytes) -> Contracts:
    return read_contracts("contracts", content)
