-- 0001_house.sql - the tables of the house.
--
-- Times are integers, milliseconds since 1970-01-01T00:00:00Z. Ids are lower-case UUIDs. Flags are 0 or 1.
-- `revision` counts a row's changes from 1. `search` is folded text (base/text.h, text_fold) for filters.
-- Every row of an event names it, so that one statement cannot reach into another event.
-- Where phones write, words are checked with OR: for an IN list SQLite makes a table in memory at each insert.

CREATE TABLE meta (                  -- facts of this database file
    name  TEXT PRIMARY KEY,          -- 'epoch': random, new after a restore
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta (name, value) VALUES ('epoch', lower(hex(randomblob(8))));

CREATE TABLE sequence (              -- the write sequence; one row
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL           -- last number given, inside a write transaction
) STRICT;
INSERT INTO sequence (id, value) VALUES (1, 0);

CREATE TABLE create_keys (           -- what a repeated POST repeats (client-made ids and Idempotency-Key)
    scope      TEXT NOT NULL,        -- event id and collection
    name       TEXT NOT NULL,        -- the id, or the key with its participant
    body_hash  TEXT NOT NULL,        -- of the body as sent
    target_id  TEXT NOT NULL,        -- the row that the first request made
    created_at INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT;

-- --- events ---

CREATE TABLE events (                -- a convening, a training, a meeting
    id               TEXT PRIMARY KEY,
    slug             TEXT NOT NULL UNIQUE,  -- [a-z0-9_-]{4,64}; may stand for the id in a path
    name             TEXT NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('convening', 'training', 'meeting')),
    starts_at        INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL,
    zone             TEXT NOT NULL,         -- IANA name
    venue            TEXT,
    hashtag          TEXT,
    host             TEXT,
    motto            TEXT,
    description      TEXT,
    staff_generation INTEGER NOT NULL DEFAULT 1, -- of the staff code; rotating adds one
    revision         INTEGER NOT NULL DEFAULT 1,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
) STRICT;

CREATE TABLE organizers (            -- accounts: the only people with a password
    id            TEXT PRIMARY KEY,
    email         TEXT NOT NULL UNIQUE,  -- folded to lower case
    display_name  TEXT NOT NULL,
    password_hash TEXT NOT NULL,         -- Argon2id, libsodium's text form
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE organizer_events (      -- whose events are whose
    organizer_id TEXT NOT NULL REFERENCES organizers (id) ON DELETE CASCADE,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    PRIMARY KEY (organizer_id, event_id)
) STRICT;
CREATE INDEX organizer_events_by_event ON organizer_events (event_id);

-- --- teams, and who has joined ---

CREATE TABLE teams (                 -- a county's team
    id              TEXT PRIMARY KEY,
    event_id        TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    slug            TEXT NOT NULL,
    name            TEXT NOT NULL,
    county          TEXT,
    code_label      TEXT NOT NULL,              -- first part of its code, folded as typed codes are
    code_generation INTEGER NOT NULL DEFAULT 1, -- rotating the code adds one
    revision        INTEGER NOT NULL DEFAULT 1,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (event_id, slug)
) STRICT;
CREATE INDEX teams_by_label ON teams (code_label);

CREATE TABLE participants (          -- a person who holds a token: someone who joined, or an organizer
    id           TEXT PRIMARY KEY,
    event_id     TEXT REFERENCES events (id) ON DELETE CASCADE,   -- NULL: an organizer of several events
    team_id      TEXT REFERENCES teams (id) ON DELETE CASCADE,
    organizer_id TEXT REFERENCES organizers (id) ON DELETE CASCADE,
    attendee_id  TEXT REFERENCES attendees (id) ON DELETE SET NULL, -- the roster row that this person is
    role         TEXT NOT NULL CHECK (role = 'attendee' OR role = 'member' OR role = 'lead' OR role = 'staff'
                                      OR role = 'organizer'),
    display_name TEXT NOT NULL,      -- free text, a pseudonym is equal
    joined_at    INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX participants_by_team ON participants (team_id, joined_at, id);
CREATE INDEX participants_by_organizer ON participants (organizer_id);
CREATE INDEX participants_by_event ON participants (event_id, role);
CREATE UNIQUE INDEX participants_by_attendee ON participants (attendee_id);

CREATE TABLE devices (               -- one phone; its token can be ended alone
    id             TEXT PRIMARY KEY,
    participant_id TEXT NOT NULL REFERENCES participants (id) ON DELETE CASCADE,
    name           TEXT,             -- what the phone calls itself
    refresh_seq    INTEGER NOT NULL DEFAULT 1, -- number of the newest refresh token
    refresh_seen   INTEGER NOT NULL DEFAULT 0, -- newest number whose access token has been used
    revoked_at     INTEGER,          -- set once: the next request is refused
    created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_participant ON devices (participant_id);

-- --- the agenda ---

CREATE TABLE rooms (
    id         TEXT PRIMARY KEY,
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    location   TEXT,                 -- how to find it
    capacity   INTEGER,
    position   INTEGER NOT NULL DEFAULT 0, -- order in lists
    revision   INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (event_id, name)
) STRICT;

CREATE TABLE tracks (
    id         TEXT PRIMARY KEY,
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    color      TEXT,                 -- #rrggbb
    position   INTEGER NOT NULL DEFAULT 0,
    revision   INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (event_id, name)
) STRICT;

CREATE TABLE speakers (
    id           TEXT PRIMARY KEY,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    title        TEXT,
    organization TEXT,
    bio          TEXT,
    revision     INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX speakers_by_event ON speakers (event_id, name, id);

CREATE TABLE sessions (              -- an agenda session (a login is a token)
    id                  TEXT PRIMARY KEY,
    event_id            TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    title               TEXT NOT NULL,
    abstract            TEXT,
    kind                TEXT NOT NULL,
    starts_at           INTEGER NOT NULL,
    ends_at             INTEGER NOT NULL CHECK (ends_at > starts_at),
    room_id             TEXT REFERENCES rooms (id) ON DELETE SET NULL,
    track_id            TEXT REFERENCES tracks (id) ON DELETE SET NULL,
    capacity            INTEGER,
    status              TEXT NOT NULL CHECK (status IN ('draft', 'scheduled', 'moved', 'cancelled')),
    learning_objectives TEXT NOT NULL DEFAULT '[]', -- JSON array of texts
    search              TEXT NOT NULL,
    revision            INTEGER NOT NULL DEFAULT 1,
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_time ON sessions (event_id, starts_at, id);
CREATE INDEX sessions_by_room ON sessions (room_id, starts_at);
CREATE INDEX sessions_by_track ON sessions (track_id);

CREATE TABLE session_speakers (
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    speaker_id TEXT NOT NULL REFERENCES speakers (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,     -- order as given
    PRIMARY KEY (session_id, speaker_id)
) STRICT;
CREATE INDEX session_speakers_by_speaker ON session_speakers (speaker_id);

CREATE TABLE session_changes (       -- what moved after publishing, for phones
    id         TEXT PRIMARY KEY,     -- UUID v7: time-ordered
    event_id   TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,        -- may be gone
    type       TEXT NOT NULL CHECK (type IN ('time', 'room', 'cancelled', 'new')),
    old        TEXT,                 -- as the API writes it
    new        TEXT,
    at         INTEGER NOT NULL
) STRICT;
CREATE INDEX session_changes_by_time ON session_changes (event_id, at, id);

CREATE TABLE bookmarks (             -- a person's own agenda
    participant_id TEXT NOT NULL REFERENCES participants (id) ON DELETE CASCADE,
    session_id     TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at     INTEGER NOT NULL,
    PRIMARY KEY (participant_id, session_id)
) STRICT;
CREATE INDEX bookmarks_by_session ON bookmarks (session_id);

CREATE TABLE resources (             -- toolkits, reports, letters
    id          TEXT PRIMARY KEY,
    event_id    TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    publisher   TEXT,
    number      TEXT,                -- 'ACL No. 15-48'
    published   TEXT,                -- YYYY, YYYY-MM or YYYY-MM-DD
    description TEXT,
    url         TEXT,
    session_id  TEXT REFERENCES sessions (id) ON DELETE SET NULL,
    position    INTEGER NOT NULL DEFAULT 0,
    file_path   TEXT,                -- random name under data/files; NULL: no file
    file_name   TEXT,                -- as offered for download
    file_type   TEXT,                -- media type, from the allow-list
    file_size   INTEGER,             -- bytes
    file_hash   TEXT,                -- SHA-256, hex
    search      TEXT NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 1,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX resources_by_event ON resources (event_id, position, id);
CREATE INDEX resources_by_session ON resources (session_id);

CREATE TABLE announcements (
    id           TEXT PRIMARY KEY,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    body         TEXT,               -- Markdown as typed
    priority     TEXT NOT NULL CHECK (priority IN ('normal', 'high', 'urgent')),
    session_id   TEXT REFERENCES sessions (id) ON DELETE SET NULL,
    published_at INTEGER NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX announcements_by_time ON announcements (event_id, published_at, id);
CREATE INDEX announcements_by_session ON announcements (session_id);

-- --- the roster ---

CREATE TABLE organizations (
    id          TEXT PRIMARY KEY,
    event_id    TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    type        TEXT,                -- agency type, or 'community'; NULL: not known
    county      TEXT,
    website     TEXT,
    description TEXT,
    search      TEXT NOT NULL,
    revision    INTEGER NOT NULL DEFAULT 1,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (event_id, name)
) STRICT;

CREATE TABLE attendees (             -- the roster: who was expected
    id              TEXT PRIMARY KEY,
    event_id        TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    display_name    TEXT NOT NULL,
    sort_name       TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id) ON DELETE SET NULL,
    agency_type     TEXT,
    team_id         TEXT REFERENCES teams (id) ON DELETE SET NULL,
    role_label      TEXT,            -- what the person does there
    email           TEXT,            -- organizers only, never in a list
    phone           TEXT,            -- organizers only, never in a list
    code_label      TEXT NOT NULL,   -- first part of the personal code: four random Crockford digits
    code_generation INTEGER NOT NULL DEFAULT 1,
    search          TEXT NOT NULL,
    revision        INTEGER NOT NULL DEFAULT 1,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX attendees_by_name ON attendees (event_id, sort_name, id);
CREATE INDEX attendees_by_team ON attendees (team_id, agency_type);
CREATE INDEX attendees_by_organization ON attendees (organization_id);
CREATE INDEX attendees_by_label ON attendees (code_label);

CREATE TABLE consents (              -- what a person shows in the directory; no other edit touches it
    attendee_id  TEXT NOT NULL REFERENCES attendees (id) ON DELETE CASCADE,
    field        TEXT NOT NULL CHECK (field IN ('display_name', 'organization', 'agency_type', 'team', 'role_label', 'email', 'phone')),
    audience     TEXT NOT NULL CHECK (audience IN ('team', 'event')), -- no row: nobody
    text_version TEXT NOT NULL,      -- the wording that was agreed to
    given_at     INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (attendee_id, field)
) STRICT;

-- --- worksheets ---

CREATE TABLE worksheet_templates (
    id           TEXT PRIMARY KEY,
    event_id     TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    title        TEXT NOT NULL,
    introduction TEXT,
    notice       TEXT,               -- shown at every box: no names, no case numbers
    prompts      TEXT NOT NULL,      -- JSON array as the API writes it; rows of their own below, for what refers to them
    revision     INTEGER NOT NULL DEFAULT 1,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX worksheet_templates_by_event ON worksheet_templates (event_id, created_at, id);

CREATE TABLE prompts (
    id          TEXT PRIMARY KEY,
    template_id TEXT NOT NULL REFERENCES worksheet_templates (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,    -- from 1, the order on the sheet
    kind        TEXT NOT NULL CHECK (kind IN ('question', 'next_steps', 'outstanding_questions')),
    text        TEXT NOT NULL,
    UNIQUE (template_id, number)
) STRICT;

CREATE TABLE worksheets (            -- one a team and template
    id            TEXT PRIMARY KEY,
    event_id      TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    team_id       TEXT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    template_id   TEXT NOT NULL REFERENCES worksheet_templates (id) ON DELETE CASCADE,
    state         TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'submitted', 'reopened')),
    version       INTEGER NOT NULL DEFAULT 0, -- of the last submission; 0: none yet
    seq           INTEGER NOT NULL DEFAULT 0, -- write sequence of its last change
    shared        INTEGER NOT NULL DEFAULT 0, -- organizers may read the draft
    size          INTEGER NOT NULL DEFAULT 0, -- bytes of its items, for the limit (features/items.c)
    reopen_note   TEXT,
    submitted_at  INTEGER,
    last_write_at INTEGER,
    created_at    INTEGER NOT NULL,
    UNIQUE (template_id, team_id)
) STRICT;
CREATE INDEX worksheets_by_event ON worksheets (event_id, created_at, id);
CREATE INDEX worksheets_by_team ON worksheets (team_id);

-- The most written table. Its constraints fail (FAIL) or wait for the commit (DEFERRED) rather than abort a
-- statement, for which SQLite would copy each page that the statement changes: a tenth of the whole write. What a
-- statement leaves behind is undone with its job (db/writer.c), and its keys are looked up before (features/items.c).
CREATE TABLE items (                 -- one bullet
    id           TEXT NOT NULL ON CONFLICT FAIL PRIMARY KEY ON CONFLICT FAIL, -- client-made
    worksheet_id TEXT NOT NULL ON CONFLICT FAIL
                 REFERENCES worksheets (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    team_id      TEXT NOT NULL ON CONFLICT FAIL,     -- of the worksheet, so that every statement can name its team
    prompt_id    TEXT NOT NULL ON CONFLICT FAIL
                 REFERENCES prompts (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    text         TEXT NOT NULL ON CONFLICT FAIL,     -- as typed
    owner        TEXT,
    due          TEXT,                               -- YYYY-MM-DD
    done         INTEGER NOT NULL ON CONFLICT FAIL DEFAULT 0,
    order_key    TEXT NOT NULL ON CONFLICT FAIL,     -- fractional index; order is (order_key, id)
    deleted      INTEGER NOT NULL ON CONFLICT FAIL DEFAULT 0, -- a tombstone
    author       TEXT,                               -- participant
    updated_by   TEXT,                               -- participant
    updated_at   INTEGER NOT NULL ON CONFLICT FAIL,
    fork_of      TEXT,                               -- the item whose text this one lost against
    seq          INTEGER NOT NULL ON CONFLICT FAIL   -- of its last change: its entry in the feed has the same
) STRICT;
CREATE INDEX items_by_place ON items (worksheet_id, prompt_id, order_key, id, deleted); -- counts are read in it alone

CREATE TABLE item_revisions (        -- append-only: every write, journalled before it is judged
    seq            INTEGER PRIMARY KEY, -- each has its own
    id             TEXT NOT NULL,    -- UUID v7
    worksheet_id   TEXT NOT NULL REFERENCES worksheets (id) ON DELETE CASCADE,
    team_id        TEXT NOT NULL,
    item_id        TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind = 'create' OR kind = 'edit' OR kind = 'delete'),
    verdict        TEXT NOT NULL CHECK (verdict = 'accepted' OR verdict = 'merged' OR verdict = 'forked'
                                        OR verdict = 'stale' OR verdict = 'late' OR verdict = 'denied'),
    prompt_id      TEXT NOT NULL,
    text           TEXT NOT NULL,
    owner          TEXT,
    due            TEXT,
    done           INTEGER NOT NULL,
    order_key      TEXT NOT NULL,
    participant_id TEXT,
    device_id      TEXT,
    at             INTEGER NOT NULL
) STRICT;
CREATE INDEX item_revisions_by_worksheet ON item_revisions (worksheet_id, seq);
CREATE INDEX item_revisions_by_item ON item_revisions (item_id, seq);

CREATE TABLE worksheet_versions (    -- what was submitted, byte for byte
    worksheet_id TEXT NOT NULL REFERENCES worksheets (id) ON DELETE CASCADE,
    team_id      TEXT NOT NULL,
    version      INTEGER NOT NULL,
    body         TEXT NOT NULL,      -- JSON, immutable
    seq          INTEGER NOT NULL,   -- write sequence at submission
    submitted_by TEXT,               -- participant
    submitted_at INTEGER NOT NULL,
    PRIMARY KEY (worksheet_id, version)
) STRICT;

-- --- the program behind the events ---

CREATE TABLE program_counties (
    id                TEXT PRIMARY KEY,
    name              TEXT NOT NULL UNIQUE,
    tier              INTEGER CHECK (tier IN (1, 2)),
    plan_status       TEXT NOT NULL CHECK (plan_status IN ('none', 'submitted')),
    plan_submitted_on TEXT,          -- YYYY, YYYY-MM or YYYY-MM-DD
    protocol_status   TEXT NOT NULL CHECK (protocol_status IN ('none', 'required', 'submitted', 'under_review', 'approved')),
    notes             TEXT,
    revision          INTEGER NOT NULL DEFAULT 1,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE program_milestones (
    id         TEXT PRIMARY KEY,
    happens_on TEXT NOT NULL,        -- YYYY, YYYY-MM or YYYY-MM-DD
    title      TEXT NOT NULL,
    body       TEXT,
    county_id  TEXT REFERENCES program_counties (id) ON DELETE SET NULL,
    revision   INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX program_milestones_by_date ON program_milestones (happens_on, id);
