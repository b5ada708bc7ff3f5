-- What became of every nominal tick of every schedule; the last 1,000 of each are kept.
CREATE TABLE ticks (
    step          TEXT    NOT NULL,
    "trigger"     INTEGER NOT NULL,
    scheduled_for INTEGER NOT NULL,
    outcome       TEXT    NOT NULL,
    recorded_at   INTEGER NOT NULL,
    delivery      TEXT,
    PRIMARY KEY (step, "trigger", scheduled_for)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticks_by_time ON ticks (scheduled_for);
