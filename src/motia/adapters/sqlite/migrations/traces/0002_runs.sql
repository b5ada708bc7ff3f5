-- One line per run. Times and durations are nanoseconds; duration is that of a run that is over, else NULL. text and told are
-- what a text filter looks through: the latter is the beginning of the input. record is the whole, as JSON.
CREATE TABLE runs (
    trace_id TEXT    PRIMARY KEY,
    started  INTEGER NOT NULL,
    status   TEXT    NOT NULL,
    trigger  TEXT    NOT NULL,
    duration INTEGER,
    text     TEXT    NOT NULL,
    told     TEXT    NOT NULL,
    record   TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_by_start ON runs (started, trace_id);
CREATE INDEX runs_by_status ON runs (status, started, trace_id);

-- What runs are found by: name is 'flow', 'step', or '@' and the name of an attribute; started is the run's.
CREATE TABLE run_tags (
    name     TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    started  INTEGER NOT NULL,
    trace_id TEXT    NOT NULL,
    PRIMARY KEY (name, value, started, trace_id)
) STRICT, WITHOUT ROWID;

-- Apart, so that a list of runs reads past no large values.
CREATE TABLE run_values (
    trace_id TEXT PRIMARY KEY,
    input    TEXT,
    output   TEXT
) STRICT;

-- Deliveries of runs that are not over: what is owed, and what was given up or cancelled.
CREATE TABLE run_deliveries (
    id           TEXT    PRIMARY KEY,
    trace_id     TEXT    NOT NULL,
    step         TEXT    NOT NULL,
    place        TEXT    NOT NULL,
    due_at       INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX run_deliveries_by_trace ON run_deliveries (trace_id);

-- Spans that a core left behind when it was killed are few, and ended by the next one.
CREATE INDEX spans_without_end ON spans (trace_id, span_id) WHERE ended IS NULL;

-- What logs are filtered by. Warnings and errors (level 2 and above) are few.
CREATE INDEX logs_by_step ON logs (step, time) WHERE step IS NOT NULL;
CREATE INDEX logs_of_concern ON logs (time) WHERE level >= 2;

-- How the attempts of each Step went, by stretches of time: start is epoch seconds, width seconds. The histograms are JSON.
CREATE TABLE step_stretches (
    width     INTEGER NOT NULL,
    start     INTEGER NOT NULL,
    step      TEXT    NOT NULL,
    errors    INTEGER NOT NULL,
    durations TEXT    NOT NULL,
    lags      TEXT    NOT NULL,
    PRIMARY KEY (width, start, step)
) STRICT, WITHOUT ROWID;

-- Who asked the admin surface to do what. time is epoch milliseconds, details JSON with secrets masked.
CREATE TABLE audit (
    id      TEXT    PRIMARY KEY,
    time    INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    status  INTEGER NOT NULL,
    details TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (time);
