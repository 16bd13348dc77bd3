-- 0003_push.sql - what sync's push needs to know of earlier writes, and where it keeps what it could not take.

ALTER TABLE item_revisions ADD COLUMN state TEXT NOT NULL DEFAULT ''; -- name of its content (sync/merge.h, item_state)
ALTER TABLE item_revisions ADD COLUMN base TEXT;        -- state that the writer had seen; NULL: nothing
ALTER TABLE item_revisions ADD COLUMN taken_at INTEGER; -- a late edit: when the team took it in

DROP INDEX item_revisions_by_item;
CREATE INDEX item_revisions_by_state ON item_revisions (item_id, state);
CREATE INDEX item_revisions_late ON item_revisions (worksheet_id, seq) WHERE verdict = 'late';

CREATE TABLE push_rejects (          -- rows of a push that no worksheet of the sender's could journal; who sent them reads them, nobody else
    id             TEXT PRIMARY KEY, -- derived from who sent what: a repeat makes no second one
    event_id       TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    participant_id TEXT,
    device_id      TEXT,
    collection     TEXT NOT NULL,
    reason         TEXT NOT NULL,    -- a few words
    body           TEXT NOT NULL,    -- the row as it came, cut at 256 KiB
    at             INTEGER NOT NULL
) STRICT;
CREATE INDEX push_rejects_by_event ON push_rejects (event_id, at);
