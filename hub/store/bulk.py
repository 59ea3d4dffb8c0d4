"""Many rows in one statement, on either database.

SQLite takes rows one by one without leaving the process. PostgreSQL would take a message for each; there
all rows travel as one JSON value, which also spares a statement that grows with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from hub.store.dialects import Insert

Row = Mapping[str, object]
AmongList = Callable[[sa.ColumnElement[Any], str], sa.ColumnElement[bool]]
_ROWS = "rows"


class Among(sa.sql.expression.ColumnElement[bool]):
    """PostgreSQL's `column IN (...)` over a list of texts that is bound as one JSON value."""

    inherit_cache = True
    type = sa.Boolean()
    _traverse_internals = [
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("bound", sa.sql.visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: sa.ColumnElement[Any], name: str) -> None:
        self.column, self.bound = column, sa.bindparam(name, type_=sa.Text)


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, bound = (compiler.process(one, **kw) for one in (element.column, element.bound))
    return f"{column} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({bound} AS jsonb))))"


class Lookup:
    """A query over lists of values. `build` makes it, given how to say `column IN list`.

    SQLite sees each value: told of a list that it does not see into, it walks through all rows of the
    district instead of an index. For PostgreSQL the list is one value, as it is for `BulkInsert`."""

    def __init__(self, build: Callable[[AmongList], sa.Select[Any]]) -> None:
        self._sqlite = build(lambda column, name: column.in_(sa.bindparam(name, expanding=True)))
        self._postgresql = build(Among)

    def run(
        self, conn: sa.Connection, values: Mapping[str, str | Sequence[str]]
    ) -> sa.CursorResult[Any]:
        """Lists as lists, everything else as text."""
        if conn.dialect.name == "sqlite":
            return conn.execute(self._sqlite, dict(values))
        bound = {
            name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in values.items()
        }
        return conn.execute(self._postgresql, bound)


class BulkInsert:
    """`INSERT` of `columns` into `table`; `then` adds what happens on conflict, or RETURNING."""

    def __init__(
        self,
        table: sa.Table,
        columns: Sequence[str],
        then: Callable[[Insert], Any] = lambda plain: plain,
    ) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        given = sa.text(
            f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table.name}, CAST(:{_ROWS} AS jsonb))"  # noqa: S608 - names of our own tables
        ).columns(*(table.c[name] for name in columns))
        self._columns = tuple(columns)
        self._sqlite = then(sqlite.insert(table))
        self._postgresql = then(postgresql.insert(table).from_select(list(columns), given))

    def run(self, conn: sa.Connection, rows: Sequence[Row]) -> sa.CursorResult[Any]:
        """`rows` is not empty, and each has all the columns."""
        if conn.dialect.name == "sqlite":
            return conn.execute(self._sqlite, list(rows))
        return conn.execute(self._postgresql, {_ROWS: msgspec.json.encode(rows).decode()})


class BulkUpdate:
    """The same change to many rows: `plain` for one row (SQLite), and its PostgreSQL text, in which
    `given` are the rows, columns as `shape` declares them."""

    def __init__(self, plain: sa.Update, text: str) -> None:
        self._plain, self._text = plain, sa.text(text)

    def run(self, conn: sa.Connection, rows: Sequence[Row]) -> None:
        if conn.dialect.name == "sqlite":
            conn.execute(self._plain, list(rows))
        else:
            conn.execute(self._text, {_ROWS: msgspec.json.encode(rows).decode()})
