"""REST tokens: shown once, kept hashed, named for the audit log."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hub.store import audit, tokens
from hub.store.engine import Database
from hub.store.order_tables import api_token
from tests.hub.detections import DISTRICT, at


def added(database: Database, name: str, role: str = "viewer", seed: int = 1) -> str:
    with database.write() as conn:
        return tokens.add_token(
            conn,
            district=DISTRICT,
            name=name,
            role=role,
            at=at(0),
            entropy=lambda n: bytes([seed]) * n,
        )


def test_a_token_finds_its_actor_and_its_text_is_nowhere(database: Database) -> None:
    text = added(database, "lin", "operator")
    with database.read() as conn:
        found = tokens.find_token(conn, text)
        columns = conn.execute(sa.select(api_token)).one()
        assert tokens.find_token(conn, text[:-1]) is None
        assert tokens.find_token(conn, "") is None
    assert found is not None
    assert (found[0].name, found[0].role, found[0].district, found[0].label) == (
        "lin",
        "operator",
        DISTRICT,
        "token/lin",
    )
    assert text.startswith("edile_")
    assert not any(
        text in str(value) or text.removeprefix("edile_") in str(value) for value in columns
    )


@pytest.mark.parametrize(
    ("name", "role", "word"),
    [
        ("lin", "viewer", "exists"),
        ("Lin Wei", "viewer", "use a-z"),
        ("mei", "root", "viewer, operator, dispatcher, admin"),
    ],
)
def test_a_name_or_role_that_will_not_do_is_refused_in_words(
    database: Database, name: str, role: str, word: str
) -> None:
    added(database, "lin")
    with pytest.raises(tokens.TokenRefused, match=word):
        added(database, name, role, seed=2)


def test_a_revoked_token_is_listed_and_dead_and_its_name_stays_taken(database: Database) -> None:
    text = added(database, "lin")
    with database.write() as conn:
        tokens.revoke_token(conn, district=DISTRICT, name="lin", at=at(5))
    with database.read() as conn:
        assert tokens.find_token(conn, text) is None
        assert [(row.name, row.revoked_at) for row in tokens.list_tokens(conn, DISTRICT)] == [
            ("lin", at(5))
        ]
        assert tokens.list_tokens(conn, "tianhe") == []
        assert audit.verify(conn) == []
        assert (
            len(audit.history(conn, DISTRICT, f"token/{tokens.list_tokens(conn)[0].token_id}")) == 2
        )
    with pytest.raises(tokens.TokenRefused, match="exists"):
        added(database, "lin", seed=3)
    with pytest.raises(tokens.TokenRefused, match="no live token"), database.write() as conn:
        tokens.revoke_token(conn, district=DISTRICT, name="lin", at=at(6))
