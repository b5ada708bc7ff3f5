-- One line per trace, kept current with each span: a list of traces never reads spans. Times are epoch nanoseconds.
-- last is the latest end so far; running and errors count spans.
CREATE TABLE traces (
    trace_id TEXT    PRIMARY KEY,
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    started  INTEGER NOT NULL,
    last     INTEGER,
    spans    INTEGER NOT NULL,
    running  INTEGER NOT NULL,
    errors   INTEGER NOT NULL,
    status   TEXT AS (CASE WHEN running > 0 THEN 'running' WHEN errors > 0 THEN 'error' ELSE 'ok' END)
) STRICT, WITHOUT ROWID;
CREATE INDEX traces_by_start ON traces (started);
CREATE INDEX traces_by_status ON traces (status, started);

-- Which Steps a trace touched; started is the trace's.
CREATE TABLE trace_steps (
    trace_id TEXT    NOT NULL,
    step     TEXT    NOT NULL,
    started  INTEGER NOT NULL,
    PRIMARY KEY (trace_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_steps_by_step ON trace_steps (step, started);

CREATE TABLE spans (
    trace_id   TEXT    NOT NULL,
    span_id    TEXT    NOT NULL,
    parent_id  TEXT,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    step       TEXT    NOT NULL,
    started    INTEGER NOT NULL,
    ended      INTEGER,
    status     TEXT    NOT NULL,
    attributes TEXT    NOT NULL,
    PRIMARY KEY (trace_id, span_id)
) STRICT, WITHOUT ROWID;

-- seq is the order of arrival, which followers read by; time is epoch milliseconds; level is the rank of its name.
CREATE TABLE logs (
    seq      INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    time     INTEGER NOT NULL,
    level    INTEGER NOT NULL,
    message  TEXT    NOT NULL,
    step     TEXT,
    trace_id TEXT,
    span_id  TEXT,
    flows    TEXT    NOT NULL,
    args     TEXT    NOT NULL
) STRICT;
CREATE INDEX logs_by_time ON logs (time);
CREATE INDEX logs_by_trace ON logs (trace_id) WHERE trace_id IS NOT NULL;
