-- 0004_redactions.sql - what organizers took out of worksheets, without what it was.

CREATE TABLE redactions (
    id             TEXT PRIMARY KEY, -- UUID v7
    worksheet_id   TEXT NOT NULL REFERENCES worksheets (id) ON DELETE CASCADE,
    item_id        TEXT NOT NULL,
    reason         TEXT NOT NULL,    -- as the organizer gave it
    participant_id TEXT,             -- who
    at             INTEGER NOT NULL
) STRICT;
CREATE INDEX redactions_by_worksheet ON redactions (worksheet_id, at, id);
