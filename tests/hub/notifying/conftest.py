from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.store.engine import Database
from tests.hub.notifying.office import Office
from tests.hub.notifying.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
def sqlite_office(sqlite_database: Database) -> Office:
    """For what has nothing to do with the database."""
    return Office(sqlite_database)
