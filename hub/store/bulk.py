"""Many rows in one statement, on either database.

SQLite takes rows one by one without leaving the process. PostgreSQL would take a message for each; there
all rows travel as one JSON value, which also spares a statement that grows with their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from hub.store.dialects import Insert

Row = Mapping[str, object]
_ROWS = "rows"


class Lookup:
    """Rows of one table by many keys: `columns` of those whose `by` equal one of the keys and for which
    `also` holds, SQL of both databases with named parameters.

    The keys travel as one JSON value. SQLite is told to begin with them (CROSS JOIN): left to itself it walks
    through every row of a district and looks for each among the keys."""

    def __init__(
        self, columns: Sequence[sa.Column[Any]], by: Sequence[sa.Column[Any]], also: str = ""
    ) -> None:
        table = by[0].table
        wanted = ", ".join(str(one) for one in columns)
        equal = [f"{one} = given.{one.name}" for one in by]
        self._statements = {
            dialect: sa.text(
                f"SELECT {wanted} FROM ({self._given(dialect, by)}) AS given CROSS JOIN {table} "  # noqa: S608 - names of our own tables
                f"WHERE {' AND '.join([*equal, also] if also else equal)}"
            )
            for dialect in ("sqlite", "postgresql")
        }

    @staticmethod
    def _given(dialect: str, by: Sequence[sa.Column[Any]]) -> str:
        if dialect == "sqlite":
            parts = [f"json_extract(value, '$[{n}]') AS {one.name}" for n, one in enumerate(by)]
            return f"SELECT {', '.join(parts)} FROM json_each(:{_ROWS})"  # noqa: S608
        parts = [f"value ->> {n} AS {one.name}" for n, one in enumerate(by)]
        return f"SELECT {', '.join(parts)} FROM jsonb_array_elements(CAST(:{_ROWS} AS jsonb))"  # noqa: S608

    def run(
        self, conn: sa.Connection, keys: Iterable[tuple[str, ...]], **values: str
    ) -> Sequence[Any]:
        """Each key once, in the order of `by`; a row for every row that has one."""
        bound = {**values, _ROWS: msgspec.json.encode(list(keys)).decode()}
        return conn.execute(self._statements[conn.dialect.name], bound).all()


class BulkInsert:
    """`INSERT` of `columns` into `table`; `then` adds what happens on conflict."""

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
        self._sqlite = _EachRow(then(sqlite.insert(table)), columns)
        self._postgresql = then(postgresql.insert(table).from_select(list(columns), given))

    def run(self, conn: sa.Connection, rows: Sequence[Row]) -> None:
        """`rows` is not empty, and each has all the columns."""
        if conn.dialect.name == "sqlite":
            self._sqlite.run(conn, rows)
        else:
            conn.execute(self._postgresql, {_ROWS: msgspec.json.encode(rows).decode()})


class BulkUpdate:
    """The same change to many rows: `plain` for one row (SQLite), and its PostgreSQL text, in which
    `given` are the rows."""

    def __init__(self, plain: sa.Update, text: str) -> None:
        self._plain, self._text = _EachRow(plain, None), sa.text(text)

    def run(self, conn: sa.Connection, rows: Sequence[Row]) -> None:
        if conn.dialect.name == "sqlite":
            self._plain.run(conn, rows)
        else:
            conn.execute(self._text, {_ROWS: msgspec.json.encode(rows).decode()})


class _EachRow:
    """SQLite's `executemany`, of SQL that is rendered once: SQLAlchemy's own way with each row costs more
    than the row. It names two columns or more; `columns` None: all that the statement says."""

    def __init__(self, statement: sa.sql.ClauseElement, columns: Sequence[str] | None) -> None:
        dialect = sqlite.dialect(paramstyle="qmark")
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - as every insert and update is compiled
        self._sql, self._values = compiled.string, itemgetter(*(compiled.positiontup or ()))

    def run(self, conn: sa.Connection, rows: Sequence[Row]) -> None:
        conn.exec_driver_sql(self._sql, list(map(self._values, rows)))
