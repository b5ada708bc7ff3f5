-- Deliveries that are owed: pending or leased. Settled ones are deleted, so that cost does not grow with history.
-- seq is the order of publishing. The payload stands last: reading the columns before it never touches its pages.
CREATE TABLE deliveries (
    seq           INTEGER PRIMARY KEY,
    state         TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    step          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    topic         TEXT    NOT NULL,
    due_at        INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    max_attempts  INTEGER NOT NULL,
    trigger       INTEGER NOT NULL,
    message_group TEXT,
    unique_key    TEXT,
    created_at    INTEGER NOT NULL,
    scheduled_for INTEGER,
    trace_id      TEXT    NOT NULL,
    span_id       TEXT,
    hops          INTEGER NOT NULL,
    payload       BLOB    NOT NULL
) STRICT;

-- Deliveries that failed for good, until they are redriven or discarded. failure is the JSON object of EVT-21's `error`.
CREATE TABLE dead_letters (
    id            TEXT    PRIMARY KEY,
    step          TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    topic         TEXT    NOT NULL,
    due_at        INTEGER NOT NULL,
    attempt       INTEGER NOT NULL,
    epoch         INTEGER NOT NULL,
    max_attempts  INTEGER NOT NULL,
    trigger       INTEGER NOT NULL,
    message_group TEXT,
    unique_key    TEXT,
    created_at    INTEGER NOT NULL,
    scheduled_for INTEGER,
    trace_id      TEXT    NOT NULL,
    span_id       TEXT,
    hops          INTEGER NOT NULL,
    failure       TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    failed_at     INTEGER NOT NULL,
    payload       BLOB    NOT NULL
) STRICT;
CREATE INDEX dead_letters_by_step ON dead_letters (step, id);
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, id);

-- What came in and went out since the beginning, per subscription; pending, leased and dead are counted from rows.
CREATE TABLE ledger (
    topic     TEXT    NOT NULL,
    step      TEXT    NOT NULL,
    accepted  INTEGER NOT NULL DEFAULT 0,
    done      INTEGER NOT NULL DEFAULT 0,
    discarded INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, step)
) STRICT, WITHOUT ROWID;

-- Idempotency keys of the last 24 hours.
CREATE TABLE published (
    unique_key TEXT    PRIMARY KEY,
    at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX published_by_time ON published (at);

-- Rows that could not be read as what they should be, kept for whoever wants to look. The books count them as discarded.
CREATE TABLE quarantine (
    id       INTEGER PRIMARY KEY,
    origin   TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    found_at INTEGER NOT NULL,
    row      BLOB    NOT NULL
) STRICT;

-- position is the order of first storing.
CREATE TABLE state (
    position    INTEGER PRIMARY KEY,
    state_group TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    value       BLOB    NOT NULL,
    UNIQUE (state_group, key)
) STRICT;

-- A lease that was given back keeps its row: epochs rise for ever. holder is then NULL.
CREATE TABLE leases (
    name   TEXT    PRIMARY KEY,
    holder TEXT,
    epoch  INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
