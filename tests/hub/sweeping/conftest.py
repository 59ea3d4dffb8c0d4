from __future__ import annotations

import pytest

from hub.store.engine import Database
from tests.hub.sweeping.town import Town


@pytest.fixture
def town(database: Database) -> Town:
    return Town(database)
