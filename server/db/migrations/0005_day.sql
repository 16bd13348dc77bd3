-- 0005_day.sql - what organizers need to run the day.

-- --- the agenda, for other programs ---

ALTER TABLE events ADD COLUMN public INTEGER NOT NULL DEFAULT 0;         -- 1: its page with the agenda is for everyone
ALTER TABLE events ADD COLUMN session_number INTEGER NOT NULL DEFAULT 0; -- last number given to a session
ALTER TABLE sessions ADD COLUMN number INTEGER NOT NULL DEFAULT 0;       -- from 1, unique in the event, never given twice
UPDATE sessions SET number = (SELECT count(*) FROM sessions o WHERE o.event_id = sessions.event_id
    AND (o.created_at, o.id) <= (sessions.created_at, sessions.id));
UPDATE events SET session_number = (SELECT count(*) FROM sessions s WHERE s.event_id = events.id);
CREATE UNIQUE INDEX sessions_by_number ON sessions (event_id, number);
ALTER TABLE sessions ADD COLUMN origin TEXT;                             -- its name in the file that it was imported from
CREATE UNIQUE INDEX sessions_by_origin ON sessions (event_id, origin);
ALTER TABLE speakers ADD COLUMN origin TEXT;
CREATE UNIQUE INDEX speakers_by_origin ON speakers (event_id, origin);

ALTER TABLE announcements ADD COLUMN body_html TEXT NOT NULL DEFAULT ''; -- its Markdown, made safe when it was written

-- --- the roster ---

ALTER TABLE attendees ADD COLUMN walk_in INTEGER NOT NULL DEFAULT 0;     -- 1: came without being on the list
CREATE INDEX attendees_by_email ON attendees (event_id, email);
DROP INDEX attendees_by_name;            -- a search by name reads the index alone, but for what it finds
CREATE INDEX attendees_by_name ON attendees (event_id, sort_name, id, search);
DROP INDEX attendees_by_team;            -- so does counting
CREATE INDEX attendees_by_team ON attendees (team_id, agency_type, walk_in, id);
CREATE INDEX attendees_walked_in ON attendees (event_id) WHERE walk_in = 1;
CREATE INDEX attendees_by_event ON attendees (event_id, id);
ALTER TABLE attendees ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;      -- 1: agreed to be in the directory, if only once: consents say whether they do
CREATE INDEX attendees_listed ON attendees (event_id, sort_name, id, search) WHERE listed = 1;

-- --- check-in ---

CREATE TABLE check_ins (             -- append-only: who came and went, as it was entered
    id             TEXT PRIMARY KEY, -- client-made
    event_id       TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    attendee_id    TEXT NOT NULL REFERENCES attendees (id) ON DELETE CASCADE,
    place          TEXT NOT NULL,    -- the session's id, or empty: the event's door; history, so the session may be gone
    direction      TEXT NOT NULL CHECK (direction = 'in' OR direction = 'out' OR direction = 'undo'),
    at             INTEGER NOT NULL, -- when it happened
    undoes         TEXT,             -- of an undo: the entry that does not count; it may come later
    method         TEXT NOT NULL CHECK (method = 'staff' OR method = 'badge' OR method = 'room'),
    participant_id TEXT,             -- who entered it
    device_id      TEXT,
    received_at    INTEGER NOT NULL  -- when the server learned of it
) STRICT;
CREATE INDEX check_ins_by_place ON check_ins (event_id, place, attendee_id, at, direction, id);
CREATE INDEX check_ins_by_attendee ON check_ins (attendee_id);
CREATE INDEX check_ins_by_undone ON check_ins (undoes, attendee_id) WHERE undoes IS NOT NULL;

CREATE TABLE presences (             -- who is where now: follows from check_ins, kept so that counting is cheap
    attendee_id TEXT NOT NULL REFERENCES attendees (id) ON DELETE CASCADE,
    place       TEXT NOT NULL,       -- as in check_ins
    event_id    TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    inside      INTEGER NOT NULL,    -- 1: in now; 0: was there
    PRIMARY KEY (attendee_id, place)
) STRICT;
CREATE INDEX presences_by_place ON presences (event_id, place, inside);

CREATE TABLE certificates (          -- of attendance, for trainings; they outlive the roster
    number      TEXT PRIMARY KEY,    -- Crockford base32 of random bits, and a check symbol
    event_id    TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    attendee_id TEXT REFERENCES attendees (id) ON DELETE SET NULL,
    minutes     INTEGER NOT NULL,    -- present, over all sessions with learning objectives
    holder      TEXT NOT NULL,       -- keyed hash of the name on it: a name can be compared, not read
    issued_at   INTEGER NOT NULL,
    UNIQUE (event_id, attendee_id)
) STRICT;
CREATE INDEX certificates_by_attendee ON certificates (attendee_id);

-- --- synthesis: the organizers' marks beside the teams' words ---

ALTER TABLE prompts ADD COLUMN names_county INTEGER NOT NULL DEFAULT 0; -- 1: answers name the counties that a team would learn from

