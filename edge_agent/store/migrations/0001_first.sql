-- One row per (epoch, lane). base = the last sequence that is no longer here (pruned or bridged).
CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL,
    lane TEXT NOT NULL CHECK (lane IN ('urgent', 'routine')),
    last_seq INTEGER NOT NULL DEFAULT 0,
    last_head BLOB NOT NULL,
    stored INTEGER NOT NULL DEFAULT 0,
    archived INTEGER NOT NULL DEFAULT 0,
    base INTEGER NOT NULL DEFAULT 0,
    base_head BLOB NOT NULL,
    receipt TEXT,
    stored_utc_ns INTEGER,
    UNIQUE (epoch, lane)
) STRICT;

-- id = lane id << 40 | sequence: one integer key keeps appends cheap and lets a salvage walk it.
-- upto > 0 marks a tombstone that stands for every sequence from this one to `upto`.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    body BLOB NOT NULL,
    upto INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE role_state (role TEXT PRIMARY KEY, state BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE setting (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- event_id: the event that names this file (lane id << 40 | sequence). proof_id: an event recorded
-- after the hub had the whole file; once that one is archived, so is the file.
CREATE TABLE evidence (
    sha256 TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    event_id INTEGER NOT NULL,
    sent INTEGER NOT NULL DEFAULT 0,
    proof_id INTEGER,
    shed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX evidence_waiting ON evidence (event_id) WHERE proof_id IS NULL AND shed = 0;
