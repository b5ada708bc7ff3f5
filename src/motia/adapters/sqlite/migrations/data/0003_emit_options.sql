-- What an emit may ask for: keys to find its deliveries by, and an end. The tables are made anew so that the payload still
-- stands last. emit_key is the idempotency key as the emit gave it; in unique_key it follows topic, Step and trigger.
CREATE TABLE deliveries_3 (
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
    unique_for_ms INTEGER NOT NULL,
    emit_key      TEXT,
    dedup_key     TEXT,
    expires_at    INTEGER,
    payload       BLOB    NOT NULL
) STRICT;
INSERT INTO deliveries_3
SELECT seq, state, id, step, kind, topic, due_at, attempt, epoch, max_attempts, trigger, message_group, unique_key, created_at,
       scheduled_for, trace_id, span_id, hops, 86400000,
       CASE kind WHEN 'event' THEN substr(unique_key, length(topic) + length(step) + length(trigger) + 4) END,
       NULL, NULL, payload
FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_3 RENAME TO deliveries;
-- Only deliveries with a key pay for these.
CREATE INDEX deliveries_by_emit_key ON deliveries (emit_key, topic) WHERE emit_key IS NOT NULL;
CREATE INDEX deliveries_by_dedup_key ON deliveries (dedup_key, topic) WHERE dedup_key IS NOT NULL;

CREATE TABLE dead_letters_3 (
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
    unique_for_ms INTEGER NOT NULL,
    emit_key      TEXT,
    dedup_key     TEXT,
    expires_at    INTEGER,
    failure       TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    failed_at     INTEGER NOT NULL,
    payload       BLOB    NOT NULL
) STRICT;
INSERT INTO dead_letters_3
SELECT id, step, kind, topic, due_at, attempt, epoch, max_attempts, trigger, message_group, unique_key, created_at,
       scheduled_for, trace_id, span_id, hops, 86400000,
       CASE kind WHEN 'event' THEN substr(unique_key, length(topic) + length(step) + length(trigger) + 4) END,
       NULL, NULL, failure, reason, failed_at, payload
FROM dead_letters;
DROP TABLE dead_letters;
ALTER TABLE dead_letters_3 RENAME TO dead_letters;
CREATE INDEX dead_letters_by_step ON dead_letters (step, id);
CREATE INDEX dead_letters_by_topic ON dead_letters (topic, id);

-- Idempotency keys that count until a time, each with the delivery it belongs to, whose cancelling frees it.
CREATE TABLE published_3 (
    unique_key TEXT    PRIMARY KEY,
    until      INTEGER NOT NULL,
    delivery   TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO published_3
SELECT published.unique_key, published.at + 86400000, max(deliveries.id)
FROM published LEFT JOIN deliveries ON deliveries.unique_key = published.unique_key
GROUP BY published.unique_key;
DROP TABLE published;
ALTER TABLE published_3 RENAME TO published;
CREATE INDEX published_by_end ON published (until);