CREATE TABLE item_marks (            -- no row: no mark
    item_id     TEXT PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE, -- the item itself is never touched
    event_id    TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    starred     INTEGER NOT NULL DEFAULT 0,
    merged_into TEXT REFERENCES items (id) ON DELETE SET NULL, -- the item of the same prompt that says the same
    revision    INTEGER NOT NULL DEFAULT 1,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX item_marks_by_event ON item_marks (event_id, item_id);
CREATE INDEX item_marks_by_target ON item_marks (merged_into);

CREATE TABLE item_tags (             -- the organizers' words
    item_id    TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    tag        TEXT NOT NULL,        -- as typed; no two of an item fold alike
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (item_id, tag)
) STRICT;
CREATE INDEX item_tags_by_event ON item_tags (event_id, item_id, tag);

-- --- audit and retention ---

CREATE TABLE audit (                 -- append-only: who saw or took out what; never the content
    number         INTEGER PRIMARY KEY, -- 1, 2, 3 … without a gap
    event_id       TEXT,             -- NULL: of no event; may be gone
    at             INTEGER NOT NULL,
    participant_id TEXT,             -- who; NULL: the command line, or the server itself
    role           TEXT NOT NULL,
    action         TEXT NOT NULL,    -- operationId, or what the server did
    scope          TEXT NOT NULL,    -- which part: a filter's names, a count, never a value
    reason         TEXT,             -- as given for an export with names
    hash           TEXT NOT NULL,    -- SHA-256, hex, over the row and the hash before it (http/audit.h)
    seal           TEXT NOT NULL     -- HMAC-SHA256 of the hash, hex, under a key of data/secrets
) STRICT;
CREATE INDEX audit_by_event ON audit (event_id, (-number));

CREATE TABLE audit_head (            -- the end of the chain, so that its last rows cannot go unseen; one row
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL,         -- of the last row; 0: none yet
    hash   TEXT NOT NULL,            -- of that row
    seal   TEXT NOT NULL             -- HMAC of both, under a key of its own
) STRICT;
INSERT INTO audit_head (id, number, hash, seal) VALUES (1, 0, '', '');

ALTER TABLE events ADD COLUMN directory_days INTEGER NOT NULL DEFAULT 7;  -- directory, roster and check-ins are purged so long after the end
ALTER TABLE events ADD COLUMN responses_days INTEGER NOT NULL DEFAULT 90; -- worksheets, likewise
ALTER TABLE events ADD COLUMN directory_purged_at INTEGER;
ALTER TABLE events ADD COLUMN responses_purged_at INTEGER;

CREATE TABLE kept_figures (          -- who was in the room, in figures, after the directory was purged
    event_id TEXT PRIMARY KEY REFERENCES events (id) ON DELETE CASCADE,
    hosts    TEXT NOT NULL,          -- JSON, as organizers saw it
    others   TEXT NOT NULL,          -- JSON, small cells kept back
    at       INTEGER NOT NULL
) STRICT;

-- --- what falls due by the clock ---

CREATE INDEX announcements_due ON announcements (published_at) WHERE published_at > updated_at; -- dated ahead
CREATE INDEX consents_by_expiry ON consents (expires_at);

-- --- lists read a page in its order, and sort nothing ---

CREATE INDEX events_by_time ON events (starts_at, id);
CREATE INDEX rooms_by_place ON rooms (event_id, (CAST(1000000 + position AS TEXT) || name), id);
CREATE INDEX tracks_by_place ON tracks (event_id, (CAST(1000000 + position AS TEXT) || name), id);
CREATE INDEX teams_by_name ON teams (event_id, name, id);
CREATE INDEX bookmarks_by_time ON bookmarks (participant_id, (CAST(created_at AS TEXT) || session_id));
DROP INDEX announcements_by_time;
CREATE INDEX announcements_by_time ON announcements (event_id, (-published_at), id); -- newest first
CREATE INDEX resources_by_file ON resources (file_path) WHERE file_path IS NOT NULL;

-- --- redaction ---

CREATE TABLE redacted_texts (        -- what was taken out of items, so that no phone brings it back
    item_id TEXT NOT NULL,
    hash    TEXT NOT NULL,           -- BLAKE2b, hex, over the item's id and the text
    PRIMARY KEY (item_id, hash)
) STRICT;

-- --- the program's figures ---

ALTER TABLE program_counties ADD COLUMN tier_since TEXT; -- YYYY-MM or YYYY-MM-DD: when the tier was given, or taken

CREATE TABLE program_tiers (         -- the tiers that a county has had
    county_id TEXT NOT NULL REFERENCES program_counties (id) ON DELETE CASCADE,
    since     TEXT NOT NULL,         -- YYYY-MM or YYYY-MM-DD
    tier      INTEGER CHECK (tier IN (1, 2)), -- NULL: none from then on
    PRIMARY KEY (county_id, since)
) STRICT;
CREATE INDEX program_milestones_by_county ON program_milestones (county_id);

-- --- what a phone sent and could not be kept elsewhere ---

DROP INDEX push_rejects_by_event;
CREATE INDEX push_rejects_by_sender ON push_rejects (event_id, participant_id, at, id);
CREATE INDEX push_rejects_by_reason ON push_rejects (event_id, collection, reason);
