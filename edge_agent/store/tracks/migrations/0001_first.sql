-- n: where a position stands in the order of keeping, see `ordinals.py`. slot: ten seconds of the
-- terminal's own time, first in the index, so that what arrives together lies together on disk.
-- came_ns: 0 while the clock is not set.
CREATE TABLE position (
    n INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL,
    terminal TEXT NOT NULL,
    key BLOB NOT NULL,
    came_ns INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX position_once ON position (slot, terminal, key);

-- Of terminals that nobody vouches for: in a place of their own, so that strangers push out nobody.
CREATE TABLE apart (
    n INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL,
    terminal TEXT NOT NULL,
    key BLOB NOT NULL,
    came_ns INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX apart_once ON apart (slot, terminal, key);

CREATE TABLE pin (terminal TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE about (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
