-- Steps whose deliveries, or whose schedules, are paused: kind is 'deliveries' or 'schedule', since epoch milliseconds.
CREATE TABLE pauses (
    step  TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    since INTEGER NOT NULL,
    by    TEXT    NOT NULL,
    PRIMARY KEY (step, kind)
) STRICT, WITHOUT ROWID;
