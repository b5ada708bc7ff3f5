-- Items of live streams. position is the order of creation.
CREATE TABLE stream_items (
    position   INTEGER PRIMARY KEY,
    stream     TEXT    NOT NULL,
    item_group TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    value      BLOB    NOT NULL,
    UNIQUE (stream, item_group, id)
) STRICT;

-- The last timestamp given in each group: it rises over restarts and whatever the system clock does.
CREATE TABLE stream_clocks (
    stream     TEXT    NOT NULL,
    item_group TEXT    NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (stream, item_group)
) STRICT, WITHOUT ROWID;

-- Items removed within the last day, so that a client that comes back drops what it still shows.
CREATE TABLE stream_removals (
    stream     TEXT    NOT NULL,
    item_group TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    removed_at INTEGER NOT NULL,
    PRIMARY KEY (stream, item_group, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX stream_removals_by_time ON stream_removals (removed_at);
